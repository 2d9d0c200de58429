//! Bounds on the values of a request, and what is lost where they are told by views.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::{
    model::vocabulary::Field,
    spec::{
        lower::limit::words_of,
        plan::{Hole, Limit, Pattern},
    },
};

use super::{Module, name::ident};

impl Module<'_> {
    /// The bounds on one of the request's values.
    pub(super) fn limit(&self, field: &str) -> Option<&Limit> {
        self.plan.limits.iter().find(|limit| limit.field.name == field && limit.view.is_none())
    }

    /// A view of one of the request's values, within its bounds.
    pub(super) fn viewed(&self, hole: &Hole, view: &Field, value: TokenStream) -> TokenStream {
        let name = ident(view.name);
        let is_bounded =
            |limit: &&Limit| limit.field.name == hole.field.name && limit.view.map(|v| v.name) == Some(view.name);
        match self.plan.limits.iter().find(is_bounded) {
            Some(limit) if !words_of(view).is_empty() => {
                let words = words_of(view);
                let word = |place: usize| words.get(place).map(|word| ident(word.rust));
                let least = word(limit.min.unwrap_or(0.0) as usize);
                let most = word(limit.max.map_or(words.len() - 1, |max| max as usize));
                quote!(#value.#name().map(|effort| effort.within(Effort::#least, Effort::#most)))
            }
            Some(limit) => {
                let (min, max) = (limit.min.unwrap_or(0.0) as u64, limit.max.map_or(u64::MAX, |max| max as u64));
                match limit.off {
                    true => quote!(#value.#name().map(|number| if number == 0 { 0 } else { number.clamp(#min, #max) })),
                    false => quote!(#value.#name().map(|number| number.clamp(#min, #max))),
                }
            }
            None => quote!(#value.#name()),
        }
    }

    /// Notes what the views of reasoning that a request is written with do not tell.
    pub(super) fn lose_untold_reasoning(&self, pattern: &Pattern) -> TokenStream {
        let views = pattern.holes().into_iter().filter(|hole| hole.field.name == "reasoning");
        let told = views.filter_map(|hole| {
            let inner = hole.inner?;
            let (name, set) = (ident(inner.name), format_ident!("set_{}", inner.name));
            let viewed = self.viewed(hole, &inner, quote!(reasoning));
            Some(match inner.view {
                true => quote!(if let Some(value) = #viewed { told.#set(value); }),
                false => quote!(told.#name = reasoning.#name.clone();),
            })
        });
        let told: Vec<_> = told.collect();
        if told.is_empty() {
            return quote!();
        }
        quote! {
            if let Some(reasoning) = &request.reasoning {
                let mut told = Reasoning::default();
                #(#told)*
                reasoning.lost_in(&told).for_each(|loss| w.lose(loss));
            }
        }
    }
}
