//! From a resolved tree to a plan: every name is looked up, every hole gets its type.

pub mod auth;
pub mod http;
pub mod keeps;
pub mod limit;
pub mod messages;
pub mod models;
pub(in crate::spec) mod pattern;
pub mod price;
pub mod stream;
pub mod types;
pub mod weights;

use crate::{
    diagnostic::{Diagnostic, Mistakes},
    document::{Entry, Node, Origin, Value},
};

use super::{plan::Plan, resolve::Resolved};

/// The keys of a spec, with what they are, in the order in which a spec is written.
pub const SECTIONS: [(&str, &str); 23] = [
    ("$schema", "where an editor finds the JSON Schema"),
    ("dialect", "the name of a dialect, which is the file's"),
    ("provider", "the name of a provider, which is the file's"),
    ("extends", "the dialect that a provider speaks; what follows is a merge patch on it"),
    ("docs", "the vendor's documentation that the spec was written from"),
    ("vendor", "what OpenTelemetry's conventions call the vendor; the spec's own name if it is missing"),
    ("aliases", "other names for `transformer.use`"),
    ("options", "what the options given in `transformer.use` are: body, fields of each request's body"),
    ("http", "where and how the API is called"),
    ("keys", "`either-case`: keys are read in snake case too; else as they are written"),
    ("request", "what a request looks like"),
    ("messages", "how the conversation is cut into wire messages"),
    ("types", "how each unified type is spelled"),
    ("response", "what a whole answer looks like"),
    ("error", "what an error looks like"),
    ("stream", "what a streamed answer looks like"),
    ("thoughts", "the two tags between which thoughts stand at the beginning of an answer's text"),
    ("count", "what a count of tokens looks like; for faces that count"),
    ("catalog", "what the list of models looks like; for faces that list them"),
    ("limits", "bounds on values of a request"),
    ("keeps", "what of earlier messages is sent"),
    ("weights", "what is counted otherwise than by its words, in tokens"),
    ("models", "what is known of models by their names, and what they demand that others do not"),
];

/// The words of `keys`, and whether keys are then read in snake case too.
pub const KEYS: [(&str, bool); 2] = [("as-written", false), ("either-case", true)];

/// The words of `options`, and whether they then are fields of a body.
pub const OPTIONS: [(&str, bool); 1] = [("body", true)];

/// The sections that every dialect has.
pub const REQUIRED: [&str; 7] = ["http", "request", "messages", "types", "response", "error", "stream"];

/// Lowers one spec (`S010` to `S029`).
pub fn lower(spec: &Resolved) -> Result<Plan, Vec<Diagnostic>> {
    let mut lowering = Lowering { mistakes: Mistakes::default() };
    let tree = &spec.tree;
    lowering.known_keys(tree, SECTIONS.iter().map(|(key, _)| *key));
    for section in REQUIRED {
        if tree.get(section).is_none() {
            let message = format!("the spec of `{}` has no `{section}`", spec.name);
            let help = "write it, or extend a dialect that has it";
            lowering
                .mistakes
                .push(Diagnostic::error("S022", &beginning(tree), message).label("missing here").help(help));
        }
    }
    let texts =
        |key| tree.get(key).map(|node| node.elements().iter().filter_map(Node::text).map(str::to_owned).collect());
    let (limits, demands) = tree.get("limits").map(|node| lowering.limits(node)).unwrap_or_default();
    let plan = Plan {
        name: spec.name.clone(),
        dialect: spec.dialect.clone(),
        is_provider: spec.is_provider,
        origin: beginning(tree),
        vendor: tree.get("vendor").and_then(|node| lowering.text(node)).unwrap_or_else(|| spec.name.clone()),
        docs: texts("docs").unwrap_or_default(),
        aliases: texts("aliases").unwrap_or_default(),
        either_case: tree.get("keys").and_then(|node| lowering.choice(node, &KEYS)).unwrap_or(false),
        body_options: tree.get("options").and_then(|node| lowering.choice(node, &OPTIONS)).unwrap_or(false),
        http: tree.get("http").map(|node| lowering.http(node, spec.is_provider)).unwrap_or_default(),
        types: lowering.types(tree),
        messages: tree.get("messages").map(|node| lowering.messages(node)).unwrap_or_default(),
        stream: lowering.stream(tree.get("stream")),
        limits,
        demands,
        keeps: lowering.keeps(tree.get("keeps")),
        signatures: lowering.signatures(tree.get("keeps")).unwrap_or_else(|| spec.name.clone()),
        thoughts: tree.get("thoughts").and_then(|node| lowering.tags(node)),
        weights: lowering.weights(tree.get("weights")),
        models: lowering.models(spec),
        model: spec.model.clone(),
    };
    lowering.mistakes.unless_any(plan)
}

