//! `limits`: bounds on values of a request, and what names must look like.

use crate::{
    diagnostic::Diagnostic,
    document::{Entry, Node, Value},
    model::{
        Effort, Request,
        vocabulary::{Field, Kind, Ty, Type, Vocabulary, Word, type_named},
    },
    spec::plan::{Demands, Limit, SchemaLimit, TextLimit},
};

use super::Lowering;

/// What `limits` bounds beside the values of a request themselves.
pub const NAMES: [(&str, &str); 4] = [
    ("tool_call.id", "names of tool calls, re-coded for the call and its result alike where they do not fit"),
    ("tool.name", "names of tools, re-coded where they do not fit, and given back to the client as they were"),
    ("document.title", "titles of documents: what does not fit is left out, and no two are the same"),
    ("user", "names of users, re-coded where they do not fit, the same for the same user"),
];

/// The JSON Schemas that `limits` bounds.
pub const SCHEMAS: [(&str, &str); 2] = [
    ("tool.schema", "what is taken of the JSON Schemas of tools' arguments"),
    ("output_format.schema", "what is taken of the JSON Schemas of answers"),
];

/// The media that `limits` bounds by their types.
pub const MEDIA_TYPES: [(&str, &str); 2] = [
    ("image.type", "the media types of images in requests"),
    ("document.type", "the media types of documents in requests"),
];

/// The keys of which media types are taken, with what they are.
pub const TYPE_KEYS: [(&str, &str); 1] = [("takes", "the media types that are taken; what has another one is lost")];

/// The keys of what a name must look like, with what they are.
pub const TEXT_KEYS: [(&str, &str); 4] = [
    ("chars", "the characters that may stand in it, with ranges: `a-zA-Z0-9_-`"),
    ("first", "those that may stand first; all of `chars` if absent"),
    ("least", "the fewest characters"),
    ("most", "the most characters"),
];

/// The keys of `cache`, with what they are.
pub const CACHE_KEYS: [(&str, &str); 1] = [("most", "the most prompt-cache marks; the first beyond are lost")];

/// The keys of `web_search`, with what they are.
pub const SEARCH_KEYS: [(&str, &str); 1] =
    [("alone", "whether a search of the web is taken only where there are no functions; beside them it is lost")];

/// The keys of `tool_choice`, with what they are.
pub const CHOICE_KEYS: [(&str, &str); 1] =
    [("free", "whether the model must be left to choose: that it must call a tool is lost, and it may")];

/// The keys of `reasoning`, with what they are.
pub const THOUGHT_KEYS: [(&str, &str); 1] =
    [("budgets", "whether nothing but a budget below `max_tokens` is known: an effort becomes what it amounts to")];

/// The keys of who must speak when, with what they are.
pub const ORDER_KEYS: [(&str, &str); 2] = [
    ("first", "`user`: a conversation that the assistant begins gets a word of the user's before it"),
    ("last", "`user`: an answer that is begun for the model is lost"),
];

/// The keys of what is taken of JSON Schema, with what they are.
pub const SCHEMA_KEYS: [(&str, &str); 6] = [
    ("takes", "the keywords that are taken; all others are lost"),
    ("refuses", "keywords that are not taken"),
    ("formats", "the words of `format` that are taken; all others are lost"),
    ("refs", "`inline`: references are written out, and cut off where they lead back into themselves"),
    ("root", "`object`: the whole must be an object's schema; `properties`: and must say its properties, be it none"),
    (
        "strict",
        "`closed`: strict schemas close their objects and require all properties, others are sent as not strict",
    ),
];

/// The words of `root`, with whether properties must be said.
pub const ROOTS: [(&str, bool); 2] = [("object", false), ("properties", true)];

/// So many letters and digits a set needs at least: other names are told apart by them.
const FEWEST: usize = 10;

/// The views of values of a request that are numbers or words of how much, with their values.
pub fn bounded_views() -> impl Iterator<Item = (&'static Field, &'static Field)> {
    let views = |field: &'static Field| match field.ty {
        Ty::Named(name) => type_named(name).map(Type::fields).unwrap_or_default(),
        _ => &[],
    };
    let all = Request::TYPE.fields().iter().flat_map(move |field| views(field).iter().map(move |view| (field, view)));
    all.filter(|(_, view)| view.view && (view.ty == Ty::Unsigned || !words_of(view).is_empty()))
}

/// The words of a view that says how much, the least first.
pub fn words_of(view: &Field) -> &'static [Word] {
    match view.ty == Ty::Named(Effort::TYPE.name) {
        true => match Effort::TYPE.kind {
            Kind::Words(words) => words,
            _ => &[],
        },
        false => &[],
    }
}

/// The keys of bounds on a view.
pub fn view_keys(view: &Field) -> &'static [&'static str] {
    if view.ty == Ty::Unsigned { &["min", "max", "off"] } else { &["min", "max"] }
}

/// A view as specs write it.
pub fn dotted(field: &Field, view: &Field) -> String {
    format!("{}.{}", field.name, view.name)
}

