//! Types that are words: the text of each, and what becomes of those that a spec has no text for.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::spec::plan::Spelling;

use super::{
    Module,
    name::{ident, snake},
};

impl Module<'_> {
    pub(super) fn read_words(&mut self, spelling: &Spelling, words: &[(&'static str, Vec<String>)]) {
        let name = spelling.ty.name;
        let (function, ty) = (format_ident!("read_{}", snake(name)), ident(name));
        let arms = words.iter().map(|(word, texts)| {
            let rust = ident(rust_word(spelling, word));
            quote!(#(#texts)|* => #ty::#rust,)
        });
        // An answer that ends for an unknown reason ends all the same. Some write no reason as a text.
        let (absent, otherwise) = match name {
            "FinishReason" => (Some(quote!("" | "null" => return None,)), quote!(#ty::Stop)),
            _ => (None, quote!(return None)),
        };
        self.item(
            function.to_string(),
            &spelling.origin,
            quote! {
                pub(crate) fn #function(text: &str, cx: &Reading<'_>) -> Option<#ty> {
                    Some(match text {
                        #(#arms)*
                        #absent
                        _ => {
                            cx.note_unknown(#name, text);
                            #otherwise
                        }
                    })
                }
            },
        );
    }

    pub(super) fn write_words(&mut self, spelling: &Spelling, words: &[(&'static str, Vec<String>)]) {
        let (name, ty) = (spelling.ty.name, ident(spelling.ty.name));
        let text_of = format_ident!("text_of_{}", snake(name));
        let fits = format_ident!("fits_{}", snake(name));
        let text_for = |word: &str| {
            let written = spelling.fates.degrades.iter().find(|(from, ..)| from == word).map_or(word, |(_, to, _)| to);
            let texts = words.iter().find(|(known, _)| *known == written).map(|(_, texts)| texts)?;
            Some(serde_json::Value::from(texts.first()?.as_str()).to_string())
        };
        let arms = spelling.ty.words().iter().map(|word| {
            let rust = ident(rust_word(spelling, word.name));
            match text_for(word.name) {
                Some(text) => quote!(#ty::#rust => Ok(#text)),
                None if spelling.fates.implies.iter().any(|(implied, _)| implied == word.name) => {
                    quote!(#ty::#rust => Err(IMPLIED))
                }
                None => {
                    let loss = format!("{}.{}", snake(name), word.name);
                    quote!(#ty::#rust => Err(#loss))
                }
            }
        });
        let arms: Vec<_> = arms.collect();
        self.item(
            text_of.to_string(),
            &spelling.origin,
            quote! {
                pub(crate) fn #text_of(word: #ty) -> Result<&'static str, &'static str> { match word { #(#arms,)* } }
            },
        );
        let degraded = spelling.fates.degrades.iter().map(|(from, ..)| {
            let (rust, loss) = (ident(rust_word(spelling, from)), format!("{}.{from}", snake(name)));
            quote!(#ty::#rust => w.lose(#loss),)
        });
        let degraded: Vec<_> = degraded.collect();
        if !degraded.is_empty() {
            let note = format_ident!("note_{}", snake(name));
            self.item(
                note.to_string(),
                &spelling.origin,
                quote! {
                    fn #note(word: #ty, w: &mut Writer) { match word { #(#degraded)* _ => {} } }
                },
            );
        }
        self.item(
            fits.to_string(),
            &spelling.origin,
            quote! {
                fn #fits(word: &#ty) -> Result<(), &'static str> { #text_of(*word).map(|_| ()) }
            },
        );
    }

    /// Notes that `value` is written as another word, where some words of the type are.
    pub(super) fn note_degraded(&self, name: &str) -> Option<TokenStream> {
        let spelling = self.plan.spelling(name).filter(|spelling| !spelling.fates.degrades.is_empty())?;
        let note = format_ident!("note_{}", snake(spelling.ty.name));
        Some(quote!(#note(*value, w);))
    }
}

/// A word's name in Rust.
pub(super) fn rust_word(spelling: &Spelling, word: &str) -> &'static str {
    spelling.ty.words().iter().find(|known| known.name == word).map_or("", |known| known.rust)
}
