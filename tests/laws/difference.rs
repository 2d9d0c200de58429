//! What differs between two JSON values, one line a difference: `- path: gone`, `+ path: new`, `~ path: one -> other`.

use serde_json::Value;

/// The differences in the order of the first value.
pub(crate) fn differences(one: &Value, other: &Value) -> Vec<String> {
    let mut out = Vec::new();
    compare("", one, other, &mut out);
    out
}

fn compare(path: &str, one: &Value, other: &Value, out: &mut Vec<String>) {
    match (one, other) {
        _ if one == other => {}
        (Value::Object(one), Value::Object(other)) => {
            let below = |key: &String| if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            for (key, value) in one {
                match other.get(key) {
                    Some(changed) => compare(&below(key), value, changed, out),
                    None => out.push(format!("- {}: {value}", below(key))),
                }
            }
            let new = other.iter().filter(|(key, _)| !one.contains_key(*key));
            out.extend(new.map(|(key, value)| format!("+ {}: {value}", below(key))));
        }
        (Value::Array(one), Value::Array(other)) => {
            let (mut at, mut other_at) = (0, 0);
            while let (Some(left), Some(right)) = (one.get(at), other.get(other_at)) {
                let is_gone = left != right && one[at..].contains(right);
                let is_new = left != right && !is_gone && other[other_at..].contains(left);
                match (is_gone, is_new) {
                    (true, _) => out.push(format!("- {path}[{at}]: {left}")),
                    (_, true) => out.push(format!("+ {path}[{other_at}]: {right}")),
                    _ => compare(&format!("{path}[{at}]"), left, right, out),
                }
                at += usize::from(!is_new);
                other_at += usize::from(!is_gone);
            }
            out.extend((at..one.len()).map(|at| format!("- {path}[{at}]: {}", one[at])));
            out.extend((other_at..other.len()).map(|at| format!("+ {path}[{at}]: {}", other[at])));
        }
        _ => out.push(format!("~ {path}: {one} -> {other}")),
    }
}
