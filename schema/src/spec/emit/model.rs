//! Writers of requests for models that demand what others of their API do not, and the choice among them.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::spec::plan::Plan;

use super::{Item, module, share::named};

/// The name of the function that writes a request as its model wants it.
pub(super) const WRITE_REQUEST: &str = "write_request";

/// Whether what a request looks like may depend on its model.
pub(super) fn by_model(plan: &Plan) -> bool {
    plan.models.iter().any(|entry| entry.patched.is_some())
}

/// Modules for the models whose requests differ, and the function that chooses.
pub(super) fn models(plan: &Plan, items: &[Item]) -> TokenStream {
    if plan.models.is_empty() {
        return quote!();
    }
    let mut modules: Vec<(String, proc_macro2::Ident, TokenStream)> = Vec::new();
    let mut arms = Vec::new();
    for (number, entry) in plan.models.iter().enumerate() {
        let Some(patched) = &entry.patched else { continue };
        let own = differing(items, module(patched));
        if own.is_empty() {
            continue;
        }
        // Where it stands in the spec makes no difference.
        let text: String = own.iter().map(|item| item.tokens.to_string()).collect();
        let own = own.iter().map(|item| {
            let (doc, tokens) = (format!(" {}", item.origin), &item.tokens);
            quote!(#[doc = #doc] #tokens)
        });
        let body = quote!(#(#own)*);
        let known = modules.iter().find(|(known, ..)| *known == text).map(|(_, ident, _)| ident.clone());
        let ident = known.unwrap_or_else(|| {
            let ident = format_ident!("model_{number}");
            let doc = format!(" Requests for `{}`.", entry.name);
            modules.push((text, ident.clone(), quote!(#[doc = #doc] pub(crate) mod #ident { use super::*; #body })));
            ident
        });
        arms.push(quote!(Some(#number) => #ident::write_request(request, w)));
    }
    if !by_model(plan) {
        return TokenStream::new();
    }
    let modules = modules.iter().map(|(.., tokens)| tokens);
    quote! {
        #(#modules)*
        pub(crate) fn write_request_of_model(request: &Request<'_>, model: Option<usize>, w: &mut Writer) {
            match model { #(#arms,)* _ => write_request(request, w) }
        }
    }
}

/// What writing a request needs that is not as it is for other models.
fn differing(base: &[Item], patched: Vec<Item>) -> Vec<Item> {
    let is_same = |item: &Item| {
        let mut same = base.iter().filter(|other| other.name == item.name);
        same.any(|other| other.tokens.to_string() == item.tokens.to_string())
    };
    let mut changed: BTreeSet<String> =
        patched.iter().filter(|item| !is_same(item)).map(|item| item.name.clone()).collect();
    // What names something changed calls another function than before.
    loop {
        let before = changed.len();
        for item in &patched {
            if named(&item.tokens).iter().any(|name| changed.contains(name)) {
                changed.insert(item.name.clone());
            }
        }
        if changed.len() == before {
            break;
        }
    }
    let mut reached: BTreeSet<String> = BTreeSet::new();
    let mut ahead = vec![WRITE_REQUEST.to_owned()];
    while let Some(name) = ahead.pop() {
        let Some(item) = patched.iter().find(|item| item.name == name) else { continue };
        if reached.insert(name) {
            ahead.extend(named(&item.tokens));
        }
    }
    patched.into_iter().filter(|item| changed.contains(&item.name) && reached.contains(&item.name)).collect()
}
