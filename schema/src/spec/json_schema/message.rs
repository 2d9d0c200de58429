//! Wire messages: what their holes may name follows from who speaks and how neighbours are joined.

use serde_json::{Value, json};

use crate::{
    model::{
        Part, Role,
        vocabulary::{Type, Vocabulary},
    },
    spec::lower::messages::{GROUPS, MESSAGE_KEYS, speakers},
};

use super::{
    any_of, described,
    exemplar::forms,
    form::{Form, Names, cases},
    reference, words,
};

impl Form {
    /// One kind of wire message.
    pub(super) fn message(self) -> Value {
        let fates = self.fates(&Part::TYPE, true);
        let mut message =
            self.keyed("One kind of wire message.", &MESSAGE_KEYS, &["of", "as"], |form, key| match key {
                "of" => form.one_or_many(speaker_words()),
                "group" => form.removable(words(GROUPS.map(|(word, _)| (word, "")))),
                "parts" => form.variants(&Part::TYPE),
                "first" => form.removable(json!({ "type": "boolean" })),
                _ => fates.get(key).cloned().unwrap_or(json!({})),
            });
        message["allOf"] = self.rules().into();
        message
    }

    /// Which values `as` and `$also` may name.
    fn rules(self) -> Vec<Value> {
        let looks = |scope: &str| json!({ "properties": { "as": reference(scope), "$also": forms(reference(scope)) } });
        let rule = |case: Value, scope: &str| json!({ "if": case, "then": looks(scope) });
        let speakers = speakers();
        let mut rules = Vec::new();
        for (kind, _) in cases(&Part::TYPE) {
            let names = speakers.iter().filter(|(_, _, kinds)| *kinds == [kind.as_str()]).map(|(name, ..)| name);
            let names: Vec<_> = names.collect();
            let many = json!({ "type": "array", "items": { "enum": names }, "minItems": 1, "maxItems": 1 });
            let alone = any_of(vec![json!({ "enum": names }), many]);
            let each =
                json!({ "required": ["of", "group"], "properties": { "of": alone, "group": { "const": "each" } } });
            rules.push(rule(each, &format!("message.{kind}")));
        }
        // What a provider does not say may be inherited.
        let said = if self.patch { vec!["of", "group"] } else { vec!["of"] };
        for role in Role::TYPE.words() {
            let names = speakers.iter().filter(|(_, speaker, _)| *speaker == role.name).map(|(name, ..)| name);
            let names: Vec<_> = names.collect();
            // The system may stand behind the user, whose message it then is.
            let many = match role.name {
                "system" => json!({ "type": "array", "items": { "enum": names } }),
                _ => json!({ "type": "array", "contains": { "enum": names } }),
            };
            let speaks = any_of(vec![json!({ "enum": names }), many]);
            let joined =
                json!({ "required": said, "properties": { "of": speaks, "group": { "not": { "const": "each" } } } });
            rules.push(rule(joined, &format!("message.{}", role.name)));
        }
        rules.push(rule(json!({ "not": { "required": said } }), "message"));
        rules
    }
}

/// Who may speak, with what their names mean.
fn speaker_words() -> Value {
    let doc = |names: &Names, name: &str| names.iter().find(|(known, _)| known == name).map_or("", |(_, doc)| *doc);
    let word = |(name, _, kinds): (String, &str, Vec<&str>)| {
        let of = |ty: &Type, name| doc(&cases(ty), name);
        let own = of(&Role::TYPE, &name);
        let doc = if own.is_empty() { kinds.first().map_or("", |kind| of(&Part::TYPE, kind)) } else { own };
        described(doc, json!({ "const": name }))
    };
    any_of(speakers().into_iter().map(word).collect())
}
