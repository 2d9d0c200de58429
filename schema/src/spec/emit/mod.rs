//! From checked plans to Rust: declarations that the derives in `macros/` bring to life, and short functions between them.
//!
//! A spec becomes a module. What a later module would repeat word for word it takes from an earlier one.

mod access;
mod dispatch;
mod facts;
mod message;
pub(in crate::spec) mod name;
mod parts;
pub(in crate::spec) mod read;
pub(in crate::spec) mod shape;
mod step;
mod types;
mod value;
mod write;

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::quote;

use crate::document::Origin;

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
    let mut emitted: Vec<(String, Vec<Item>)> = Vec::new();
    let mut modules = Vec::new();
    for plan in plans {
        let items = module(plan);
        let shared = shared(&items, &emitted);
        modules.push(written(plan, &items, &shared));
        emitted.push((name::module(plan), items));
    }
    let dispatch = dispatch::dispatch(plans);
    let file = syn::parse2(quote! {
        #(#modules)*
        #dispatch
    })?;
    Ok(format!(
        "// @generated from the specs under providers/. Change those, not this.\n\n{}",
        prettyplease::unparse(&file)
    ))
}

/// The Rust of one plan, with nothing shared: what `spec expand` shows.
pub fn emit_one(plan: &Plan) -> Result<String, syn::Error> {
    let items = module(plan);
    let file = syn::parse2(written(plan, &items, &HashMap::new()))?;
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
    module.items
}

/// Items that an earlier module has word for word, with all that they name: item to module.
fn shared(items: &[Item], emitted: &[(String, Vec<Item>)]) -> HashMap<String, String> {
    let mut shared = HashMap::new();
    for (module, others) in emitted.iter().rev() {
        let mut same: Vec<&Item> = items
            .iter()
            .filter(|item| {
                others
                    .iter()
                    .any(|other| other.name == item.name && other.tokens.to_string() == item.tokens.to_string())
            })
            .collect();
        // An item is shared only if everything of the module that it names is.
        loop {
            let names: Vec<&str> = same.iter().map(|item| item.name.as_str()).collect();
            let before = same.len();
            let kept = same.iter().filter(|item| {
                named(&item.tokens)
                    .all(|name| names.contains(&name.as_str()) || !items.iter().any(|other| other.name == name))
            });
            same = kept.copied().collect();
            if same.len() == before {
                break;
            }
        }
        for item in same {
            shared.entry(item.name.clone()).or_insert_with(|| module.clone());
        }
    }
    shared
}

/// All identifiers in some tokens.
fn named(tokens: &TokenStream) -> impl Iterator<Item = String> {
    fn collect(tokens: TokenStream, found: &mut Vec<String>) {
        for tree in tokens {
            match tree {
                proc_macro2::TokenTree::Ident(ident) => found.push(ident.to_string()),
                proc_macro2::TokenTree::Group(group) => collect(group.stream(), found),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    collect(tokens.clone(), &mut found);
    found.into_iter()
}

fn written(plan: &Plan, items: &[Item], shared: &HashMap<String, String>) -> TokenStream {
    let (ident, doc) = (name::ident(&name::module(plan)), format!(" `{}`: {}", plan.name, plan.docs.join(", ")));
    let taken = items.iter().filter_map(|item| {
        let (module, name) = (name::ident(shared.get(&item.name)?), name::ident(&item.name));
        Some(quote!(pub(crate) use super::#module::#name;))
    });
    let own = items.iter().filter(|item| !shared.contains_key(&item.name)).map(|item| {
        let (doc, tokens) = (format!(" {}", item.origin), &item.tokens);
        quote!(#[doc = #doc] #tokens)
    });
    let entry = dispatch::entry_points(plan);
    quote! {
        #[doc = #doc]
        #[allow(unused, clippy::all)]
        pub(crate) mod #ident {
            use wireloom_macros::Shape;
            use wireloom_schema::model::*;
            use crate::wire::{layout::*, shape::*, stream::Peek, writer::*};
            #(#taken)*
            #(#own)*
            #entry
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
