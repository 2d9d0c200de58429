//! Places in a configuration, such as `Providers[0].api_key`.

use serde_json::{Map, Value};

/// A step on the way to a place.
#[derive(Debug, PartialEq)]
enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

/// The most elements that a path may call into being: presets come from strangers.
const MOST_ELEMENTS: usize = 1024;

/// Whether an answer's id is the place where it goes.
pub(super) fn is_path(id: &str) -> bool {
    id.contains(['.', '['])
}

/// Puts a value at a place, with the objects and lists that lead to it. False if there is no such place: the path is
/// not one, or leads through something that is neither.
pub(super) fn put(root: &mut Map<String, Value>, path: &str, value: Value) -> bool {
    let Some(steps) = steps(path) else { return false };
    let [Step::Key(first), rest @ ..] = steps.as_slice() else { return false };
    let mut place = root.entry(*first).or_insert(Value::Null);
    for step in rest {
        let next = match step {
            Step::Key(key) => {
                if place.is_null() {
                    *place = Value::Object(Map::new());
                }
                place.as_object_mut().map(|object| object.entry(*key).or_insert(Value::Null))
            }
            Step::Index(index) => {
                if place.is_null() {
                    *place = Value::Array(Vec::new());
                }
                place.as_array_mut().map(|list| {
                    if list.len() <= *index {
                        list.resize(index + 1, Value::Null);
                    }
                    &mut list[*index]
                })
            }
        };
        match next {
            Some(next) => place = next,
            None => return false,
        }
    }
    *place = value;
    true
}

fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (key, mut indexes) = part.split_at(part.find('[').unwrap_or(part.len()));
        if !key.is_empty() {
            steps.push(Step::Key(key));
        } else if indexes.is_empty() {
            return None;
        }
        while let Some(rest) = indexes.strip_prefix('[') {
            let (index, rest) = rest.split_once(']')?;
            steps.push(Step::Index(index.parse().ok().filter(|index| *index < MOST_ELEMENTS)?));
            indexes = rest;
        }
        if !indexes.is_empty() {
            return None;
        }
    }
    Some(steps)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_go_to_their_places() {
        let mut root = json!({ "Providers": [{ "name": "a" }] }).as_object().unwrap().clone();
        assert!(put(&mut root, "Providers[0].api_key", "k".into()));
        assert!(put(&mut root, "Providers[1].models[0]", "m".into()));
        assert!(put(&mut root, "PORT", 1.into()));
        let wanted = json!({ "Providers": [{ "name": "a", "api_key": "k" }, { "models": ["m"] }], "PORT": 1 });
        assert_eq!(Value::Object(root), wanted);
    }

    #[test]
    fn what_is_no_place_changes_nothing() {
        for path in ["", ".", "a..b", "a[", "a[x]", "a[0]b", "[0]", "a[99999999999]", "PORT.x", "PORT[0]"] {
            let mut root = json!({ "PORT": 1 }).as_object().unwrap().clone();
            assert!(!put(&mut root, path, Value::Bool(true)), "{path}");
            assert_eq!(root.get("PORT"), Some(&json!(1)), "{path}");
        }
    }
}