impl Lowering {
    pub(super) fn limits(&mut self, node: &Node) -> (Vec<Limit>, Demands) {
        let (mut limits, mut demands) = (Vec::new(), Demands::default());
        let fields = Request::TYPE.fields();
        for entry in node.entries() {
            let Entry { key, at, node } = entry;
            match (key.as_str(), fields.iter().find(|field| field.name == key)) {
                ("tool_call.id", _) => demands.call_id = self.text_limit(node),
                ("tool.name", _) => demands.tool_name = self.text_limit(node),
                ("document.title", _) => demands.title = self.text_limit(node),
                ("user", _) => demands.user = self.text_limit(node),
                ("tool.schema", _) => demands.tool_schema = Some(self.schema_limit(node)),
                ("output_format.schema", _) => demands.format_schema = Some(self.schema_limit(node)),
                ("image.type", _) => demands.images = self.media_types(node),
                ("document.type", _) => demands.documents = self.media_types(node),
                ("web_search", _) => {
                    self.known_keys(node, SEARCH_KEYS.iter().map(|(key, _)| *key));
                    demands.search_alone = self.flag(node.get("alone"));
                }
                ("tool_choice", _) => {
                    self.known_keys(node, CHOICE_KEYS.iter().map(|(key, _)| *key));
                    demands.choice_free = self.flag(node.get("free"));
                }
                ("reasoning", _) => {
                    self.known_keys(node, THOUGHT_KEYS.iter().map(|(key, _)| *key));
                    demands.budgets_alone = self.flag(node.get("budgets"));
                }
                ("cache", _) => demands.cache_marks = self.marks(node),
                ("messages", _) => (demands.user_first, demands.user_last) = self.order(node),
                (_, Some(field)) => limits.push(self.limit(field, None, node)),
                (_, None) => {
                    let view = bounded_views().find(|(field, view)| *key == dotted(field, view));
                    if let Some((field, view)) = view {
                        limits.push(self.limit(field, Some(view), node));
                        continue;
                    }
                    let views: Vec<String> = bounded_views().map(|(field, view)| dotted(field, view)).collect();
                    let known = fields
                        .iter()
                        .map(|field| field.name)
                        .chain(views.iter().map(String::as_str))
                        .chain(NAMES.iter().chain(&SCHEMAS).chain(&MEDIA_TYPES).map(|(name, _)| *name));
                    let error = Diagnostic::error("S023", at, format!("a request has no `{key}`"));
                    self.error(error.label("unknown value").nearest(key, known));
                }
            }
        }
        (limits, demands)
    }

    fn limit(&mut self, field: &'static Field, view: Option<&'static Field>, node: &Node) -> Limit {
        let valid: &[&str] = match (view, field.ty) {
            (Some(view), _) => view_keys(view),
            (None, Ty::List(_)) => &["most"],
            (None, Ty::Number | Ty::Unsigned | Ty::Signed) => &["min", "max"],
            _ => &[],
        };
        self.known_keys(node, valid.iter().copied());
        let words = view.map(words_of).unwrap_or_default();
        let mut number = |key: &str| match words {
            [] => self.number(node.get(key)?),
            words => self.place(words, node.get(key)?),
        };
        let most = number("most").map(|most| most as usize);
        let (min, max) = (number("min"), number("max"));
        Limit { field, view, min, max, most, off: self.flag(node.get("off")) }
    }

    /// Where a word stands among those of its kind.
    fn place(&mut self, words: &[Word], node: &Node) -> Option<f64> {
        let places: Vec<_> = words.iter().enumerate().map(|(place, word)| (word.name, place as f64)).collect();
        self.choice(node, &places)
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

    fn media_types(&mut self, node: &Node) -> Vec<String> {
        self.known_keys(node, TYPE_KEYS.iter().map(|(key, _)| *key));
        let taken = node.get("takes").map(|node| self.texts(node)).unwrap_or_default();
        taken.into_iter().map(|(text, _)| text).collect()
    }

    fn marks(&mut self, node: &Node) -> Option<usize> {
        self.known_keys(node, CACHE_KEYS.iter().map(|(key, _)| *key));
        self.number(node.get("most")?).map(|number| number as usize)
    }

    fn order(&mut self, node: &Node) -> (bool, bool) {
        self.known_keys(node, ORDER_KEYS.iter().map(|(key, _)| *key));
        let mut says = |key: &str| node.get(key).and_then(|node| self.choice(node, &[("user", true)])).unwrap_or(false);
        (says("first"), says("last"))
    }

    fn schema_limit(&mut self, node: &Node) -> SchemaLimit {
        self.known_keys(node, SCHEMA_KEYS.iter().map(|(key, _)| *key));
        let mut keywords = |key: &str| {
            let texts = node.get(key).map(|node| self.texts(node)).unwrap_or_default();
            texts.into_iter().map(|(text, _)| text).collect()
        };
        let (takes, refuses, formats) = (keywords("takes"), keywords("refuses"), keywords("formats"));
        let inline = node.get("refs").and_then(|node| self.choice(node, &[("inline", true)])).unwrap_or(false);
        let closed = node.get("strict").and_then(|node| self.choice(node, &[("closed", true)])).unwrap_or(false);
        let root = node.get("root").and_then(|node| self.choice(node, &ROOTS));
        SchemaLimit { takes, refuses, formats, inline, object: root.is_some(), properties: root == Some(true), closed }
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
