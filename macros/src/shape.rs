//! `Shape`: a reader for a declared wire shape.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DataEnum, DataStruct, DeriveInput, Error, Ident, Lifetime, Result};

use crate::attribute::{has_word, text};

pub(crate) fn derive(input: TokenStream) -> Result<TokenStream> {
    let input: DeriveInput = syn::parse2(input)?;
    let visitor = match &input.data {
        Data::Struct(data) => object(&input.ident, data)?,
        Data::Enum(data) => choice(&input.ident, data)?,
        Data::Union(_) => return Err(Error::new_spanned(&input.ident, "a shape is a struct or an enum")),
    };
    let (ident, lifetime) = (&input.ident, Lifetime::new("'de", proc_macro2::Span::call_site()));
    Ok(quote! {
        const _: () = {
            impl<#lifetime> ::serde::Deserialize<#lifetime> for #ident<#lifetime> {
                fn deserialize<D: ::serde::Deserializer<#lifetime>>(deserializer: D) -> ::core::result::Result<Self, D::Error> {
                    deserializer.deserialize_any(ShapeVisitor)
                }
            }
            struct ShapeVisitor;
            #visitor
        };
    })
}

/// An object: keys in any order, straight into their fields.
fn object(ident: &Ident, data: &DataStruct) -> Result<TokenStream> {
    let mut keys = Vec::new();
    let (mut place, mut unknown) = (None, None);
    for field in &data.fields {
        let Some(name) = &field.ident else {
            return Err(Error::new_spanned(field, "fields of a shape have names"));
        };
        match text(&field.attrs, "shape", "key")? {
            Some(key) => keys.push((name, key, text(&field.attrs, "shape", "other")?)),
            None if has_word(&field.attrs, "shape", "place")? => place = Some(name),
            None if has_word(&field.attrs, "shape", "unknown")? => unknown = Some(name),
            None => return Err(Error::new_spanned(field, "a field of a shape needs a key")),
        }
    }
    let fields: Vec<_> = keys.iter().map(|(name, ..)| name).collect();
    let texts = keys.iter().map(|(_, key, other)| match other {
        Some(other) => quote!(#key | #other),
        None => quote!(#key),
    });
    let texts: Vec<_> = texts.collect();
    let numbers: Vec<_> = (0..keys.len()).collect();
    let place = place.map(|name| quote!(if shape.#name.is_unset() { shape.#name = key.place(); }));
    let unknown = unknown.map(|name| quote!(shape.#name.push(key);));
    Ok(quote! {
        impl<'de> ::serde::de::Visitor<'de> for ShapeVisitor {
            type Value = #ident<'de>;

            fn expecting(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: ::serde::de::MapAccess<'de>>(self, mut map: M) -> ::core::result::Result<Self::Value, M::Error> {
                fn number(key: &str) -> usize {
                    match key {
                        #(#texts => #numbers,)*
                        _ => usize::MAX,
                    }
                }
                let mut shape = #ident::default();
                while let Some(key) = map.next_key_seed(crate::wire::shape::Keys(number))? {
                    #place
                    match key.number {
                        #(#numbers => shape.#fields = map.next_value()?,)*
                        _ => {
                            #unknown
                            map.next_value::<::serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(shape)
            }
        }
    })
}

/// A choice by JSON kind.
fn choice(ident: &Ident, data: &DataEnum) -> Result<TokenStream> {
    let mut visits = Vec::new();
    let mut expected = Vec::new();
    for variant in &data.variants {
        let name = &variant.ident;
        if variant.fields.len() != 1 {
            return Err(Error::new_spanned(variant, "a variant of a shape holds one value"));
        }
        let is = |word: &str| has_word(&variant.attrs, "shape", word);
        if is("text")? {
            expected.push("a string");
            visits.push(text_visits(name));
        } else if is("number")? {
            expected.push("a number");
            visits.push(number_visits(name));
        } else if is("list")? {
            expected.push("a list");
            visits.push(access_visit(name, "visit_seq", "SeqAccess"));
        } else if is("object")? {
            expected.push("an object");
            visits.push(access_visit(name, "visit_map", "MapAccess"));
        } else {
            return Err(Error::new_spanned(variant, "a variant of a shape is text, number, list or object"));
        }
    }
    let expected = expected.join(" or ");
    Ok(quote! {
        impl<'de> ::serde::de::Visitor<'de> for ShapeVisitor {
            type Value = #ident<'de>;

            fn expecting(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(#expected)
            }

            #(#visits)*
        }
    })
}

fn text_visits(name: &Ident) -> TokenStream {
    quote! {
        fn visit_borrowed_str<E>(self, text: &'de str) -> ::core::result::Result<Self::Value, E> {
            Ok(Self::Value::#name(text.into()))
        }

        fn visit_str<E>(self, text: &str) -> ::core::result::Result<Self::Value, E> {
            Ok(Self::Value::#name(text.to_owned().into()))
        }
    }
}

fn number_visits(name: &Ident) -> TokenStream {
    quote! {
        fn visit_u64<E>(self, number: u64) -> ::core::result::Result<Self::Value, E> {
            Ok(Self::Value::#name(number as f64))
        }

        fn visit_i64<E>(self, number: i64) -> ::core::result::Result<Self::Value, E> {
            Ok(Self::Value::#name(number as f64))
        }

        fn visit_f64<E>(self, number: f64) -> ::core::result::Result<Self::Value, E> {
            Ok(Self::Value::#name(number))
        }
    }
}

fn access_visit(name: &Ident, method: &str, access: &str) -> TokenStream {
    let method = format_ident!("{method}");
    let deserializer = format_ident!("{access}Deserializer");
    let access = format_ident!("{access}");
    quote! {
        fn #method<A: ::serde::de::#access<'de>>(self, access: A) -> ::core::result::Result<Self::Value, A::Error> {
            let deserializer = ::serde::de::value::#deserializer::new(access);
            ::serde::Deserialize::deserialize(deserializer).map(Self::Value::#name)
        }
    }
}