/// Where a spec begins: its first key, so that no message underlines a whole file.
fn beginning(tree: &Node) -> Origin {
    let own = tree.entries().iter().find(|entry| entry.key == "dialect" || entry.key == "provider");
    own.or(tree.entries().first()).map_or_else(|| tree.origin.clone(), |entry| entry.at.clone())
}

/// Collects mistakes while it lowers.
struct Lowering {
    mistakes: Mistakes,
}

impl Lowering {
    fn error(&mut self, diagnostic: Diagnostic) {
        self.mistakes.push(diagnostic);
    }

    /// Reports keys that do not belong (`S020`).
    fn known_keys<'k>(&mut self, node: &Node, valid: impl Iterator<Item = &'k str> + Clone) {
        if !matches!(node.value, Value::Object(_)) {
            self.expected(node, "an object");
        }
        for Entry { key, at, .. } in node.entries() {
            if !valid.clone().any(|known| known == key) {
                let error = Diagnostic::error("S020", at, format!("there is no key `{key}` here"));
                self.error(error.label("unknown key").nearest(key, valid.clone()));
            }
        }
    }

    /// Reports a value of the wrong kind (`S021`).
    fn expected(&mut self, node: &Node, what: &str) {
        let message = format!("expected {what}, found {}", node.kind());
        self.error(Diagnostic::error("S021", &node.origin, message).label(format!("expected {what}")));
    }

    /// The text of a node, or a mistake.
    fn text(&mut self, node: &Node) -> Option<String> {
        let text = node.text().map(str::to_owned);
        if text.is_none() {
            self.expected(node, "a string");
        }
        text
    }

    /// A tag that opens and one that closes.
    fn tags(&mut self, node: &Node) -> Option<(String, String)> {
        if matches!(node.value, Value::Null) {
            return None;
        }
        let tags = match node.elements() {
            [open, close] => {
                open.text().zip(close.text()).filter(|(open, close)| !open.is_empty() && !close.is_empty())
            }
            _ => None,
        };
        if tags.is_none() {
            self.expected(node, "a list of two tags");
        }
        tags.map(|(open, close)| (open.to_owned(), close.to_owned()))
    }

    /// One text or a list of them.
    fn texts(&mut self, node: &Node) -> Vec<(String, Origin)> {
        match &node.value {
            Value::Text(text) => vec![(text.clone(), node.origin.clone())],
            Value::List(nodes) => {
                nodes.iter().filter_map(|node| Some((self.text(node)?, node.origin.clone()))).collect()
            }
            _ => {
                self.expected(node, "a string or a list of strings");
                Vec::new()
            }
        }
    }

    /// One of a closed set of words (`S024`).
    fn choice<T: Copy>(&mut self, node: &Node, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(node)?;
        let found = choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if found.is_none() {
            let error = Diagnostic::error("S024", &node.origin, format!("`{text}` is not one of the words known here"));
            self.error(error.label("unknown word").nearest(&text, choices.iter().map(|(name, _)| *name)));
        }
        found
    }

    /// A truth value that may be missing.
    fn flag(&mut self, node: Option<&Node>) -> bool {
        match node.map(|node| (&node.value, node)) {
            None => false,
            Some((Value::Bool(value), _)) => *value,
            Some((_, node)) => {
                self.expected(node, "true or false");
                false
            }
        }
    }
}
