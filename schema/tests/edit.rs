//! Configurations are changed in place: what is wanted arrives, and nothing else moves.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use wireloom_schema::{
    config::edit::{Step, insert, merge, remove, set},
    document::{self, Node, Source},
};

const FILE: &str = r#"// Mine.
{
  PORT: 3456, // the usual one
  Providers: [
    // The cheap one.
    { name: "ds", api_key: "$DS_KEY", models: ["a", "b"] }, // good
    {
      name: 'hub',
      api_key: "${HUB}",
      models: [
        "x", // fast
        "y",
      ],
    },
  ],

  Router: {
    default: "ds,a",
    // think: "hub,x",
  },
}
"#;

fn path(steps: &str) -> Vec<Step> {
    steps.split('.').map(|step| step.parse::<usize>().map_or_else(|_| step.into(), Step::Index)).collect()
}

/// The lines that are gone and those that came, as `-` and `+`.
fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[same..].iter().rev().zip(new[same..].iter().rev()).take_while(|(a, b)| a == b).count();
    let gone = old[same..old.len() - tail].iter().map(|line| format!("-{line}\n"));
    gone.chain(new[same..new.len() - tail].iter().map(|line| format!("+{line}\n"))).collect()
}

#[test]
fn a_value_is_written_in_its_place() {
    let cases = [
        ("PORT", json!(4000), "-  PORT: 3456, // the usual one\n+  PORT: 4000, // the usual one\n"),
        ("PORT", json!(3456), ""),
        ("Router.default", json!("hub,y"), "-    default: \"ds,a\",\n+    default: \"hub,y\",\n"),
        ("Router.think", json!("hub,x"), "+    think: \"hub,x\",\n"),
        ("Providers.1.name", json!("nub"), "-      name: 'hub',\n+      name: 'nub',\n"),
        ("Providers.1.name", json!("it's"), "-      name: 'hub',\n+      name: \"it's\",\n"),
        ("Providers.1.models.2", json!("z"), "+        \"z\",\n"),
        ("fallback.default.0", json!("hub,x"), "+  fallback: { default: [\"hub,x\"] },\n"),
    ];
    for (place, value, expected) in cases {
        let new = set(FILE, &path(place), &value);
        assert_eq!(difference(FILE, &new.unwrap()), expected, "{place}");
    }
    let one = set(FILE, &path("Providers.0.models.2"), &json!("c")).unwrap();
    assert!(one.contains(r#"{ name: "ds", api_key: "$DS_KEY", models: ["a", "b", "c"] }, // good"#), "{one}");
    let other = set("{ providers: [{ MODELS: ['a'] }] }", &path("Providers.0.models.1"), &json!("b")).unwrap();
    assert_eq!(other, "{ providers: [{ MODELS: ['a', 'b'] }] }");
}

#[test]
fn elements_come_and_go() {
    let came = insert(FILE, &path("Providers"), 0, &json!({ "name": "first" })).unwrap();
    assert_eq!(difference(FILE, &came), "+    { name: \"first\" },\n");
    let came = insert(FILE, &path("Providers.1.models"), 1, &json!("m")).unwrap();
    assert_eq!(difference(FILE, &came), "+        \"m\",\n");
    let cases = [
        ("Providers.0", "-    { name: \"ds\", api_key: \"$DS_KEY\", models: [\"a\", \"b\"] }, // good\n"),
        ("Providers.1.models.0", "-        \"x\", // fast\n"),
        ("Router.think", ""),
        ("not.there.0", ""),
        ("PORT", "-  PORT: 3456, // the usual one\n"),
    ];
    for (place, expected) in cases {
        assert_eq!(difference(FILE, &remove(FILE, &path(place)).unwrap()), expected, "{place}");
    }
    let strict = "{\n  \"a\": 1,\n  \"b\": 2\n}\n";
    assert_eq!(remove(strict, &path("b")).unwrap(), "{\n  \"a\": 1\n}\n");
    assert_eq!(set(strict, &path("c"), &json!([1])).unwrap(), "{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": [1]\n}\n");
    assert_eq!(remove("{ a: 1, b: 2 }", &path("a")).unwrap(), "{ b: 2 }");
    assert_eq!(remove("{ a: 1, b: 2 }", &path("b")).unwrap(), "{ a: 1 }");
    assert_eq!(set("{}", &path("a.b"), &json!("c")).unwrap(), "{ a: { b: \"c\" } }");
    assert_eq!(set("{\r\n\ta: 1\r\n}", &path("b"), &json!(2)).unwrap(), "{\r\n\ta: 1,\r\n\tb: 2\r\n}");
    assert_eq!(set("\u{feff}{ a: null }", &path("a.b"), &json!(2)).unwrap(), "\u{feff}{ a: { b: 2 } }");
    assert_eq!(set("{ // none\n}", &path("a"), &json!(2)).unwrap(), "{ // none\n  a: 2,\n}");
}

#[test]
fn what_cannot_be_is_told() {
    let told = |text: &str, place: &str| set(text, &path(place), &json!(1)).unwrap_err().to_string();
    assert_eq!(told(FILE, "PORT.x"), "the configuration has no place for `PORT.x`");
    assert_eq!(told(FILE, "Providers.5.name"), "the configuration has no place for `Providers[5].name`");
    assert_eq!(told("{\n a: }", "a"), "the configuration is not JSON5 (line 2)");
}

#[test]
fn a_change_of_what_is_shown_leaves_what_was_hidden() {
    let shown = tree(&FILE.replace("$DS_KEY", "******")).to_json();
    let mut wanted = shown.clone();
    wanted["Providers"][0]["models"] = json!(["b", "c"]);
    wanted["Providers"].as_array_mut().unwrap().push(json!({ "name": "new", "api_key": "$NEW" }));
    wanted["Router"].as_object_mut().unwrap().remove("default");
    let new = merge(FILE, &shown, &wanted).unwrap();
    let expected = FILE
        .replace("[\"a\", \"b\"]", "[\"b\", \"c\"]")
        .replace("    },\n  ],\n", "    },\n    { name: \"new\", api_key: \"$NEW\" },\n  ],\n")
        .replace("    default: \"ds,a\",\n", "");
    assert_eq!(new, expected);
}

fn tree(text: &str) -> Node {
    document::parse(&Arc::new(Source { path: "t".into(), text: text.into() })).unwrap()
}

/// Values as configurations have them.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-c'\" /*\\\\\n{},\u{e9}]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from), objects(inner),]
    })
}

