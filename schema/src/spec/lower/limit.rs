//! `limits`: bounds on values of a request, and what names must look like.

use crate::{
    diagnostic::Diagnostic,
    document::{Entry, Node, Value},
    model::{
        Request,
        vocabulary::{Field, Ty, Vocabulary},
    },
    spec::plan::{Demands, Limit, TextLimit},
};

use super::Lowering;

/// What `limits` bounds beside the values of a request themselves.
pub const DEMANDS: [(&str, &str); 2] = [
    ("tool_call.id", "names of tool calls, re-coded for the call and its result alike where they do not fit"),
    ("tool.name", "names of tools, re-coded where they do not fit, and given back to the client as they were"),
];

/// The keys of what a name must look like, with what they are.
pub const TEXT_KEYS: [(&str, &str); 4] = [
    ("chars", "the characters that may stand in it, with ranges: `a-zA-Z0-9_-`"),
    ("first", "those that may stand first; all of `chars` if absent"),
    ("least", "the fewest characters"),
    ("most", "the most characters"),
];

/// So many letters and digits a set needs at least: other names are told apart by them.
const FEWEST: usize = 10;

impl Lowering {
    pub(super) fn limits(&mut self, node: &Node) -> (Vec<Limit>, Demands) {
        let (mut limits, mut demands) = (Vec::new(), Demands::default());
        let fields = Request::TYPE.fields();
        for entry in node.entries() {
            let Entry { key, at, node } = entry;
            match (key.as_str(), fields.iter().find(|field| field.name == key)) {
                ("tool_call.id", _) => demands.call_id = self.text_limit(node),
                ("tool.name", _) => demands.tool_name = self.text_limit(node),
                (_, Some(field)) => limits.push(self.limit(field, node)),
                (_, None) => {
                    let known = fields.iter().map(|field| field.name).chain(DEMANDS.map(|(name, _)| name));
                    let error = Diagnostic::error("S023", at, format!("a request has no `{key}`"));
                    self.error(error.label("unknown value").nearest(key, known));
                }
            }
        }
        (limits, demands)
    }

    fn limit(&mut self, field: &'static Field, node: &Node) -> Limit {
        let valid: &[&str] = match field.ty {
            Ty::List(_) => &["most"],
            Ty::Number | Ty::Unsigned | Ty::Signed => &["min", "max"],
            _ => &[],
        };
        self.known_keys(node, valid.iter().copied());
        let mut number = |key: &str| self.number(node.get(key)?);
        let most = number("most").map(|most| most as usize);
        Limit { field, min: number("min"), max: number("max"), most }
    }

    fn number(&mut self, node: &Node) -> Option<f64> {
        let number = match &node.value {
            Value::Number(text) => text.parse::<f64>().ok(),
            _ => None,
        };
        if number.is_none() {
            self.expected(node, "a number");
        }
        number
    }

    fn text_limit(&mut self, node: &Node) -> Option<TextLimit> {
        self.known_keys(node, TEXT_KEYS.iter().map(|(key, _)| *key));
        let all = (b' '..=b'~').fold(0, |set, byte| set | 1 << byte);
        let chars = node.get("chars").map_or(Some(all), |node| self.characters(node))?;
        let first = node.get("first").map_or(Some(chars), |node| self.characters(node))?;
        let mut count = |key: &str| self.number(node.get(key)?).map(|number| number as usize);
        let (least, most) = (count("least").unwrap_or(0), count("most").unwrap_or(usize::MAX));
        if least > most || most == 0 {
            self.expected(node, "a `least` that is not above `most`");
        }
        Some(TextLimit { chars, first, least, most })
    }

    /// A set of characters (`S024`).
    fn characters(&mut self, node: &Node) -> Option<u128> {
        let text = self.text(node)?;
        let bytes = text.as_bytes();
        let (mut set, mut at) = (0u128, 0);
        while let Some(&byte) = bytes.get(at) {
            let range = match bytes.get(at + 1..at + 3) {
                Some(&[b'-', end]) if byte <= end => {
                    at += 3;
                    byte..=end
                }
                _ => {
                    at += 1;
                    byte..=byte
                }
            };
            range.filter(u8::is_ascii).for_each(|byte| set |= 1 << byte);
        }
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        let letters = (0..128u8).filter(|byte| byte.is_ascii_alphanumeric() && set & (1 << byte) != 0).count();
        if !is_plain || letters < FEWEST {
            let error = Diagnostic::error("S024", &node.origin, format!("`{text}` is no set of characters for names"));
            let help = format!(
                "write ranges and single characters of ASCII, {FEWEST} letters and digits or more: `a-zA-Z0-9_-`"
            );
            self.error(error.label("not enough to tell names apart").help(help));
            return None;
        }
        Some(set)
    }
}
