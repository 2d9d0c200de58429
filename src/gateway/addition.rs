//! Fields that the configuration adds to the body of each request of a provider.

use serde_json::Value;

use crate::wire::members::Members;

/// The fields, written once: adding them parses nothing, unless a body may have fields of the same names.
#[derive(Clone, Debug, Default)]
pub struct Addition {
    /// The names.
    names: Vec<String>,
    /// The names as they stand in JSON, with their quotes.
    quoted: Vec<String>,
    /// Names and values with commas between, as they stand in an object.
    members: String,
}

impl Addition {
    /// Of the fields of an object, but for those that mean something else; what is no object adds nothing.
    pub fn new(options: Option<&Value>, others: &[&str]) -> Self {
        let fields = options.and_then(Value::as_object).into_iter().flatten();
        let fields = fields.filter(|(name, _)| !others.contains(&name.as_str()));
        let mut addition = Self::default();
        for (name, value) in fields {
            let quoted = Value::from(name.as_str()).to_string();
            let comma = if addition.members.is_empty() { "" } else { "," };
            addition.members += &format!("{comma}{quoted}:{value}");
            addition.names.push(name.clone());
            addition.quoted.push(quoted);
        }
        addition
    }

    /// A body with the fields at its end. They replace those of the same names; a body that is no object stays.
    pub fn added_to(&self, mut body: Vec<u8>) -> Vec<u8> {
        if self.names.is_empty() {
            return body;
        }
        let may_stand = |quoted: &String| memchr::memmem::find(&body, quoted.as_bytes()).is_some();
        if self.quoted.iter().any(may_stand)
            && let Some(rest) = self.without_names(&body)
        {
            body = rest;
        }
        let end = body.iter().rposition(|byte| !byte.is_ascii_whitespace());
        let Some(end) = end.filter(|end| body[*end] == b'}') else { return body };
        body.truncate(end);
        let last = body.iter().rposition(|byte| !byte.is_ascii_whitespace());
        if last.is_some_and(|last| body[last] != b'{') {
            body.push(b',');
        }
        body.extend_from_slice(self.members.as_bytes());
        body.push(b'}');
        body
    }

    /// The body without the fields that are added, all else as it came.
    fn without_names(&self, body: &[u8]) -> Option<Vec<u8>> {
        let Members(members) = serde_json::from_slice(body).ok()?;
        let kept = members.iter().filter(|(name, _)| self.names.iter().all(|known| known != name));
        let kept = kept.map(|(name, value)| format!("{}:{}", Value::from(name.as_ref()), value.get()));
        Some(format!("{{{}}}", kept.collect::<Vec<_>>().join(",")).into_bytes())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    fn added(options: Value, body: &str) -> String {
        String::from_utf8(Addition::new(Some(&options), &[]).added_to(body.into())).unwrap()
    }

    #[test]
    fn fields_stand_at_the_end_and_all_else_stays() {
        let options = || json!({ "b": { "only": ["x"] }, "c\"": 1 });
        let wanted = "{ \"a\": 1.50,\"b\":{\"only\":[\"x\"]},\"c\\\"\":1}";
        assert_eq!(added(options(), "{ \"a\": 1.50}"), wanted);
        assert_eq!(added(options(), " { } \n"), " { \"b\":{\"only\":[\"x\"]},\"c\\\"\":1}");
        assert_eq!(added(options(), "[1]"), "[1]");
        assert_eq!(added(json!({}), "{ }"), "{ }");
        assert_eq!(added(json!(true), "{ }"), "{ }");
    }

    #[test]
    fn fields_of_the_same_name_are_replaced() {
        let body = "{\"b\": [1, {\"b\":2}],\"t\":\"say \\\"b\\\"\",\"a\":{\"b\": 1.0}}";
        assert_eq!(added(json!({ "b": 3 }), body), "{\"t\":\"say \\\"b\\\"\",\"a\":{\"b\": 1.0},\"b\":3}");
        assert_eq!(added(json!({ "b": 3 }), "{\"b\":1}"), "{\"b\":3}");
    }
}
