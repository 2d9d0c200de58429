//! `http` and `keeps`.

use crate::{
    diagnostic::Diagnostic,
    document::{Node, Value},
    model::{ErrorKind, vocabulary::Vocabulary},
    spec::plan::{Http, Keeps},
};

use super::Lowering;

/// The keys of `http`, with what they are.
pub const HTTP_KEYS: [(&str, &str); 10] = [
    ("serve", "the path that a face is served at; a dialect with it is a face"),
    ("count", "the path at which a face counts tokens"),
    ("models", "the path at which a face lists models"),
    ("base", "the provider's base URL"),
    ("hosts", "hosts by which a provider is recognised in a configured URL"),
    ("call", "the path of the call, below the base URL"),
    ("auth", "the header that carries the key: `name: value with ${key}`; null for none"),
    ("headers", "constant headers"),
    ("forward", "client headers that are passed on to the provider"),
    ("status", "statuses that differ from the usual ones, by error kind"),
];

impl Lowering {
    pub(super) fn http(&mut self, node: &Node, is_provider: bool) -> Http {
        self.known_keys(node, HTTP_KEYS.iter().map(|(key, _)| *key));
        let mut http = Http::default();
        for entry in node.entries() {
            match entry.key.as_str() {
                "serve" => http.serve = self.path(&entry.node),
                "count" => http.count = self.path(&entry.node),
                "models" => http.models = self.path(&entry.node),
                "call" => http.call = self.path(&entry.node).unwrap_or_default(),
                "base" => http.base = self.base(&entry.node),
                "hosts" => http.hosts = self.texts(&entry.node).into_iter().map(|(text, _)| text).collect(),
                "auth" => http.auth = self.header(&entry.node),
                "headers" => {
                    let headers = entry.node.entries().iter();
                    http.headers =
                        headers.filter_map(|header| Some((header.key.clone(), self.text(&header.node)?))).collect();
                }
                "forward" => http.forward = self.texts(&entry.node).into_iter().map(|(text, _)| text).collect(),
                "status" => http.status = self.statuses(&entry.node),
                _ => {}
            }
        }
        if node.get("call").is_none() {
            let error = Diagnostic::error("S022", &node.origin, "`http` does not say which path is called");
            self.error(error.label("no `call`").help("add `call: \"/path\"`"));
        }
        if is_provider && http.serve.is_some() {
            let serve =
                node.entries().iter().find(|entry| entry.key == "serve").map_or(&node.origin, |entry| &entry.at);
            let error = Diagnostic::error("S020", serve, "a provider serves nothing: only a dialect is a face");
            self.error(error.label("not in a provider").help("write a dialect and let the provider extend it"));
        }
        http
    }

    fn path(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node)?;
        if text.starts_with('/') {
            return Some(text);
        }
        let error = Diagnostic::error("S025", &node.origin, format!("`{text}` is not a path"));
        self.error(error.label("not a path").help("a path begins with `/`"));
        None
    }

    fn base(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node)?;
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        if rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['?', '#', ' '])) {
            return Some(text.trim_end_matches('/').to_owned());
        }
        let error = Diagnostic::error("S025", &node.origin, format!("`{text}` is not a base URL"));
        self.error(error.label("not a base URL").help("write `https://host/path`, without query"));
        None
    }

    fn header(&mut self, node: &Node) -> Option<(String, String)> {
        let text = self.text(node)?;
        let parts = text.split_once(": ").filter(|(_, value)| value.contains("${key}"));
        if parts.is_none() {
            let error = Diagnostic::error("S025", &node.origin, "`auth` does not say where the key goes");
            self.error(error.label("not a header with a key").help("write `authorization: Bearer ${key}` or the like"));
        }
        parts.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
    }

    fn statuses(&mut self, node: &Node) -> Vec<(&'static str, u16)> {
        let mut statuses = Vec::new();
        let kinds = ErrorKind::TYPE.words();
        for entry in node.entries() {
            let Some(kind) = kinds.iter().find(|word| word.name == entry.key) else {
                let error = Diagnostic::error("S023", &entry.at, format!("there is no error kind `{}`", entry.key));
                self.error(error.label("unknown kind").nearest(&entry.key, kinds.iter().map(|word| word.name)));
                continue;
            };
            match &entry.node.value {
                Value::Number(text) => match text.parse::<u16>() {
                    Ok(status @ 400..=599) => statuses.push((kind.rust, status)),
                    _ => self.expected(&entry.node, "a status from 400 to 599"),
                },
                _ => self.expected(&entry.node, "a status from 400 to 599"),
            }
        }
        statuses
    }

    pub(super) fn keeps(&mut self, node: Option<&Node>) -> Keeps {
        let Some(node) = node else { return Keeps::All };
        self.known_keys(node, ["reasoning"].into_iter());
        let choices = KEEPS.map(|(name, keeps, _)| (name, keeps));
        node.get("reasoning").and_then(|node| self.choice(node, &choices)).unwrap_or(Keeps::All)
    }
}

/// The words of `keeps.reasoning`, with what they mean.
pub const KEEPS: [(&str, Keeps, &str); 4] = [
    ("all", Keeps::All, "reasoning of all earlier messages is sent back"),
    ("open-calls", Keeps::OpenCalls, "only that of answers since the user last spoke"),
    ("signed", Keeps::Signed, "only what carries a signature"),
    ("none", Keeps::None, "none is sent back"),
];
