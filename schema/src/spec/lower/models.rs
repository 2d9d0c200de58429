//! `models`: what is known of some models, and what they demand that others of the API do not.

use crate::{
    diagnostic::Diagnostic,
    document::{Entry, Node, Value},
    spec::{
        glob::Glob,
        plan::{MEDIA, ModelEntry},
        resolve::{Resolved, merge},
    },
};

use super::{Lowering, lower};

/// The keys of an entry of `models`, with what they are.
pub const MODEL_KEYS: [(&str, &str); 9] = [
    ("context", "how many tokens the model takes, its answer included"),
    ("output", "the most tokens of an answer: a request for more is lowered to it"),
    ("takes", "which media the model takes in; others are lost"),
    ("reasons", "whether the model reasons; if not, settings of reasoning are lost"),
    ("price", "what the model costs"),
    ("weights", "what the model counts otherwise than by its words, in place of `weights`"),
    ("request", "a merge patch on `request`"),
    ("limits", "a merge patch on `limits`"),
    ("keeps", "a merge patch on `keeps`"),
];

/// The sections that an entry of `models` may patch.
const PATCHED: [&str; 3] = ["request", "limits", "keeps"];

impl Lowering {
    pub(super) fn models(&mut self, spec: &Resolved) -> Vec<ModelEntry> {
        let Some(node) = spec.tree.get("models") else { return Vec::new() };
        if !matches!(node.value, Value::Object(_)) {
            self.expected(node, "an object");
        }
        node.entries().iter().filter_map(|entry| self.model(spec, entry)).collect()
    }

    fn model(&mut self, spec: &Resolved, Entry { key, at, node }: &Entry) -> Option<ModelEntry> {
        self.known_keys(node, MODEL_KEYS.iter().map(|(key, _)| *key));
        let Some(glob) = Glob::parse(key) else {
            let error = Diagnostic::error("S044", at, format!("`{key}` is not the name of models"));
            let help = "write a model's name, or one with a `*`: `name-*`, `*-name`, `*name*` or `na*me`";
            self.error(error.label("not a name that can be tested").help(help));
            return None;
        };
        let patches: Vec<&Entry> = node.entries().iter().filter(|e| PATCHED.contains(&e.key.as_str())).collect();
        let patched = (!patches.is_empty()).then(|| lower(&with_patches(spec, key, &patches)));
        let patched = match patched {
            Some(Ok(plan)) => Some(Box::new(plan)),
            Some(Err(mistakes)) => {
                mistakes.into_iter().for_each(|mistake| self.error(mistake));
                None
            }
            None => None,
        };
        Some(ModelEntry {
            name: key.clone(),
            glob,
            origin: at.clone(),
            context: node.get("context").and_then(|node| self.tokens(node)),
            output: node.get("output").and_then(|node| self.tokens(node)),
            takes: node.get("takes").map(|node| self.media(node)),
            reasons: node.get("reasons").map(|node| self.flag(Some(node))),
            price: node.get("price").and_then(|node| self.price(node)),
            weights: self.weights(node.get("weights")),
            patched,
        })
    }

    pub(super) fn tokens(&mut self, node: &Node) -> Option<u64> {
        let number = match &node.value {
            Value::Number(text) => text.parse().ok().filter(|tokens| *tokens > 0),
            _ => None,
        };
        if number.is_none() {
            self.expected(node, "a number of tokens");
        }
        number
    }

    fn media(&mut self, node: &Node) -> Vec<&'static str> {
        let mut kinds = Vec::new();
        for (name, origin) in self.texts(node) {
            match MEDIA.iter().find(|kind| **kind == name) {
                Some(kind) => kinds.push(*kind),
                None => {
                    let error = Diagnostic::error("S024", &origin, format!("`{name}` is no medium"));
                    self.error(error.label("unknown medium").nearest(&name, MEDIA));
                }
            }
        }
        kinds
    }
}

/// The spec as it is for some models.
fn with_patches(spec: &Resolved, model: &str, patches: &[&Entry]) -> Resolved {
    let others = spec.tree.entries().iter().filter(|entry| entry.key != "models").cloned().collect();
    let base = Node { value: Value::Object(others), origin: spec.tree.origin.clone() };
    let patch = Value::Object(patches.iter().map(|entry| (*entry).clone()).collect());
    let tree = merge(&base, &Node { value: patch, origin: spec.tree.origin.clone() });
    Resolved { tree, model: Some(model.to_owned()), ..spec.clone() }
}
