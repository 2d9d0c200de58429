//! The JSON Schema of spec files takes the specs there are, and refuses what the checker refuses.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use jsonschema::Validator;
use serde_json::Value;
use wireloom_schema::spec::json_schema;

fn validator() -> Validator {
    let schema = json_schema::schema();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    jsonschema::draft202012::new(&schema).unwrap()
}

fn mistakes(validator: &Validator, spec: &Value) -> Vec<String> {
    validator.iter_errors(spec).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// All spec files below a folder.
fn specs(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let nested = paths.flat_map(|path| if path.is_dir() { specs(&path) } else { vec![path] });
    nested.filter(|path| path.extension().is_some_and(|extension| extension == "json5")).collect()
}

fn read(path: &Path) -> Value {
    json5::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn providers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../providers")
}

/// A provider with these keys besides those that every provider has.
fn provider(keys: &str) -> Value {
    json5::from_str(&format!("{{ provider: 'p', extends: 'openai-chat', {keys} }}")).unwrap()
}

#[test]
fn all_specs_fit() {
    let (validator, paths) = (validator(), specs(&providers()));
    assert!(!paths.is_empty());
    for path in paths {
        assert_eq!(mistakes(&validator, &read(&path)), [""; 0], "{}", path.display());
    }
}

#[test]
fn what_a_provider_may_say_fits() {
    let validator = validator();
    for keys in [
        "",
        "$schema: '../schema/provider.schema.json', docs: ['https://example.org'], aliases: ['P']",
        "http: { base: 'https://example.org/v1', hosts: 'example.org', auth: null, status: { overloaded: 529, quota: null } }",
        "http: { base: 'https://${place}.example.org', variables: { place: ['$PLACE', 'north'], other: '$OTHER' } }",
        "http: { call: '/models/${model}/say', stream: '/models/${model}/sayOn?as=events', auth: '?key=${key}' }",
        "http: { auth: 'gcp(papers)' }, stream: { framing: 'json-array', bare: null }",
        "http: { auth: ['sigv4(service, region)', '?key=${key}'] }, stream: { framing: 'event-stream' }",
        "http: { auth: ['x-key: ${key}', '?key=${key}', { UseBearer: 'authorization: Bearer ${key}' }], stream: null }",
        "http: null, request: null, messages: null, types: null, error: null, stream: null, limits: null, keeps: null",
        "request: { top_k: '$top_k ?? 40', seed: null, safe: '$$literal', cost: '5 $', list: ['$model'], $drops: null }",
        "request: { a: { $spread: '$tool_choice ?? auto', $also: { any: 1 } }, $drops: ['reasoning.effort', 'user'] }",
        "types: { Part: { audio: null, $degrades: { refusal: 'text' }, $drops: 'image.detail' }, Effort: { max: ['a', 'b'] } }",
        "types: { Source: { inline: 'data:${mime};base64,${data}', link: null, $implies: ['text'] }, Cache: null }",
        "messages: { tool: { as: { name: '$name', content: '$parts(text, image) | text-or-list ?? null' }, first: null } }",
        "messages: { tool: { of: ['tool_result'], group: 'each', as: { id: '$id' }, $spills: { user: ['image'] } } }",
        "messages: { thought: { of: 'assistant.reasoning', group: 'run', as: { content: '$parts(reasoning) | joined' } } }",
        "response: { choices: [{ message: '$message' }], $also: { finish_reason: '$finish_reason' } }",
        "stream: { frame: { delta: '$delta' }, steps: { finish: { $frame: { done: true } }, ping: null, $drops: ['code'] } }",
        "limits: { stop: { most: 4 }, temperature: { max: 1, min: null }, top_p: null }, keeps: { reasoning: 'none' }",
        "models: { 'a-*': { context: 9, output: 8, takes: ['image'], reasons: false, request: { seed: null, $drops: ['seed'] } }, b: null }",
        "limits: { 'tool.schema': { takes: ['type'], refuses: '$schema', formats: [], refs: 'inline', root: 'object', strict: null } }",
        "limits: { messages: { first: 'user', last: null } }",
        "limits: { 'tool_call.id': { chars: 'a-z0-9', least: 9, most: 9 }, 'tool.name': { chars: 'a-zA-Z_', first: 'a-z' } }",
        "models: { x: { limits: { stop: { most: 1 }, top_p: null }, keeps: { reasoning: 'none' } } }",
        "keys: 'either-case', keeps: { reasoning: 'signed', signatures: 'vendor' }",
        "request: { a: { $writes: { $spread: '$tool_choice', store: false, list: ['$model'] } }, $writes: { b: null } }",
        "types: { Part: { text: [{ t: '$text' }, { u: '$text | gathered' }] }, Source: { link: ['$url', { url: '$url' }] } }",
        "messages: { tool: { of: 'tool_result', group: 'each', as: { id: '$id', status: '$is_error | word(error, success)', n: '${response.id}_${index}' } } }",
        "messages: { tool: { of: 'tool_result', group: 'each', as: { o: '$parts | wrapped(output, error)' }, $also: [{ o: '$parts | wrapped(text)' }, { t: 1 }] } }",
        "messages: { user: { of: 'user', as: { content: '$parts' }, parts: { text: { type: 'out', text: '$text' }, refusal: null } } }",
        "types: { Part: { image: { m: '$detail | ending' } } }",
        "stream: { style: 'tagged', frame: { number: '$frame' }, steps: { text: [{ t: '$text', id: 'x_${response.id}_${index}' }, { u: '$text' }] } }",
        "stream: { steps: { start: { t: 1, $before: [{ t: 0 }], $then: [{ t: 2, r: '$response', n: '$frame' }] } } }",
        "options: 'body', request: { $drops: { seed: 'no such field', user: true, 'reasoning.effort': null } }",
    ] {
        assert_eq!(mistakes(&validator, &provider(keys)), [""; 0], "{keys}");
    }
}

#[test]
fn broken_specs_do_not_fit() {
    let validator = validator();
    for keys in [
        "htp: {}",
        "http: { url: 'https://example.org' }",
        "http: { base: 'example.org' }",
        "http: { serve: '/v1' }",
        "http: { call: 'chat' }",
        "http: { auth: 'Bearer' }",
        "http: { auth: ['?key'] }",
        "http: { auth: 'sigv4(service)' }",
        "stream: { bare: 'lines' }",
        "http: { stream: 'chat' }",
        "http: { variables: { place: 5 } }",
        "http: { status: { overload: 529 } }",
        "http: { status: { overloaded: 200 } }",
        "docs: 'https://example.org'",
        "request: { model: '$modell' }",
        "request: { model: '$model | jsontext' }",
        "request: { model: '$model | joined' }",
        "request: { seed: '$seed ?? true' }",
        "request: { reasoning_effort: '$reasoning.as_efort' }",
        "request: { a: { $drops: ['user'] } }",
        "request: { list: ['$model', '$user'] }",
        "request: { url: 'x/${modell}' }",
        "request: { $drops: ['topk'] }",
        "request: { $drops: { topk: 'no such field' } }",
        "request: { $drops: { seed: false } }",
        "request: { $degrades: { seed: true } }",
        "options: 'header'",
        "messages: { user: { of: 'person' } }",
        "messages: { user: { group: 'all' } }",
        "messages: { user: { first: 'yes' } }",
        "messages: { user: { form: {} } }",
        "messages: { user: { of: 'user', group: 'run', as: { content: '$parts(tool_call)' } } }",
        "messages: { tool: { of: 'tool_result', group: 'each', as: { name: '$arguments' } } }",
        "types: { Parts: {} }",
        "types: { Request: {} }",
        "types: { Part: { txt: {} } }",
        "types: { Part: { native: {} } }",
        "types: { Part: { text: { $drops: ['cache'] } } }",
        "types: { Part: { $degrades: { refusal: 'words' } } }",
        "types: { Effort: { highest: 'max' } }",
        "types: { Effort: { high: [] } }",
        "types: { Effort: { high: 3 } }",
        "types: { Effort: { $spills: { user: ['image'] } } }",
        "response: { content: '$system' }",
        "stream: { framing: 'json' }",
        "keys: 'any-case'",
        "keeps: { signatures: 5 }",
        "request: { $writes: 'model' }",
        "request: { $writes: { a: '$modell' } }",
        "messages: { tool: { of: 'tool_result', group: 'each', as: { content: '$parts | wrapped' } } }",
        "messages: { tool: { of: 'tool_result', group: 'each', as: { content: '$parts | wrapped(a, b, c)' } } }",
        "messages: { tool: { of: 'tool_result', group: 'each', as: { content: '$parts | joined(a)' } } }",
        "messages: { user: { parts: { txt: {} } } }",
        "stream: { steps: { finish: { $then: {} } } }",
        "stream: { style: 'tagged', steps: { finish: { $frame: {} } } }",
        "stream: { steps: { texts: {} } }",
        "stream: { steps: { text_delta: { content: '$arguments' } } }",
        "limits: { temprature: { max: 1 } }",
        "limits: { temperature: { most: 1 } }",
        "limits: { stop: { most: 'four' } }",
        "limits: { 'tool.name': { pattern: '[a-z]' } }",
        "limits: { 'tool.id': {} }",
        "limits: { messages: { last: 'assistant' } }",
        "limits: { messages: { most: 9 } }",
        "limits: { 'output_format.schema': { refs: 'outline' } }",
        "models: { x: { messages: {} } }",
        "models: { x: { takes: ['video'] } }",
        "models: { x: { output: 0 } }",
        "keeps: { reasoning: 'some' }",
        "keeps: { text: 'all' }",
    ] {
        assert!(!validator.is_valid(&provider(keys)), "{keys}");
    }
    assert!(!validator.is_valid(&json5::from_str("{ provider: 'p' }").unwrap()));
    assert!(!validator.is_valid(&json5::from_str("[]").unwrap()));
}

#[test]
fn a_dialect_is_whole_and_knows_no_null() {
    let (validator, dialect) = (validator(), read(&providers().join("dialects/openai-chat.json5")));
    for pointer in ["/http", "/http/auth", "/messages/tool/group", "/types/Part", "/stream/last", "/limits", "/keeps"] {
        let mut broken = dialect.clone();
        *broken.pointer_mut(pointer).unwrap() = Value::Null;
        assert!(!validator.is_valid(&broken), "{pointer} is null");
    }
    for (parent, key) in [
        ("", "request"),
        ("", "error"),
        ("/http", "call"),
        ("/messages/tool", "of"),
        ("/messages/tool", "as"),
        ("/stream", "framing"),
        ("/stream", "frame"),
    ] {
        let mut broken = dialect.clone();
        broken.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key).unwrap();
        assert!(!validator.is_valid(&broken), "{parent} lacks {key}");
    }
}

/// Calls `each` for all schemas with examples.
fn with_examples<'v>(schema: &'v Value, each: &mut impl FnMut(&'v Value, &'v [Value])) {
    if let Some(examples) = schema.get("examples").and_then(Value::as_array) {
        each(schema, examples);
    }
    match schema {
        Value::Object(keys) => keys.values().for_each(|inner| with_examples(inner, each)),
        Value::Array(schemas) => schemas.iter().for_each(|inner| with_examples(inner, each)),
        _ => {}
    }
}

#[test]
fn what_an_editor_offers_fits() {
    let (schema, mut count) = (json_schema::schema(), 0);
    with_examples(&schema, &mut |hole, examples| {
        let validator = jsonschema::draft202012::new(hole).unwrap();
        for example in examples {
            assert!(validator.is_valid(example), "{example}");
            count += 1;
        }
    });
    assert!(count > 100, "only {count} examples");
}
