//! The OpenAPI document: that it is one, and that what it tells is there.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    admin_configuration::KEY,
    chat_answer,
    support::{
        gateway::{Gateway, config},
        upstream::Upstream,
    },
};

/// The schema of such documents, as the OpenAPI Initiative publishes it.
const SCHEMA: &str = include_str!("../openapi/schema-3.1.json");

/// What goes on for ever, ends the service, or is long in the making where nothing is optimized.
pub(super) const UNASKED: [&str; 3] = ["/api/logs/stream", "/api/restart", "/api/matrix"];

fn started() -> Gateway {
    let mut config = config(&Upstream::json(200, chat_answer().to_string()));
    config["APIKEY"] = "the-key".into();
    Gateway::start(&config)
}

fn document(gateway: &Gateway) -> Value {
    let answer = gateway.get("/api/openapi.json", &[KEY]);
    assert_eq!((answer.status(), answer.header("content-type")), (200, Some("application/json")));
    answer.json()
}

/// Whatever stands at a key, anywhere.
fn all<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get(key));
            object.values().for_each(|value| all(value, key, found));
        }
        Value::Array(list) => list.iter().for_each(|value| all(value, key, found)),
        _ => {}
    }
}

#[test]
fn the_document_is_one() {
    let document = document(&started());
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let mistakes: Vec<String> =
        validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    let mut found = Vec::new();
    all(&document, "$ref", &mut found);
    for reference in &found {
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
    }
    assert!(found.len() > 20, "{}", found.len());
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name} is no JSON Schema");
    }
}

#[test]
fn each_operation_is_described_and_has_a_name_of_its_own() {
    let document = document(&started());
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let at = format!("{method} {path}");
            assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{at}");
            assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{at} has no summary");
            assert!(operation["security"].is_array(), "{at}");
            assert!(
                operation["responses"]
                    .as_object()
                    .is_some_and(|told| told.contains_key("200") || told.contains_key("404")),
                "{at}"
            );
            // What stands in the path is a parameter, and nothing else is one.
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let told: BTreeSet<_> =
                parameters.iter().filter(|one| one["in"] == "path").map(|one| one["name"].as_str().unwrap()).collect();
            let holes: BTreeSet<_> = path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
            assert_eq!(told, holes, "{at}");
        }
    }
    let error = &document["components"]["schemas"]["Error"];
    assert!(error["properties"]["error"].is_object(), "{error}");
    let messages = &document["paths"]["/v1/messages"]["post"];
    assert!(messages["externalDocs"]["url"].as_str().unwrap().starts_with("https://"), "{messages}");
}

/// What the document tells is answered: with no operation is there nothing at its path.
#[test]
fn what_the_document_tells_is_there() {
    let gateway = started();
    let document = document(&gateway);
    for (path, item) in document["paths"].as_object().unwrap() {
        let concrete =
            path.replace("{id}", "chat").replace("{name}", "groq").replace("{model}", "m").replace("{preset}", "none");
        if UNASKED.contains(&path.as_str()) {
            continue;
        }
        for method in item.as_object().unwrap().keys() {
            let answer = gateway.connect().begin(&method.to_uppercase(), &concrete, &[KEY], b"[");
            let everything = answer.everything();
            assert!(
                answer.status() != 405 && !everything.contains("there is nothing at"),
                "{method} {path}: {everything}"
            );
        }
    }
}
