//! `http.auth`: how the key is shown.

use crate::{
    diagnostic::Diagnostic,
    document::{Node, Value},
    spec::plan::{Auth, Way},
};

use super::Lowering;

/// The named ways of signing a call, with their arguments and what they do.
pub const FUNCTIONS: [(&str, &str, &str); 2] = [
    (
        "gcp",
        "gcp(credentials)",
        "access tokens of Google's; the variable names the service account's file or is its JSON",
    ),
    ("sigv4", "sigv4(service, region)", "signatures of AWS's for a service, in the region that the variable says"),
];

impl Lowering {
    /// One way or a list of them. An object has ways that an option of a transformer asks for.
    pub(super) fn auth(&mut self, node: &Node) -> Vec<Auth> {
        match &node.value {
            Value::Null => Vec::new(),
            Value::List(ways) => ways.iter().flat_map(|way| self.ways(way)).collect(),
            _ => self.ways(node),
        }
    }

    fn ways(&mut self, node: &Node) -> Vec<Auth> {
        let mut ways = Vec::new();
        match &node.value {
            Value::Object(asked) => {
                for entry in asked {
                    let way = self.way(&entry.node);
                    ways.extend(way.map(|way| Auth { option: Some(entry.key.clone()), way }));
                }
            }
            _ => ways.extend(self.way(node).map(|way| Auth { option: None, way })),
        }
        ways
    }

    fn way(&mut self, node: &Node) -> Option<Way> {
        let text = self.text(node)?;
        if let Some((name, arguments)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) {
            let arguments: Vec<&str> = arguments.split(',').map(str::trim).collect();
            return self.function(node, name, &arguments);
        }
        let query = text.strip_prefix('?').and_then(|query| query.strip_suffix("=${key}"));
        let header = || text.split_once(": ").filter(|(_, value)| value.contains("${key}"));
        let way = match query {
            Some(name) => Some(Way::Query(name.to_owned())),
            None => header().map(|(name, value)| Way::Header(name.to_ascii_lowercase(), value.to_owned())),
        };
        if way.is_none() {
            let error = Diagnostic::error("S025", &node.origin, "`auth` does not say where the key goes");
            let help = "write `authorization: Bearer ${key}` or the like, or `?key=${key}`";
            self.error(error.label("neither a header nor a query with a key").help(help));
        }
        way
    }

    /// A way that no text can say.
    fn function(&mut self, node: &Node, name: &str, arguments: &[&str]) -> Option<Way> {
        let way = match (name, arguments) {
            ("gcp", [credentials]) => Some(Way::Gcp((*credentials).to_owned())),
            ("sigv4", [service, region]) => Some(Way::Sigv4((*service).to_owned(), (*region).to_owned())),
            _ => None,
        };
        if way.is_none() {
            let known = FUNCTIONS.map(|(name, ..)| name);
            let error = Diagnostic::error("S024", &node.origin, format!("there is no way to sign `{name}` like this"));
            let forms = FUNCTIONS.map(|(_, form, _)| format!("`{form}`")).join(", ");
            self.error(match known.contains(&name) {
                true => error.label("other arguments are needed").help(format!("known are {forms}")),
                false => error.label("unknown way").nearest(name, known),
            });
        }
        way
    }
}
