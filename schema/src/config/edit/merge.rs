//! From what two trees differ in to the changes of a text.

use serde_json::{Map, Value as Json};

use super::{EditError, Step, find, insert, parse, remove, set};
use crate::document::Value;

/// Lists whose lengths multiplied exceed this are not compared element by element.
const COMPARABLE: usize = 1 << 20;

/// The text with what `new` has otherwise than `old`, and with nothing else changed. `old` is what the text was shown
/// as, be it with stars in place of secrets: what is equal in both trees is not touched, whatever the text says there.
/// Elements of lists are told apart by their `name`s.
///
/// # Errors
/// A text that is not JSON5, or one that has no place for what is new.
pub fn merge(text: &str, old: &Json, new: &Json) -> Result<String, EditError> {
    let mut merged = text.to_owned();
    values(&mut merged, &mut Vec::new(), old, new)?;
    // What is handed out can be read, whatever the changes were.
    parse(merged.strip_prefix('\u{feff}').unwrap_or(&merged))?;
    Ok(merged)
}

fn values(text: &mut String, path: &mut Vec<Step>, old: &Json, new: &Json) -> Result<(), EditError> {
    if old == new {
        return Ok(());
    }
    match (old, new) {
        (Json::Object(old), Json::Object(new)) => objects(text, path, old, new),
        (Json::Array(old), Json::Array(new)) if old.len().saturating_mul(new.len()) <= COMPARABLE => {
            let root = parse(text.strip_prefix('\u{feff}').unwrap_or(text))?;
            let same_length = |node: &crate::document::Node| match &node.value {
                Value::List(nodes) => nodes.len() == old.len(),
                _ => false,
            };
            match find(&root, path).is_some_and(same_length) {
                true => lists(text, path, old, new),
                // It has been shown otherwise than it is written.
                false => replace(text, path, &Json::from(new.as_slice())),
            }
        }
        _ => replace(text, path, new),
    }
}

fn replace(text: &mut String, path: &[Step], value: &Json) -> Result<(), EditError> {
    *text = set(text, path, value)?;
    Ok(())
}

/// Works at a place one step further.
fn below(
    path: &mut Vec<Step>,
    step: Step,
    work: impl FnOnce(&mut Vec<Step>) -> Result<(), EditError>,
) -> Result<(), EditError> {
    path.push(step);
    let done = work(path);
    path.pop();
    done
}

fn objects(
    text: &mut String,
    path: &mut Vec<Step>,
    old: &Map<String, Json>,
    new: &Map<String, Json>,
) -> Result<(), EditError> {
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        below(path, Step::Key(key.clone()), |path| {
            *text = remove(text, path)?;
            Ok(())
        })?;
    }
    for (key, value) in new {
        below(path, Step::Key(key.clone()), |path| match old.get(key) {
            Some(old) => values(text, path, old, value),
            None => replace(text, path, value),
        })?;
    }
    Ok(())
}

/// What becomes of an element.
enum Fate<'j> {
    Changed(usize, &'j Json, &'j Json),
    Gone(usize),
    Comes(usize, &'j Json),
}

fn lists(text: &mut String, path: &mut Vec<Step>, old: &[Json], new: &[Json]) -> Result<(), EditError> {
    // From the last to the first, so that the places of those before stay.
    for fate in fates(old, new).into_iter().rev() {
        match fate {
            Fate::Changed(at, old, new) => below(path, Step::Index(at), |path| values(text, path, old, new))?,
            Fate::Gone(at) => below(path, Step::Index(at), |path| {
                *text = remove(text, path)?;
                Ok(())
            })?,
            Fate::Comes(at, value) => *text = insert(text, path, at, value)?,
        }
    }
    Ok(())
}

/// Pairs the elements that are the same, in order, and what lies between such pairs one by one.
fn fates<'j>(old: &'j [Json], new: &'j [Json]) -> Vec<Fate<'j>> {
    let mut fates = Vec::new();
    let (mut from, mut to) = (0, 0);
    for (i, j) in common(old, new).into_iter().chain([(old.len(), new.len())]) {
        let pairs = (i - from).min(j - to);
        fates.extend((0..pairs).map(|step| Fate::Changed(from + step, &old[from + step], &new[to + step])));
        fates.extend((from + pairs..i).map(Fate::Gone));
        fates.extend(new[to + pairs..j].iter().map(|value| Fate::Comes(i, value)));
        if let (Some(old), Some(new)) = (old.get(i), new.get(j)) {
            fates.push(Fate::Changed(i, old, new));
        }
        (from, to) = (i + 1, j + 1);
    }
    fates
}

/// What an element is told apart by.
fn identity(value: &Json) -> &Json {
    ["name", "NAME", "id"].iter().find_map(|key| value.get(key)).filter(|name| name.is_string()).unwrap_or(value)
}

/// The places of a longest common subsequence.
fn common(old: &[Json], new: &[Json]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    let mut lengths = vec![0_usize; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            lengths[i * width + j] = if identity(&old[i]) == identity(&new[j]) {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while i < old.len() && j < new.len() {
        if identity(&old[i]) == identity(&new[j]) {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}
