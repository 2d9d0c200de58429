//! What modules need, and what they take from earlier ones.

use std::collections::{HashMap, HashSet};

use proc_macro2::{TokenStream, TokenTree};

use crate::spec::plan::Plan;

use super::{Item, model::models};

/// What a provider's module is called for: it writes requests and reads what comes back.
const CALLED: [&str; 4] = ["write_request", "parse_response", "parse_error", "parse_frame"];

/// What the tests call beside: they read what was written, to see that nothing was lost.
const TESTED: &str = "parse_request";

/// How much an item is needed; the less the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// Nothing names it.
    Never,
    /// By the tests.
    Laws,
    /// By the program.
    Always,
}

/// An item with what sharing asks of it.
struct Known {
    item: Item,
    text: String,
    names: HashSet<String>,
    need: Need,
    /// The module that has it word for word.
    from: Option<usize>,
}

/// All modules, each with its plan and its items by their order.
pub(super) struct Shared<'p> {
    modules: Vec<(&'p Plan, Vec<Known>)>,
    /// What each module has for models whose requests differ.
    models: Vec<TokenStream>,
}

impl<'p> Shared<'p> {
    /// Of the items of all plans.
    pub(super) fn new(modules: impl Iterator<Item = (&'p Plan, Vec<Item>)>) -> Self {
        let mut all = Self { modules: Vec::new(), models: Vec::new() };
        for (plan, items) in modules {
            all.models.push(models(plan, &items));
            let mut items: Vec<Known> = items.into_iter().map(Known::new).collect();
            all.take(&mut items);
            all.modules.push((plan, items));
        }
        for index in 0..all.modules.len() {
            all.need_roots(index);
        }
        // What a later module takes from an earlier one must be there.
        for index in (0..all.modules.len()).rev() {
            let taken = all.modules[index].1.iter().filter_map(|known| Some((known.from?, known)));
            let taken: Vec<(usize, String, Need)> =
                taken.map(|(from, known)| (from, known.item.name.clone(), known.need)).collect();
            taken.into_iter().for_each(|(from, name, need)| all.require(from, &name, need));
        }
        all
    }

    /// What a module has for models whose requests differ.
    pub(super) fn models(&self, index: usize) -> &TokenStream {
        &self.models[index]
    }

    /// The items of a module that are needed, and for those that it takes from another one, the plan of that one.
    pub(super) fn items(&self, index: usize) -> impl Iterator<Item = (&Item, Need, Option<&'p Plan>)> {
        let needed = self.modules[index].1.iter().filter(|known| known.need > Need::Never);
        needed.map(|known| (&known.item, known.need, known.from.map(|from| self.modules[from].0)))
    }

    /// Finds the items that an earlier module has word for word, with all that they name; of several the latest.
    fn take(&self, items: &mut [Known]) {
        let own: HashSet<String> = items.iter().map(|known| known.item.name.clone()).collect();
        for (module, (_, others)) in self.modules.iter().enumerate().rev() {
            let texts: HashMap<&str, &str> = others.iter().map(|o| (o.item.name.as_str(), o.text.as_str())).collect();
            let is_same = |known: &&Known| texts.get(known.item.name.as_str()) == Some(&known.text.as_str());
            let mut same: HashSet<String> = items.iter().filter(is_same).map(|known| known.item.name.clone()).collect();
            // An item is shared only if everything of the module that it names is.
            loop {
                let stays = |known: &&Known| {
                    let whole = known.names.iter().all(|name| same.contains(name) || !own.contains(name));
                    same.contains(&known.item.name) && whole
                };
                let kept: HashSet<String> = items.iter().filter(stays).map(|known| known.item.name.clone()).collect();
                if kept.len() == same.len() {
                    break;
                }
                same = kept;
            }
            let taken = items.iter_mut().filter(|known| known.from.is_none() && same.contains(&known.item.name));
            taken.for_each(|known| known.from = Some(module));
        }
    }

    /// A face's module is all needed, a provider's as far as it is called.
    fn need_roots(&mut self, index: usize) {
        let (plan, items) = &mut self.modules[index];
        if !plan.http.serve.is_empty() {
            return items.iter_mut().for_each(|known| known.need = Need::Always);
        }
        self.require(index, TESTED, Need::Laws);
        named(&self.models[index].clone()).iter().for_each(|name| self.require(index, name, Need::Always));
        CALLED.iter().for_each(|root| self.require(index, root, Need::Always));
    }

    /// Notes that an item is needed, with all that it names.
    fn require(&mut self, index: usize, name: &str, need: Need) {
        let items = &mut self.modules[index].1;
        let mut ahead = vec![name.to_owned()];
        while let Some(name) = ahead.pop() {
            for known in items.iter_mut().filter(|known| known.item.name == name && known.need < need) {
                known.need = need;
                ahead.extend(known.names.iter().cloned());
            }
        }
    }
}

impl Known {
    fn new(item: Item) -> Self {
        Self { text: item.tokens.to_string(), names: named(&item.tokens), need: Need::Never, from: None, item }
    }
}

/// All identifiers in some tokens.
pub(super) fn named(tokens: &TokenStream) -> HashSet<String> {
    fn collect(tokens: TokenStream, found: &mut HashSet<String>) {
        for tree in tokens {
            match tree {
                TokenTree::Ident(ident) => _ = found.insert(ident.to_string()),
                TokenTree::Group(group) => collect(group.stream(), found),
                _ => {}
            }
        }
    }
    let mut found = HashSet::new();
    collect(tokens.clone(), &mut found);
    found
}
