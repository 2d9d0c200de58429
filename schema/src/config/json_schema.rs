//! The JSON Schema of configurations: editors complete and explain by it, CI and the gateway itself validate by it.
//!
//! It is made of the types that hold what is read. `errorMessage` says what is expected, to people in editors and in the
//! gateway's own diagnostics; `errorCode` is the diagnostic's.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{
    Config,
    kind::VARIABLE,
    spelling::{PROVIDER_ALIASES, TOP_ALIASES},
    transformer::PASSES,
};

/// The keys at the top that stand for environment variables which providers ask for.
const VARIABLES: [(&str, &str); 4] = [
    ("GOOGLE_CLOUD_PROJECT", "The project of Google's clouds, in place of the environment variable."),
    ("GOOGLE_CLOUD_LOCATION", "The location of Google's clouds, in place of the environment variable."),
    (
        "GOOGLE_APPLICATION_CREDENTIALS",
        "The file of a service account of Google's, in place of the environment variable.",
    ),
    ("AWS_REGION", "The region of Amazon's cloud, in place of the environment variable."),
];

/// The JSON Schema (draft 2020-12) of configurations. Editors complete the passes and these names of specs where a
/// transformer is named; any other name is valid, too.
pub fn schema<'n>(specs: impl IntoIterator<Item = &'n str>) -> Value {
    let mut root = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Config>().to_value();
    tidy(&mut root);
    if let Some(forms) = root.pointer_mut("/$defs/TransformerName/anyOf").and_then(Value::as_array_mut) {
        let names: Vec<&str> = specs.into_iter().chain(PASSES).collect();
        forms.insert(0, json!({ "enum": names }));
    }
    if let Some(properties) = root.get_mut("properties").and_then(Value::as_object_mut) {
        for (name, doc) in VARIABLES {
            properties.insert(name.into(), json!({ "description": doc, "type": ["string", "null"] }));
        }
        let doc = "The JSON Schema of this file, for editors.";
        properties.shift_insert(0, "$schema".into(), json!({ "description": doc, "type": ["string", "null"] }));
        add_aliases(properties, &TOP_ALIASES);
    }
    if let Some(router) = root.pointer_mut("/$defs/RouterConfig/properties").and_then(Value::as_object_mut) {
        let doc = "The same keys once more, in the spelling of claude-code-router's documentation.";
        let routes = json!({ "anyOf": [{ "$ref": "#/$defs/RouterConfig" }, { "type": "null" }], "description": doc, "deprecated": true });
        router.insert("routes".into(), routes);
    }
    if let Some(provider) = root.pointer_mut("/$defs/ProviderConfig").and_then(Value::as_object_mut) {
        provider.insert("allOf".into(), needs());
        if let Some(properties) = provider.get_mut("properties").and_then(Value::as_object_mut) {
            add_aliases(properties, &PROVIDER_ALIASES);
            let doc = "Transformers for all models, in the spelling of claude-code-router's documentation.";
            let uses = properties.get("transformer").is_some().then(|| json!({ "$ref": "#/$defs/TransformerUse" }));
            let list = json!({
                "description": doc, "deprecated": true, "type": ["array", "null"], "items": uses,
                "errorMessage": "expected a list of transformers",
            });
            properties.insert("transformers".into(), list);
        }
    }
    // What it is stands first.
    let mut ordered = Map::new();
    if let Value::Object(keys) = &mut root {
        for key in ["$schema", "title", "description"] {
            ordered.extend(keys.shift_remove(key).map(|value| (key.to_owned(), value)));
        }
        ordered.append(keys);
    }
    ordered.into()
}

/// What a provider must have, in one of its spellings. A transformer that is a spec may say where requests go, and some
/// of these sign in by other means than a key.
fn needs() -> Value {
    let one_of = |key: &str, instead: &[&str]| -> Vec<Value> {
        let spellings = PROVIDER_ALIASES.iter().filter(|(_, canonical)| *canonical == key).map(|(alias, _)| *alias);
        let keys = std::iter::once(key).chain(spellings).chain(instead.iter().copied());
        // A key that is null counts as not given.
        keys.map(|key| json!({ "required": [key], "properties": { key: { "not": { "type": "null" } } } })).collect()
    };
    let need = |key: &str, instead: &[&str]| {
        json!({
            "anyOf": one_of(key, instead),
            "errorMessage": format!("a provider has no `{key}`"),
            "errorCode": "C006",
        })
    };
    let other = ["transformer", "transformers"];
    json!([need("name", &[]), need("api_base_url", &other), need("api_key", &other)])
}

