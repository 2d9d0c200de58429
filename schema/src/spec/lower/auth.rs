//! `http.auth`: how the key is shown.

use crate::{
    diagnostic::Diagnostic,
    document::{Node, Value},
    spec::plan::{Auth, Way},
};

use super::Lowering;

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
}