fn objects(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-d]|name|x-y", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect()))
}

/// Choices of a style, again and again.
struct Choices<'c> {
    choices: &'c [u8],
    at: usize,
}

impl Choices<'_> {
    fn of(&mut self, texts: &[&'static str]) -> &'static str {
        self.at += 1;
        texts[usize::from(self.choices[self.at % self.choices.len()]) % texts.len()]
    }
}

/// What people write between.
const GAPS: [&str; 10] =
    ["", "", "", "\n  ", " ", "// a, \"{\n", "/* ] */", "\r\n", "\n    // x\n    ", " /* two\nlines */ "];

/// A JSON5 text of a value.
fn written(value: &Value, style: &mut Choices<'_>, out: &mut String) {
    let mut items: Vec<(Option<&String>, &Value)> = Vec::new();
    let (open, close) = match value {
        Value::Array(values) => {
            items.extend(values.iter().map(|value| (None, value)));
            ('[', ']')
        }
        Value::Object(map) => {
            items.extend(map.iter().map(|(key, value)| (Some(key), value)));
            ('{', '}')
        }
        _ => return out.push_str(&value.to_string()),
    };
    out.push(open);
    out.push_str(style.of(&GAPS));
    for (at, (key, value)) in items.iter().enumerate() {
        if let Some(key) = key {
            // The parser takes a comment that follows a word without a space for a part of it.
            out.push_str(&if key.len() == 1 { format!("{key} ") } else { format!("\"{key}\"") });
            out.push_str(style.of(&GAPS));
            out.push(':');
            out.push_str(style.of(&GAPS));
        }
        written(value, style, out);
        out.push_str(style.of(&["", " // y\n", "\n", " "]));
        out.push_str(if at + 1 < items.len() { "," } else { style.of(&["", ","]) });
        out.push_str(style.of(&["", " // z\n", "\n  ", " "]));
    }
    out.push(close);
}

fn text_of(value: &Value, choices: &[u8]) -> String {
    let mut out = String::new();
    written(value, &mut Choices { choices, at: 0 }, &mut out);
    out
}

fn is_within(part: &str, whole: &str) -> bool {
    let mut rest = whole.bytes();
    part.bytes().all(|byte| rest.any(|other| other == byte))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_gives_what_is_wanted(
        old in objects(values()), new in objects(values()), styles in prop::collection::vec(any::<u8>(), 1..40)
    ) {
        let text = text_of(&old, &styles);
        prop_assert_eq!(tree(&text).to_json(), old.clone(), "{}", text);
        prop_assert_eq!(merge(&text, &old, &old).unwrap(), text.clone());
        let merged = merge(&text, &old, &new).unwrap();
        let parsed = tree(&merged).to_json();
        prop_assert_eq!(sorted(parsed), sorted(new), "{}\n=>\n{}", text, merged);
    }

    #[test]
    fn additions_keep_each_byte_and_removals_add_none(
        old in objects(values()), value in values(), styles in prop::collection::vec(any::<u8>(), 1..40)
    ) {
        let text = text_of(&old, &styles);
        let added = set(&text, &["new".into()], &value).unwrap();
        prop_assert!(is_within(&text, &added), "{}\n=>\n{}", text, added);
        prop_assert_eq!(&tree(&added).to_json()["new"], &value);
        for (key, value) in old.as_object().unwrap() {
            let without = remove(&text, &[key.as_str().into()]).unwrap();
            prop_assert!(is_within(&without, &text), "{}\n=>\n{}", text, without);
            prop_assert!(tree(&without).get(key).is_none());
            prop_assert_eq!(tree(&without).entries().len() + 1, old.as_object().unwrap().len());
            let Value::Array(elements) = value else { continue };
            for at in 0..=elements.len() {
                let place = [Step::from(key.as_str())];
                let longer = insert(&text, &place, at, &json!("n")).unwrap();
                prop_assert!(is_within(&text, &longer), "{}\n=>\n{}", text, longer);
                let mut wanted = elements.clone();
                wanted.insert(at, json!("n"));
                prop_assert_eq!(&tree(&longer).to_json()[key], &Value::from(wanted), "{}\n=>\n{}", text, longer);
            }
        }
    }
}

/// Objects are the same in whatever order.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(sorted).collect(),
        Value::Object(map) => {
            let sorted: std::collections::BTreeMap<String, Value> =
                map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(sorted.into_iter().collect())
        }
        value => value,
    }
}