/// Adds the other spellings of keys.
fn add_aliases(properties: &mut Map<String, Value>, aliases: &[(&str, &str)]) {
    for (alias, canonical) in aliases {
        let Some(mut schema) = properties.get(*canonical).cloned() else { continue };
        if let Value::Object(schema) = &mut schema {
            schema.insert("description".into(), format!("Another spelling of `{canonical}`.").into());
            schema.insert("deprecated".into(), true.into());
            schema.shift_remove("default");
        }
        properties.insert((*alias).into(), schema);
    }
}

/// Lets each key that need not be there be null, which counts as not given, and each word be the value of a variable.
fn tidy(schema: &mut Value) {
    let Value::Object(keys) = schema else { return };
    // What follows from the type says nothing to people.
    if keys.get("default").is_some_and(is_nothing) {
        keys.shift_remove("default");
    }
    // The sizes of Rust's numbers are no formats of JSON Schema.
    if keys.get("format").is_some_and(|format| format != "password") {
        keys.shift_remove("format");
    }
    if let Some(Value::String(doc)) = keys.get_mut("description") {
        *doc = doc.replace('\n', " ");
    }
    let required: Vec<String> = match keys.get("required") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    if let Some(Value::Object(properties)) = keys.get_mut("properties") {
        for (name, property) in properties {
            tidy(property);
            if !required.contains(name) {
                let_be_null(property);
            }
        }
    }
    for (key, value) in keys.iter_mut() {
        match key.as_str() {
            "$defs" => value.as_object_mut().into_iter().flatten().for_each(|(_, schema)| tidy(schema)),
            "anyOf" | "oneOf" | "prefixItems" => value.as_array_mut().into_iter().flatten().for_each(tidy),
            "items" => tidy(value),
            "additionalProperties" => {
                tidy(value);
                let_be_null(value);
            }
            _ => {}
        }
    }
    words(keys);
}

fn is_nothing(default: &Value) -> bool {
    match default {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::String(text) => text.is_empty(),
        // A section's own keys have their defaults.
        Value::Object(_) => true,
        _ => false,
    }
}

fn let_be_null(schema: &mut Value) {
    let Value::Object(keys) = schema else { return };
    let null = json!({ "type": "null" });
    if let Some(Value::Array(forms)) = keys.get_mut("anyOf") {
        if !forms.contains(&null) {
            forms.push(null);
        }
        return;
    }
    match keys.get_mut("type") {
        Some(Value::String(kind)) => {
            let kinds = json!([kind, "null"]);
            keys.insert("type".into(), kinds);
        }
        Some(_) => {}
        None => {
            if let Some(reference) = keys.shift_remove("$ref") {
                keys.shift_insert(0, "anyOf".into(), json!([{ "$ref": reference }, { "type": "null" }]));
            }
        }
    }
}

/// Words of which one must be: one at a time with what it means, or the value of a variable.
fn words(keys: &mut Map<String, Value>) {
    let words: Option<Vec<String>> = match keys.get("oneOf") {
        Some(Value::Array(forms)) => forms.iter().map(|form| form.get("const")?.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    let Some(words) = words.filter(|words| !words.is_empty()) else { return };
    if let Some(Value::Array(mut forms)) = keys.shift_remove("oneOf") {
        forms.push(json!({ "type": "string", "pattern": VARIABLE }));
        keys.insert("anyOf".into(), forms.into());
        let listed = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ");
        keys.insert("errorMessage".into(), format!("expected {listed}").into());
        keys.insert("errorCode".into(), "C016".into());
    }
}

/// All keys that configurations have anywhere.
pub(super) fn keys(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(schema, &mut found);
    found
}

fn collect(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(keys) => {
            if let Some(Value::Object(properties)) = keys.get("properties") {
                found.extend(properties.keys().cloned());
            }
            keys.values().for_each(|value| collect(value, found));
        }
        Value::Array(elements) => elements.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    #[test]
    fn it_is_a_schema() {
        let schema = super::schema(["a-spec"]);
        jsonschema::draft202012::meta::validate(&schema).unwrap();
        jsonschema::draft202012::new(&schema).unwrap();
    }
}
