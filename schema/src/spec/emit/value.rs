//! The values that stand at holes, as they are read.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::{
    model::vocabulary::{Ty, type_named},
    spec::{
        hole::Literal,
        leaf::{Content, Leaf, Step},
        plan::{Codec, Hole, TextPiece, is_words},
    },
};

use super::{
    Module,
    name::{ident, shape_ident, snake},
    read::spread_keys,
    shape::{Locals, Side},
};

impl Module<'_> {
    /// Fields that come out of interpolated text, and the statement that takes it apart.
    pub(super) fn captured(&self, leaves: &[Leaf<'_>], locals: &Locals) -> Option<(Vec<&'static str>, TokenStream)> {
        let (leaf, pieces) = leaves.iter().find_map(|leaf| match &leaf.content {
            Content::Interpolation(pieces) => Some((leaf, *pieces)),
            _ => None,
        })?;
        let names: Vec<&'static str> = pieces
            .iter()
            .filter_map(|piece| match piece {
                TextPiece::Hole(hole) => Some(hole.field.name),
                TextPiece::Text(_) => None,
            })
            .collect();
        let texts = pieces.iter().filter_map(|piece| match piece {
            TextPiece::Text(text) => Some(text),
            TextPiece::Hole(_) => None,
        });
        let anchored = matches!(pieces.first(), Some(TextPiece::Text(_)));
        let open = matches!(pieces.last(), Some(TextPiece::Hole(_)));
        let local = locals.at(&leaf.path, Side::Text);
        let idents: Vec<_> = names.iter().map(|name| ident(name)).collect();
        let statement = quote! {
            let whole = #local?;
            let [#(#idents),*] = captures(&whole, &[#(#texts),*], #anchored, #open)?;
            #(let #idents = piece(&whole, #idents);)*
        };
        Some((names, statement))
    }

    /// What stands at a hole, as an `Option` of the field's type.
    pub(super) fn value(&self, leaf: &Leaf<'_>, hole: &Hole, locals: &Locals) -> Option<TokenStream> {
        if leaf.spread {
            return self.spread_value(leaf, hole, locals);
        }
        if hole.codec == Some(Codec::Gathered) {
            return self.gathered_value(leaf, locals);
        }
        let plain = locals.at(&leaf.path, Side::Plain);
        let text = locals.at(&leaf.path, Side::Text);
        let list = locals.at(&leaf.path, Side::List);
        let local = if plain.is_some() { plain } else { text };
        local.or(list)?;
        let local = match hole.ty() {
            Ty::Text if hole.codec == Some(Codec::Detailed) => list,
            Ty::Text => text,
            Ty::List(_) => list,
            _ => local,
        };
        Some(match (hole.codec, hole.ty()) {
            (Some(Codec::OneOrMany), _) => quote!(one_or_many(#text, #list)),
            (Some(Codec::Not), _) => quote!(#local.map(|value| !value)),
            (Some(Codec::JsonText), _) => quote!(#local.map(embedded)),
            (Some(Codec::Detailed), _) => quote!(#local.and_then(pieces)),
            (Some(Codec::LowerTypes), _) => quote!(#local.map(lower_types)),
            (Some(codec), _) if codec.media().is_some() => {
                let media = codec.media();
                quote!(#local.map(|text| Text::from(format!("{}/{text}", #media))))
            }
            (Some(Codec::Ending), _) => quote!(#local.map(|text| media::type_of(&text).map_or(text, Text::from))),
            (Some(Codec::Word), _) => {
                let word = hole.words.first();
                quote!(#local.map(|text| &*text == #word))
            }
            (_, ty) if is_words(ty) => {
                let read = self.reader(ty)?;
                quote!(#local.as_deref().and_then(|text| #read(text, cx)))
            }
            (_, Ty::Named(_)) => {
                let read = self.reader(hole.ty())?;
                quote!(#local.and_then(|shape| #read(shape, cx)))
            }
            (_, Ty::List(inner)) if matches!(inner, Ty::Named(_)) => {
                let read = self.reader(*inner)?;
                quote!(#local.map(|list| list.into_iter().filter_map(|shape| #read(shape, cx)).collect::<Vec<_>>()))
            }
            // What is written for absence is read as absence.
            (_, Ty::Text) if hole.can_be_absent() => match &hole.default {
                Some(Literal::Text(default)) => quote!(#local.filter(|text| &**text != #default)),
                _ => quote!(#local),
            },
            _ => quote!(#local),
        })
    }

    /// The text in all elements of a list, joined by blank lines.
    fn gathered_value(&self, leaf: &Leaf<'_>, locals: &Locals) -> Option<TokenStream> {
        let at = leaf.path.iter().position(|step| matches!(step, Step::Element { each: true }))?;
        let [Step::Key(key)] = &leaf.path[at + 1..] else { return None };
        let (list, field) = (locals.at(&leaf.path[..at].to_vec(), Side::List)?, super::name::field_ident(key));
        Some(quote!(gathered(#list.map(|list| list.into_iter().filter_map(|element| element.#field)))))
    }

    /// Whether a tool failed, where the key of its result says so.
    pub(super) fn failed(&self, holes: &[(&Leaf<'_>, &Hole)], locals: &Locals) -> Option<TokenStream> {
        let (leaf, hole) = holes.iter().find(|(_, hole)| hole.codec == Some(Codec::Wrapped))?;
        let (local, [_, other]) = (locals.at(&leaf.path, Side::Plain)?, &hole.words[..]) else { return None };
        Some(quote!(#local.as_ref().is_some_and(|json| has_key(json, #other))))
    }

    /// A value whose keys stand among others: it is there if any of them is.
    fn spread_value(&self, leaf: &Leaf<'_>, hole: &Hole, locals: &Locals) -> Option<TokenStream> {
        let Ty::Named(name) = hole.ty() else { return None };
        let (shape, read) = (shape_ident(name), self.reader(hole.ty())?);
        let (mut fields, mut present) = (Vec::new(), Vec::new());
        for (key, _) in spread_keys(self.plan, hole) {
            let path = [leaf.path.clone(), vec![Step::Key(key.clone())]].concat();
            let (field, local) = (super::name::field_ident(&key), locals.at(&path, Side::Plain)?);
            fields.push(quote!(#field: #local));
            present.push(quote!(#local.is_some()));
        }
        Some(quote! {
            (if #(#present)||* { #read(#shape { #(#fields,)* ..Default::default() }, cx) } else { None })
        })
    }

    fn reader(&self, ty: Ty) -> Option<proc_macro2::Ident> {
        match ty {
            Ty::Named(name) => Some(format_ident!("read_{}", snake(name))),
            _ => None,
        }
    }

    /// The parts that stand at a hole, as a `Vec`.
    pub(super) fn parts_value(&self, leaf: &Leaf<'_>, hole: &Hole, locals: &Locals) -> Option<TokenStream> {
        let text = locals.at(&leaf.path, Side::Text);
        let list = locals.at(&leaf.path, Side::List);
        let read = match hole.kinds.as_slice() {
            [kind] if hole.codec.is_none() => format_ident!("read_part_{}", kind),
            _ => format_ident!("read_part"),
        };
        let from_list = quote!(#list.into_iter().flatten().filter_map(|shape| #read(shape, cx)));
        let from_text = || {
            let kind = hole.kinds.first().copied().unwrap_or("text");
            let variant = type_named("Part")?.variants().iter().find(|variant| variant.name == kind)?;
            let rust = ident(variant.rust);
            let others = variant.fields.iter().filter(|field| field.name != "text").map(|field| ident(field.name));
            Some(
                quote!(#text.filter(|text| !text.is_empty()).map(|text| Part::#rust { text, #(#others: Default::default()),* })),
            )
        };
        Some(match hole.codec {
            Some(Codec::TextOrList | Codec::ListOrText) => {
                let text = from_text()?;
                quote!(#text.into_iter().chain(#from_list).collect::<Vec<_>>())
            }
            Some(Codec::Wrapped) => {
                let json = locals.at(&leaf.path, Side::Plain)?;
                let keys = &hole.words;
                quote!(unwrapped(#json.as_ref(), &[#(#keys),*]))
            }
            Some(Codec::Detailed) => {
                let keys = &hole.words;
                quote!(detailed(#list.unwrap_or_default(), &[#(#keys),*]))
            }
            Some(Codec::Joined) => {
                let text = from_text()?;
                quote!(#text.into_iter().collect::<Vec<_>>())
            }
            _ => quote!(#from_list.collect::<Vec<_>>()),
        })
    }
}
