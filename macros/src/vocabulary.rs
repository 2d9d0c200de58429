//! `Vocabulary`: a unified type's description as a constant.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, GenericArgument, Ident, PathArguments, Result, Type, parse::Parse,
    parse::ParseStream, punctuated::Punctuated,
};

use crate::attribute::{documentation, has_word};

pub(crate) fn derive(input: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(input)?;
    let ident = &input.ident;
    let name = ident.to_string();
    let doc = documentation(&input.attrs);
    let kind = match &input.data {
        Data::Struct(data) => {
            let mut fields = described_fields(&data.fields)?;
            fields.extend(views(&input.attrs)?);
            quote!(Kind::Record(&[#(#fields),*]))
        }
        Data::Enum(data) if data.variants.iter().all(|v| v.fields.is_empty()) => {
            let words = data.variants.iter().map(|variant| {
                let (rust, doc) = (variant.ident.to_string(), documentation(&variant.attrs));
                let name = snake_case(&rust);
                let derived = has_word(&variant.attrs, "vocabulary", "derived")?;
                Ok(quote!(Word { name: #name, rust: #rust, doc: #doc, derived: #derived }))
            });
            let words = words.collect::<Result<Vec<_>>>()?;
            quote!(Kind::Words(&[#(#words),*]))
        }
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| {
                let (rust, doc) = (variant.ident.to_string(), documentation(&variant.attrs));
                let name = snake_case(&rust);
                let native = has_word(&variant.attrs, "vocabulary", "native")?;
                let derived = has_word(&variant.attrs, "vocabulary", "derived")?;
                let fields = if native { Vec::new() } else { described_fields(&variant.fields)? };
                Ok(quote!(Variant {
                    name: #name, rust: #rust, doc: #doc, native: #native, derived: #derived, fields: &[#(#fields),*]
                }))
            });
            let variants = variants.collect::<Result<Vec<_>>>()?;
            quote!(Kind::Union(&[#(#variants),*]))
        }
        Data::Union(_) => return Err(Error::new_spanned(ident, "a unified type is a struct or an enum")),
    };
    let generics = input.generics.params.iter().map(|_| quote!('_));
    let generics = if input.generics.params.is_empty() { quote!() } else { quote!(<#(#generics),*>) };
    Ok(quote! {
        impl crate::model::vocabulary::Vocabulary for #ident #generics {
            const TYPE: crate::model::vocabulary::Type = {
                #[allow(unused_imports)]
                use crate::model::vocabulary::{Field, Kind, Ty, Variant, Word};
                crate::model::vocabulary::Type { name: #name, doc: #doc, kind: #kind }
            };
        }
    })
}

fn described_fields(fields: &Fields) -> Result<Vec<TokenStream>> {
    let mut described = Vec::new();
    for field in fields {
        if has_word(&field.attrs, "vocabulary", "skip")? {
            continue;
        }
        let Some(ident) = &field.ident else {
            return Err(Error::new_spanned(field, "fields of a unified type have names"));
        };
        let (optional, ty) = described_type(&field.ty)?;
        let (name, doc) = (ident.to_string(), documentation(&field.attrs));
        let derived = has_word(&field.attrs, "vocabulary", "derived")?;
        described.push(quote! {
            Field { name: #name, doc: #doc, ty: #ty, optional: #optional, view: false, derived: #derived }
        });
    }
    Ok(described)
}

/// One `view(name: Type)`.
struct View {
    name: Ident,
    ty: Type,
}

impl Parse for View {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.parse()?;
        input.parse::<syn::Token![:]>()?;
        Ok(Self { name, ty: input.parse()? })
    }
}

fn views(attributes: &[Attribute]) -> Result<Vec<TokenStream>> {
    let mut found = Vec::new();
    for attribute in attributes.iter().filter(|a| a.path().is_ident("vocabulary")) {
        attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("view") {
                let content;
                syn::parenthesized!(content in meta.input);
                for view in Punctuated::<View, syn::Token![,]>::parse_terminated(&content)? {
                    let (_, ty) = described_type(&view.ty)?;
                    let name = view.name.to_string();
                    found.push(quote! {
                        Field { name: #name, doc: "", ty: #ty, optional: true, view: true, derived: false }
                    });
                }
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// Whether the type is an `Option`, and the description of what it holds.
fn described_type(ty: &Type) -> Result<(bool, TokenStream)> {
    let Type::Path(path) = ty else {
        return Err(Error::new_spanned(ty, "not a type of the unified model"));
    };
    let Some(last) = path.path.segments.last() else {
        return Err(Error::new_spanned(ty, "not a type of the unified model"));
    };
    let inner = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        }),
        _ => None,
    };
    let name = last.ident.to_string();
    Ok(match (name.as_str(), inner) {
        ("Option", Some(inner)) => (true, described_type(inner)?.1),
        ("Vec", Some(inner)) => {
            let inner = described_type(inner)?.1;
            (false, quote!(Ty::List(&#inner)))
        }
        ("Text", _) => (false, quote!(Ty::Text)),
        ("Json", _) => (false, quote!(Ty::Json)),
        ("u64", _) => (false, quote!(Ty::Unsigned)),
        ("i64", _) => (false, quote!(Ty::Signed)),
        ("f64", _) => (false, quote!(Ty::Number)),
        ("bool", _) => (false, quote!(Ty::Bool)),
        _ => (false, quote!(Ty::Named(#name))),
    })
}

/// `ToolCall` as specs write it: `tool_call`.
fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for (index, letter) in name.char_indices() {
        if letter.is_uppercase() && index > 0 {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}
