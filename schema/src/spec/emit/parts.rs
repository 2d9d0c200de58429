//! Parts in templates: which kinds stand at a hole, and how a list of them is written.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::spec::{
    plan::{Codec, Hole, kinds_of},
    speech::part_variant,
};

use super::{
    Module,
    access::Names,
    name::{ident, snake},
    types::lose_beside_words,
    write::Template,
};

/// Whether what stands at a hole for parts is written as one string: the words of an answer are, as those of a stream.
pub(super) fn is_one_text(hole: &Hole, names: &Names) -> bool {
    match hole.codec {
        Some(codec) if codec.joins() => true,
        Some(Codec::TextOrList) => matches!(names, Names::Record(_)) && hole.field.name == "parts",
        _ => false,
    }
}

impl Module<'_> {
    /// A set of part kinds as an expression.
    pub(super) fn kinds_bits(&self, kinds: &[&'static str]) -> TokenStream {
        bits(kinds)
    }

    /// The kinds that a hole for parts stands for, as a set; native parts stand wherever text may.
    pub(super) fn mask(&self, hole: &Hole, names: &Names) -> TokenStream {
        let role = match names {
            Names::Message(role, _) => role,
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

    /// The function that writes a part: a message may have forms of its own.
    fn part_writer(&self, names: &Names) -> TokenStream {
        match names {
            Names::Message(_, entry)
                if self.plan.messages.iter().any(|other| other.name == *entry && !other.parts.is_empty()) =>
            {
                let write = format_ident!("write_part_of_{}", snake(entry));
                quote!(|part: &Part<'_>, w: &mut Writer| #write(part, answer, w))
            }
            _ => quote!(write_part as WritePart),
        }
    }

    /// The functions that write the parts of messages with forms of their own.
    pub(super) fn write_own_parts(&mut self) {
        for entry in self.plan.messages.iter().filter(|entry| !entry.parts.is_empty()) {
            let write = format_ident!("write_part_of_{}", snake(&entry.name));
            let arms = entry.parts.iter().map(|spelled| {
                let rust = ident(spelled.variant.rust);
                let fields: Vec<_> = spelled.variant.fields.iter().map(|field| ident(field.name)).collect();
                let mut template = Template::new(self, Names::of_variant(spelled.variant));
                template.exemplar(&spelled.pattern);
                let body = template.finish();
                let lost = self.lose_unplaced(spelled.variant.name, spelled.variant.fields, &[&spelled.pattern]);
                quote!(Part::#rust { #(#fields),* } => { #lost #body })
            });
            let arms: Vec<_> = arms.collect();
            self.item(
                write.to_string(),
                &entry.origin,
                quote! {
                    fn #write(part: &Part<'_>, answer: Option<&Response<'_>>, w: &mut Writer) {
                        match part {
                            #(#arms)*
                            part => write_part(part, w),
                        }
                    }
                },
            );
        }
    }

    /// Code that writes the parts of an iterator.
    pub(super) fn write_parts(&self, hole: &Hole, parts: TokenStream, names: &Names) -> TokenStream {
        let write = self.part_writer(names);
        match hole.codec {
            Some(Codec::Wrapped) => {
                let quoted = |word: &String| serde_json::Value::from(word.as_str()).to_string();
                let keys: Vec<String> = hole.words.iter().map(quoted).collect();
                let key = match &keys[..] {
                    [key, other] => quote!(if *is_error { #other } else { #key }),
                    keys => quote!(#(#keys)*),
                };
                quote!(w.raw("{"); w.raw(#key); w.raw(":"); w.joined(#parts); w.raw("}");)
            }
            Some(Codec::Detailed) => {
                let keys = &hole.words;
                quote!(w.detailed(#parts, &[#(#keys),*]);)
            }
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
                quote!(w.text_or_list(#parts, (#citations, #cache), #write);)
            }
            _ => quote!(w.parts(#parts, #write);),
        }
    }

    /// What is lost of a part where the words of several are one string.
    fn lose_beside_joined(&self, hole: &Hole) -> TokenStream {
        let degrades =
            self.plan.spelling("Part").map(|spelling| spelling.fates.degrades.as_slice()).unwrap_or_default();
        // Without kinds, what is joined is text.
        let own = if hole.kinds.is_empty() { vec!["text"] } else { hole.kinds.clone() };
        let degraded = degrades.iter().filter(|(_, to, _)| own.contains(&to.as_str())).map(|(from, ..)| from);
        let kinds = own.iter().copied().chain(degraded.map(String::as_str));
        // What is written in detail elsewhere loses nothing here.
        let kinds = kinds.filter(|kind| !self.plan.details().any(|hole| hole.kinds.contains(kind)));
        let lost = kinds.filter_map(part_variant).map(|variant| {
            let rust = ident(variant.rust);
            let (beside, loses) = lose_beside_words(variant);
            quote!(if let Part::#rust #beside = part { #loses })
        });
        quote!(#(#lost)*)
    }
}

/// A set of part kinds as an expression.
pub(super) fn bits(kinds: &[&'static str]) -> TokenStream {
    let bits = kinds.iter().filter_map(|kind| part_variant(kind)).map(|variant| {
        let rust = ident(variant.rust);
        quote!(PartKind::#rust.bit())
    });
    let bits: Vec<_> = bits.collect();
    if bits.is_empty() { quote!(0) } else { quote!(#(#bits)|*) }
}
