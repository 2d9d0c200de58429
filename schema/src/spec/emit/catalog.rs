//! What specs say of models, as tables of one line a model: catalogues are long, and nobody reads them as code.

use std::fmt::Write;

use proc_macro2::TokenStream;
use quote::quote;

use crate::spec::plan::{LongPrice, ModelEntry, Plan, Price};

use super::{
    facts::{demands, optional, weights},
    name::{ident, module},
    parts::bits,
};

/// A spec's table, as an expression.
pub(super) fn name(plan: &Plan) -> TokenStream {
    match plan.models.is_empty() {
        true => quote!(&[]),
        false => {
            let table = ident(&constant(plan));
            quote!(#table)
        }
    }
}

/// The tables of all specs.
pub(super) fn tables(plans: &[Plan]) -> String {
    let mut text = String::new();
    for plan in plans.iter().filter(|plan| !plan.models.is_empty()) {
        _ = writeln!(text, "\n#[rustfmt::skip]\nconst {}: &[ModelFacts] = &[", constant(plan));
        plan.models.iter().for_each(|entry| _ = writeln!(text, "    {},", row(plan, entry)));
        text.push_str("];\n");
    }
    text
}

fn constant(plan: &Plan) -> String {
    format!("MODELS_{}", module(plan).to_uppercase())
}

/// What is said of some models. What is as for all models of the API is not said again.
fn row(
    plan: &Plan,
    ModelEntry { name, context, output, takes, reasons, price, weights: own, patched, .. }: &ModelEntry,
) -> String {
    let usual = demands(&plan.demands).to_string();
    let demanded = patched.as_deref().map(|patched| demands(&patched.demands));
    let demanded = optional(&demanded.filter(|demanded| demanded.to_string() != usual));
    let takes = optional(&takes.as_ref().map(|kinds| bits(kinds)));
    let (price, weights) = (optional(&price.as_ref().map(self::price)), optional(&own.as_ref().map(weights)));
    format!(
        "ModelFacts {{ name: {name:?}, context: {context:?}, output: {output:?}, takes: {takes}, reasons: {reasons:?}, \
         demands: {demanded}, price: {price}, weights: {weights} }}"
    )
}

/// What a model costs.
fn price(price: &Price) -> TokenStream {
    let Price { input, output, cache_read, cache_write, cache_write_1h, above } = price;
    let [cache_read, cache_write, cache_write_1h] = [cache_read, cache_write, cache_write_1h].map(optional);
    let above = optional(&above.map(|above| {
        let LongPrice { tokens, input, output, cache_read, cache_write, cache_write_1h } = above;
        let [input, output] = [input, output].map(|amount| optional(&amount));
        let [cache_read, cache_write] = [cache_read, cache_write].map(|amount| optional(&amount));
        let cache_write_1h = optional(&cache_write_1h);
        quote! {
            LongPriceConfig {
                tokens: #tokens, input: #input, output: #output, cache_read: #cache_read, cache_write: #cache_write,
                cache_write_1h: #cache_write_1h,
            }
        }
    }));
    quote! {
        PriceConfig {
            input: #input, output: #output, cache_read: #cache_read, cache_write: #cache_write,
            cache_write_1h: #cache_write_1h, above: #above,
        }
    }
}
