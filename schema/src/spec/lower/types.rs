//! `types`, and the sections that are types too: `request`, `response`, `error` and the steps of `stream`.

use crate::{
    diagnostic::Diagnostic,
    document::{Entry, Node, Value},
    model::{
        Response, Step,
        vocabulary::{Field, Kind, TYPES, Ty, Type, Variant, Vocabulary, type_named},
    },
    spec::plan::{Form, Pattern, SpelledVariant, Spelling},
};

use super::{
    Lowering,
    pattern::{Scope, substitute},
};

/// Types that have sections of their own, or no spelling.
pub const NOT_UNDER_TYPES: [&str; 7] = ["Request", "Response", "ApiError", "Step", "Role", "TokenCount", "Catalog"];

/// Types whose values stand in lists, in which others may stand behind them.
pub const BEHIND: [&str; 2] = ["Part", "Tool"];

/// Sections that are the exemplar of one record, with its type.
pub const RECORD_SECTIONS: [(&str, &str); 4] =
    [("request", "Request"), ("error", "ApiError"), ("count", "TokenCount"), ("catalog", "Catalog")];

impl Lowering {
    pub(super) fn types(&mut self, tree: &Node) -> Vec<Spelling> {
        let mut spellings = Vec::new();
        let spelled = || TYPES.iter().filter(|ty| !NOT_UNDER_TYPES.contains(&ty.name));
        for Entry { key, at, node } in tree.get("types").map(Node::entries).unwrap_or_default() {
            match spelled().find(|ty| ty.name == key) {
                Some(ty) => spellings.push(self.spelling(ty, node)),
                None => {
                    let error = Diagnostic::error("S023", at, format!("there is no type `{key}` to spell"));
                    self.error(error.label("unknown type").nearest(key, spelled().map(|ty| ty.name)));
                }
            }
        }
        for (section, ty) in RECORD_SECTIONS {
            if let (Some(node), Some(ty)) = (tree.get(section), type_named(ty)) {
                spellings.push(self.spelling(ty, node));
            }
        }
        if let (Some(node), Some(ty)) = (tree.get("response"), TYPES.iter().find(|ty| ty.name == Response::TYPE.name)) {
            spellings.push(self.spelling(ty, &with_message(node, tree)));
        }
        if let (Some(node), Some(ty)) = (tree.get("stream"), TYPES.iter().find(|ty| ty.name == Step::TYPE.name)) {
            let steps = self.step_frames(node);
            spellings.push(self.spelling(ty, &steps));
        }
        spellings
    }

    fn spelling(&mut self, ty: &'static Type, node: &Node) -> Spelling {
        let (form, fates) = match ty.kind {
            Kind::Record(fields) => {
                let scope = Scope::of(ty.name, fields, if ty.name == "Response" { "assistant" } else { "system" });
                let (pattern, fates) = self.exemplar(node, &scope);
                (Form::Record(pattern), fates)
            }
            Kind::Words(words) => {
                let names: Vec<&'static str> = words.iter().map(|word| word.name).collect();
                let mut spelled = Vec::new();
                for (name, node) in self.named(node, &names, ty) {
                    let texts: Vec<String> = self.texts(node).into_iter().map(|(text, _)| text).collect();
                    if texts.is_empty() {
                        self.expected(node, "a string or a list of strings");
                    }
                    spelled.push((name, texts));
                }
                (Form::Words(spelled), self.fates(node))
            }
            Kind::Union(variants) => {
                let names: Vec<&'static str> = variants.iter().filter(|v| !v.native).map(|v| v.name).collect();
                let mut spelled = Vec::new();
                for (name, node) in self.named(node, &names, ty) {
                    if let Some(variant) = variants.iter().find(|variant| variant.name == name) {
                        spelled.push(self.variant(ty, variant, node));
                    }
                }
                (Form::Union(spelled), self.fates(node))
            }
        };
        Spelling { ty, origin: node.origin.clone(), form, fates }
    }

