//! Parts in templates: which kinds stand at a hole, and how a list of them is written.

use proc_macro2::TokenStream;
use quote::quote;

use crate::spec::{
    plan::{Codec, Hole, kinds_of},
    speech::part_variant,
};

use super::{Module, access::Names, name::ident, types::lose_beside_words};

/// Whether what stands at a hole for parts is written as one string: the words of an answer are, as those of a stream.
pub(super) fn is_one_text(hole: &Hole, names: &Names) -> bool {
    match hole.codec {
        Some(Codec::Joined) => true,
        Some(Codec::TextOrList) => matches!(names, Names::Record(_)) && hole.field.name == "parts",
        _ => false,
    }
}

impl Module<'_> {
    /// A set of part kinds as an expression.
    pub(super) fn kinds_bits(&self, kinds: &[&'static str]) -> TokenStream {
        let bits = kinds.iter().filter_map(|kind| part_variant(kind)).map(|variant| {
            let rust = ident(variant.rust);
            quote!(PartKind::#rust.bit())
        });
        let bits: Vec<_> = bits.collect();
        if bits.is_empty() { quote!(0) } else { quote!(#(#bits)|*) }
    }

    /// The kinds that a hole for parts stands for, as a set; native parts stand wherever text may.
    pub(super) fn mask(&self, hole: &Hole, names: &Names) -> TokenStream {
        let role = match names {
            Names::Message(role) => role,
            Names::Variant(_) => "tool_result",
            _ if hole.field.name == "system" => "system",
            _ => "assistant",
        };
        let mut kinds = self.plan.hole_kinds(hole, role);
        kinds.retain(|kind| kinds_of(role).contains(kind));
        let bits = self.kinds_bits(&kinds);
        let lists = !is_one_text(hole, names);
        match lists && kinds.contains(&"text") {
            true => quote!(#bits | PartKind::Native.bit()),
            false => bits,
        }
    }

    /// Code that writes the parts of an iterator.
    pub(super) fn write_parts(&self, hole: &Hole, parts: TokenStream, names: &Names) -> TokenStream {
        let list = quote! {
            w.raw("[");
            for part in #parts {
                w.comma();
                write_part(part, w);
            }
            w.raw("]");
        };
        match hole.codec {
            Some(Codec::Joined) => {
                let lost = self.lose_beside_joined(hole);
                quote!(for part in #parts { #lost } w.joined(#parts);)
            }
            Some(Codec::TextOrList) if is_one_text(hole, names) => {
                let lost = self.lose_beside_joined(hole);
                quote!(for part in #parts { #lost } w.concatenated(#parts);)
            }
            Some(Codec::TextOrList) => {
                let text = part_variant("text").map(|variant| variant.fields).unwrap_or_default();
                let spelled = self.plan.spelling("Part").and_then(|spelling| spelling.variant("text"));
                let placed: Vec<&str> =
                    spelled.map(|s| s.pattern.holes().iter().map(|h| h.field.name).collect()).unwrap_or_default();
                let is_placed = |name| text.iter().any(|field| field.name == name && placed.contains(&field.name));
                let (citations, cache) = (is_placed("citations"), is_placed("cache"));
                let lost_citations = (!citations).then(|| {
                    quote!(if citations.is_some() {
                        w.lose("text.citations");
                    })
                });
                let lost_cache = (!cache).then(|| {
                    quote!(if cache.is_some() {
                        w.lose("text.cache");
                    })
                });
                let lost = (!citations || !cache).then(|| {
                    quote! {
                        if let Some(Part::Text { citations, cache, .. }) = #parts.next() {
                            #lost_citations
                            #lost_cache
                        }
                    }
                });
                quote! {
                    if let Some(text) = single_text(#parts, #citations, #cache) {
                        #lost
                        w.string(text);
                    } else {
                        #list
                    }
                }
            }
            _ => list,
        }
    }

    /// What is lost of a part where the words of several are one string.
    fn lose_beside_joined(&self, hole: &Hole) -> TokenStream {
        let degrades =
            self.plan.spelling("Part").map(|spelling| spelling.fates.degrades.as_slice()).unwrap_or_default();
        let degraded = degrades.iter().filter(|(_, to, _)| hole.kinds.contains(&to.as_str())).map(|(from, ..)| from);
        let kinds = hole.kinds.iter().copied().chain(degraded.map(String::as_str));
        let lost = kinds.filter_map(part_variant).map(|variant| {
            let rust = ident(variant.rust);
            let (beside, loses) = lose_beside_words(variant);
            quote!(if let Part::#rust #beside = part { #loses })
        });
        quote!(#(#lost)*)
    }
}
