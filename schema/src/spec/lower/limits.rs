//! `limits` and `keeps`.

use crate::{
    diagnostic::Diagnostic,
    document::{Node, Value},
    model::{
        Request,
        vocabulary::{Ty, Vocabulary},
    },
    spec::plan::{Keeps, Limit},
};

use super::Lowering;

/// The keys of `keeps`, with what they are.
pub const KEEPS_KEYS: [(&str, &str); 2] = [
    ("reasoning", "which reasoning of earlier messages is sent: all, open-calls, signed or none"),
    (
        "signatures",
        "the name of whoever signs reasoning, which APIs that take each other's signatures share; else the spec's",
    ),
];

/// The words of `keeps.reasoning`, with what they mean.
pub const KEEPS: [(&str, Keeps, &str); 4] = [
    ("all", Keeps::All, "reasoning of all earlier messages is sent back"),
    ("open-calls", Keeps::OpenCalls, "only that of answers since the user last spoke"),
    ("signed", Keeps::Signed, "only what carries a signature"),
    ("none", Keeps::None, "none is sent back"),
];

impl Lowering {
    pub(super) fn limits(&mut self, node: &Node) -> Vec<Limit> {
        let mut limits = Vec::new();
        let fields = Request::TYPE.fields();
        for entry in node.entries() {
            let Some(field) = fields.iter().find(|field| field.name == entry.key) else {
                let error = Diagnostic::error("S023", &entry.at, format!("a request has no `{}`", entry.key));
                self.error(error.label("unknown value").nearest(&entry.key, fields.iter().map(|field| field.name)));
                continue;
            };
            let valid: &[&str] = match field.ty {
                Ty::List(_) => &["most"],
                Ty::Number | Ty::Unsigned | Ty::Signed => &["min", "max"],
                _ => &[],
            };
            self.known_keys(&entry.node, valid.iter().copied());
            let mut number = |key: &str| {
                let node = entry.node.get(key)?;
                let number = match &node.value {
                    Value::Number(text) => text.parse::<f64>().ok(),
                    _ => None,
                };
                if number.is_none() {
                    self.expected(node, "a number");
                }
                number
            };
            let most = number("most").map(|most| most as usize);
            limits.push(Limit { field, min: number("min"), max: number("max"), most });
        }
        limits
    }

    pub(super) fn keeps(&mut self, node: Option<&Node>) -> Keeps {
        let Some(node) = node else { return Keeps::All };
        self.known_keys(node, KEEPS_KEYS.iter().map(|(key, _)| *key));
        let choices = KEEPS.map(|(name, keeps, _)| (name, keeps));
        node.get("reasoning").and_then(|node| self.choice(node, &choices)).unwrap_or(Keeps::All)
    }
    /// Whose signatures an API makes and takes.
    pub(super) fn signatures(&mut self, keeps: Option<&Node>) -> Option<String> {
        self.text(keeps?.get("signatures")?)
    }
}