    pub(super) fn variant(&mut self, ty: &Type, variant: &'static Variant, node: &Node) -> SpelledVariant {
        let mut fields = variant.fields.to_vec();
        if ty.name == Step::TYPE.name {
            // A common frame may name what belongs to other steps: there it is absent.
            let others = ty.variants().iter().flat_map(|other| other.fields.iter().copied());
            for field in others.chain(head_fields()).chain([FRAME]) {
                if fields.iter().all(|known| known.name != field.name) {
                    let optional = field.name != FRAME.name;
                    fields.push(Field { optional, ..field });
                }
            }
        }
        let owner = format!("`{}` of {}", variant.name, ty.name);
        let scope = Scope::of(owner, &fields, "tool_result");
        let forms = match &node.value {
            Value::List(nodes) if !nodes.is_empty() => nodes.iter().collect(),
            _ => vec![node],
        };
        // Only a step has frames around its own, a part and a tool have elements behind, and only the form that is written.
        let is_step = ty.name == Step::TYPE.name;
        let has = |key: &str| is_step || key == "$then" && BEHIND.contains(&ty.name);
        let mut frames = |key| {
            let node = forms[0].get(key).filter(|_| has(key));
            if let Some(node) = node.filter(|node| !matches!(node.value, Value::List(_))) {
                self.expected(node, "a list of frames");
            }
            let frames = node.map(Node::elements).unwrap_or_default().iter();
            frames.map(|frame| self.pattern(frame, &scope)).collect()
        };
        let (before, then) = (frames("$before"), frames("$then"));
        let own = |(index, form): (usize, &&Node)| match has("$then") && index == 0 {
            true => without_frames(form, is_step),
            false => (*form).clone(),
        };
        let mut read = forms.iter().enumerate().map(|form| self.pattern(&own(form), &scope));
        let pattern = read.next().unwrap_or(Pattern::EmptyList);
        SpelledVariant { variant, pattern, also: read.collect(), before, then, origin: node.origin.clone() }
    }

    /// The entries of a type's object whose keys are names of it; directives pass.
    pub(super) fn named<'n>(
        &mut self,
        node: &'n Node,
        names: &[&'static str],
        ty: &Type,
    ) -> Vec<(&'static str, &'n Node)> {
        if !matches!(node.value, Value::Object(_)) {
            self.expected(node, "an object");
        }
        let mut found = Vec::new();
        for Entry { key, at, node } in node.entries() {
            match names.iter().find(|name| *name == key) {
                Some(name) => found.push((*name, node)),
                None if ["$drops", "$implies", "$degrades"].contains(&key.as_str()) => {}
                None => {
                    let error = Diagnostic::error("S023", at, format!("{} has no `{key}`", ty.name));
                    self.error(error.label("unknown name").nearest(key, names.iter().copied()));
                }
            }
        }
        found
    }
}

/// A step's own frame, without those around it; a part or a tool without what stands behind it.
fn without_frames(node: &Node, is_step: bool) -> Node {
    let Value::Object(entries) = &node.value else { return node.clone() };
    let is_other = |key: &str| key == "$then" || is_step && key == "$before";
    let kept = entries.iter().filter(|entry| !is_other(&entry.key));
    Node { value: Value::Object(kept.cloned().collect()), origin: node.origin.clone() }
}

/// What every frame of a stream may tell about the answer, beside its own step: `$response.id` and its like.
pub fn head_fields() -> impl Iterator<Item = Field> {
    let doc = "the answer that the frame is part of";
    std::iter::once(Field { optional: true, ..Field::of("response", doc, Ty::Named("Response")) })
}

/// The number of a frame among those of its stream, from 0.
pub const FRAME: Field = Field::of("frame", "the number of the frame in its stream", Ty::Unsigned);

/// `$message` in `response` is what an assistant's message looks like.
fn with_message(response: &Node, tree: &Node) -> Node {
    let assistant = tree.get("messages").and_then(|messages| messages.get("assistant"));
    let Some(exemplar) = assistant.and_then(|message| message.get("as")) else {
        return response.clone();
    };
    let mut exemplar = exemplar.clone();
    if let (Value::Object(entries), Some(also)) = (&mut exemplar.value, assistant.and_then(|m| m.get("$also"))) {
        entries.push(Entry { key: "$also".into(), at: also.origin.clone(), node: also.clone() });
    }
    if let (Value::Object(entries), Some(answers)) = (&mut exemplar.value, assistant.and_then(|m| m.get("$answers"))) {
        entries.extend(answers.entries().iter().cloned());
    }
    substitute(response, "$message", &exemplar)
}
