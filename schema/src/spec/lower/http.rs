//! `http`.

use crate::{
    diagnostic::Diagnostic,
    document::{Node, Origin, Value},
    model::{ErrorKind, vocabulary::Vocabulary},
    spec::plan::{Address, Http, Variable},
};

use super::Lowering;

/// The keys of `http`, with what they are.
pub const HTTP_KEYS: [(&str, &str); 14] = [
    ("serve", "the base, or a list of bases, that a face is served below; a dialect with it is a face"),
    ("base", "the provider's base URL; `${name}` stands for a variable"),
    ("hosts", "hosts by which a provider is recognised in a configured URL"),
    ("call", "the path of the call, below the base; `${model}` stands for the model"),
    ("stream", "the path of a streamed call, where it is another"),
    ("count", "the path at which a face counts tokens, below its base"),
    ("count_omits", "the keys of a request that a provider does not want in one to count; without it none is sent"),
    ("models", "the path at which a face lists models, below its base"),
    ("ignores", "whole paths at which a face takes what its clients tell of themselves, and forgets it"),
    ("variables", "what stands for the other names in URLs and headers, unless a transformer's option says so"),
    ("auth", "how the key is shown: `name: value with ${key}`, `?name=${key}`; a list of ways; null for none"),
    ("headers", "constant headers; `${name}` stands for a variable"),
    ("forward", "client headers that are passed on to the provider"),
    ("status", "statuses that differ from the usual ones, by error kind"),
];

impl Lowering {
    pub(super) fn http(&mut self, node: &Node, is_provider: bool) -> Http {
        self.known_keys(node, HTTP_KEYS.iter().map(|(key, _)| *key));
        let mut http = Http::default();
        for entry in node.entries() {
            let node = &entry.node;
            match entry.key.as_str() {
                "serve" => http.serve = self.bases(node),
                "call" => http.call = self.path(node),
                "stream" => http.stream = self.path(node),
                "count" => http.count = self.path(node),
                "count_omits" => {
                    http.count_omits = Some(self.texts(node).into_iter().map(|(text, _)| text).collect());
                }
                "models" => http.models = self.path(node),
                "ignores" => {
                    let paths = self.texts(node).into_iter();
                    http.ignores = paths.filter_map(|(path, at)| self.rooted(path, &at)).collect();
                }
                "base" => http.base = self.base(node),
                "variables" => http.variables = self.variables(node),
                "hosts" => http.hosts = self.texts(node).into_iter().map(|(text, _)| text).collect(),
                "auth" => http.auth = self.auth(node),
                "headers" => {
                    let headers = node.entries().iter();
                    http.headers = headers
                        .filter_map(|header| Some((header.key.to_ascii_lowercase(), self.address(&header.node)?)))
                        .collect();
                }
                "forward" => {
                    http.forward = self.texts(node).into_iter().map(|(text, _)| text.to_ascii_lowercase()).collect();
                }
                "status" => http.status = self.statuses(node),
                _ => {}
            }
        }
        if node.get("call").is_none() {
            let error = Diagnostic::error("S022", &node.origin, "`http` does not say which path is called");
            self.error(error.label("no `call`").help("add `call: \"/path\"`"));
        }
        if is_provider && !http.serve.is_empty() {
            let serve =
                node.entries().iter().find(|entry| entry.key == "serve").map_or(&node.origin, |entry| &entry.at);
            let error = Diagnostic::error("S020", serve, "a provider serves nothing: only a dialect is a face");
            self.error(error.label("not in a provider").help("write a dialect and let the provider extend it"));
        }
        http
    }

    fn address(&mut self, node: &Node) -> Option<Address> {
        Some(Address { text: self.text(node)?, origin: node.origin.clone() })
    }

    fn path(&mut self, node: &Node) -> Option<Address> {
        let Address { text, origin } = self.address(node)?;
        let text = self.rooted(text, &origin)?;
        Some(Address { text, origin })
    }

    fn rooted(&mut self, text: String, origin: &Origin) -> Option<String> {
        if text.starts_with('/') && !text.contains(['#', ' ']) {
            return Some(text);
        }
        let error = Diagnostic::error("S025", origin, format!("`{text}` is not a path"));
        self.error(error.label("not a path").help("a path begins with `/`"));
        None
    }

    /// The bases of a face: paths without query or values, without their last slash.
    fn bases(&mut self, node: &Node) -> Vec<String> {
        let mut bases = Vec::new();
        for (text, origin) in self.texts(node) {
            let Some(text) = self.rooted(text, &origin) else { continue };
            if text.contains(['?', '$']) {
                let error = Diagnostic::error("S025", &origin, format!("`{text}` is not a base"));
                self.error(error.label("not a base").help("write `/path`, without query and values"));
                continue;
            }
            bases.push(text.trim_end_matches('/').to_owned());
        }
        bases
    }

    fn base(&mut self, node: &Node) -> Option<Address> {
        let text = self.text(node)?;
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        if rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['?', '#', ' '])) {
            return Some(Address { text: text.trim_end_matches('/').to_owned(), origin: node.origin.clone() });
        }
        let error = Diagnostic::error("S025", &node.origin, format!("`{text}` is not a base URL"));
        self.error(error.label("not a base URL").help("write `https://host/path`, without query"));
        None
    }

    fn variables(&mut self, node: &Node) -> Vec<Variable> {
        if !matches!(node.value, Value::Object(_)) {
            self.expected(node, "an object");
        }
        let mut variables = Vec::new();
        for entry in node.entries() {
            let sources = self.texts(&entry.node).into_iter().map(|(text, _)| text).collect();
            variables.push(Variable { name: entry.key.clone(), sources, origin: entry.at.clone() });
        }
        variables
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
}
