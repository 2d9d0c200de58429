//! Exemplars: JSON as the vendor documents it, with holes, constants and directives.

use serde_json::{Value, json};

use crate::{
    model::{Step, vocabulary::Vocabulary},
    spec::lower::{pattern::DIRECTIVES, types::BEHIND},
};

use super::{
    Keys, any_of, described, reference,
    scope::{self, Scope},
};

/// A string that is literal.
pub(super) fn constant() -> Value {
    let doc = "Literal; `$$` at its start stands for a dollar.";
    described(doc, json!({ "type": "string", "pattern": r"^(?:\$\$|(?!\$)(?:[^$]|\$(?!\{))*$)" }))
}

/// An exemplar; `directives` may stand among its outermost keys.
pub(super) fn exemplar(scope: &Scope, directives: Keys) -> Value {
    let (own, hole) = (reference(&scope.name), reference(&format!("hole.{}", scope.name)));
    let mut forms = vec![json!({ "type": ["null", "boolean", "number", "array", "object"] }), hole.clone()];
    if let Some((placeholder, doc)) = scope.placeholder {
        forms.push(described(doc, json!({ "const": placeholder })));
    }
    if !scope.fields.is_empty() {
        forms.push(scope.interpolation());
    }
    forms.push(reference("constant"));
    let mut keys = Keys::new();
    let also = json!({ "type": ["object", "null"], "additionalProperties": own });
    keys.insert("$also".into(), directive("$also", also));
    let spread = any_of(vec![hole, json!({ "type": "null" })]);
    let spread = directive("$spread", spread);
    let written = json!({
        "type": ["object", "null"],
        "properties": { "$spread": spread.clone() },
        "patternProperties": { r"^(?!\$)": own.clone() },
        "additionalProperties": false,
    });
    keys.insert("$writes".into(), directive("$writes", written));
    keys.insert("$spread".into(), spread);
    keys.extend(directives);
    json!({
        "anyOf": forms,
        "maxItems": 1,
        "items": own,
        "properties": keys,
        "patternProperties": { r"^(?!\$)": own },
        "additionalProperties": false,
    })
}

/// An exemplar, or a list of several.
pub(super) fn forms(one: Value) -> Value {
    let doc = "Several forms: the first is written, all are read.";
    let many = json!({ "type": "array", "items": one, "minItems": 1 });
    any_of(vec![one, described(doc, many)])
}

/// A directive's schema, with what it is.
fn directive(key: &str, schema: Value) -> Value {
    let doc = DIRECTIVES.iter().find(|(known, _)| *known == key).map_or("", |(_, doc)| *doc);
    described(doc, schema)
}

/// The directive for what stands behind a part or a tool.
pub(super) fn behind(scope: &Scope) -> Keys {
    let is_element = scope.name.split_once('.').is_some_and(|(ty, _)| BEHIND.contains(&ty));
    let elements = json!({ "type": ["array", "null"], "items": reference(&scope.name) });
    is_element.then(|| ("$then".to_owned(), directive("$then", elements))).into_iter().collect()
}

/// The steps of a stream, each with its definition's name: exemplars that may bring a whole frame of their own, or
/// frames around it.
pub(super) fn steps() -> impl Iterator<Item = (String, Value)> {
    scope::of_type(&Step::TYPE).into_iter().map(|scope| {
        let own = || reference(&scope.name);
        let frames = || json!({ "type": ["array", "null"], "items": own() });
        let directives = [("$frame", own()), ("$before", frames()), ("$then", frames())]
            .map(|(key, schema)| (key.to_owned(), directive(key, schema)));
        (scope.name.replace("Step.", "frame."), exemplar(&scope, Keys::from_iter(directives)))
    })
}
