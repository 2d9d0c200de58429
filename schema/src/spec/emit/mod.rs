//! From checked plans to Rust: declarations that the derives in `macros/` bring to life, and short functions between them.
//!
//! A spec becomes a module. What a later module would repeat word for word it takes from an earlier one, and what it has
//! no use for it does without.

mod access;
mod bound;
mod catalog;
mod condition;
mod dispatch;
mod entry;
mod facts;
mod locals;
mod message;
mod model;
pub(in crate::spec) mod name;
mod parts;
pub(in crate::spec) mod read;
pub(in crate::spec) mod shape;
mod share;
mod step;
mod types;
mod value;
mod words;
mod write;

use proc_macro2::TokenStream;
use quote::quote;

use crate::document::Origin;

use self::share::{Need, Shared};
use super::plan::{Form, Hole, Pattern, Plan, SpelledVariant};

/// One module in the making.
struct Module<'p> {
    plan: &'p Plan,
    items: Vec<Item>,
}

struct Item {
    name: String,
    origin: String,
    tokens: TokenStream,
}

/// The Rust of all plans, formatted.
pub fn emit(plans: &[Plan]) -> Result<String, syn::Error> {
    let shared = Shared::new(plans.iter().map(|plan| (plan, module(plan))));
    let modules = plans.iter().enumerate().map(|(index, plan)| written(plan, &shared, index));
    let dispatch = dispatch::dispatch(plans);
    let file = syn::parse2(quote! {
        #(#modules)*
        #dispatch
    })?;
    Ok(format!(
        "// @generated from the specs under providers/. Change those, not this.\n\n{}{}",
        prettyplease::unparse(&file),
        catalog::tables(plans)
    ))
}

/// The Rust of one plan, with nothing shared: what `spec expand` shows.
pub fn emit_one(plan: &Plan) -> Result<String, syn::Error> {
    let shared = Shared::new([(plan, module(plan))].into_iter());
    let file = syn::parse2(written(plan, &shared, 0))?;
    Ok(prettyplease::unparse(&file))
}

fn module(plan: &Plan) -> Vec<Item> {
    let mut module = Module { plan, items: Vec::new() };
    for spelling in &plan.types {
        module.read_type(spelling);
        module.write_type(spelling);
    }
    module.read_messages();
    module.write_messages();
    module.write_own_parts();
    module.entry_points();
    module.items
}

fn written(plan: &Plan, shared: &Shared<'_>, index: usize) -> TokenStream {
    let (ident, doc) = (name::ident(&name::module(plan)), format!(" `{}`: {}", plan.name, plan.docs.join(", ")));
    let items = shared.items(index).map(|(item, need, from)| {
        let laws = (need == Need::Laws).then(|| quote!(#[cfg(feature = "laws")]));
        let (name, doc, tokens) = (name::ident(&item.name), format!(" {}", item.origin), &item.tokens);
        match from {
            Some(plan) => {
                let module = name::ident(&name::module(plan));
                quote!(#laws pub(crate) use super::#module::#name;)
            }
            None => quote!(#laws #[doc = #doc] #tokens),
        }
    });
    let models = shared.models(index);
    quote! {
        #[doc = #doc]
        #[allow(unused, clippy::all)]
        pub(crate) mod #ident {
            use wireloom_macros::Shape;
            use wireloom_schema::model::*;
            use crate::wire::{details::*, layout::*, parts::*, shape::*, stream::Peek, writer::*};
            #(#items)*
            #models
        }
    }
}

impl Module<'_> {
    /// Adds an item, made from what stands at a place of a spec.
    fn item(&mut self, name: String, origin: &Origin, tokens: TokenStream) {
        // Private functions are shared between modules too.
        let tokens = if tokens.to_string().starts_with("fn ") { quote!(pub(crate) #tokens) } else { tokens };
        self.items.push(Item { name, origin: origin.file_line(), tokens });
    }

    /// Calls `each` for every hole of the request and of messages, and of what types place parts.
    fn each_read_hole(&self, each: &mut impl FnMut(&Hole)) {
        let of_pattern = |pattern: &Pattern, each: &mut dyn FnMut(&Hole)| pattern.holes().into_iter().for_each(each);
        for spelling in &self.plan.types {
            match &spelling.form {
                Form::Record(pattern) => of_pattern(pattern, each),
                Form::Union(variants) => {
                    variants.iter().flat_map(SpelledVariant::all).for_each(|pattern| of_pattern(pattern, each));
                }
                Form::Words(_) => {}
            }
        }
        for entry in &self.plan.messages {
            std::iter::once(&entry.pattern).chain(&entry.also).for_each(|pattern| of_pattern(pattern, each));
        }
    }
}
