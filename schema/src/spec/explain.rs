//! What stands at a place of a spec, where it is from, and what it means.

mod hole;
mod meaning;

use crate::{
    diagnostic::nearest,
    document::{self, Node, Value},
};

use super::{plan::Plan, resolve::Resolved, show};

/// Labels of facts stand in a column of this width.
const COLUMN: usize = 10;

/// The explanation of the place `path` of a spec, with its dialect if it is a provider; or why there is no such place.
pub fn explain(spec: &Resolved, dialect: Option<&Resolved>, plan: &Plan, path: &str) -> Result<String, String> {
    let keys = keys(&spec.tree, dialect.map(|dialect| &dialect.tree), path);
    let patch = dialect.and_then(|_| document::parse(&spec.tree.origin.source).ok());
    let lineage = Lineage { spec, dialect, patch: patch.as_ref(), keys: &keys };
    let Some(node) = at(&spec.tree, &keys) else { return lineage.missing() };
    let mut text = format!("`{}` in the {}\n\n", keys.join("."), named(spec));
    show::value(node).iter().for_each(|line| text += &format!("    {line}\n"));
    text += "\n";
    if let Some(meaning) = meaning::meaning(&keys) {
        text += &fact("is", &meaning);
    }
    text += &lineage.origin(node);
    if let ["types", ty, ..] = keys.as_slice()
        && plan.spelling(ty).is_none()
    {
        text += &fact("holds", "nothing: no hole of this provider needs the type any more");
    }
    let holes = hole::holes(node, plan, &spec.tree);
    if let ["messages", _, "$answers", ..] = keys.as_slice()
        && holes.is_empty()
    {
        text += &fact("holds", "nothing: no answer of this provider looks like a message of the conversation");
    }
    Ok(text + &holes)
}

/// Where the value at a place comes from.
struct Lineage<'s> {
    spec: &'s Resolved,
    dialect: Option<&'s Resolved>,
    /// The provider's own file, in which null removes.
    patch: Option<&'s Node>,
    keys: &'s [&'s str],
}

impl Lineage<'_> {
    fn origin(&self, node: &Node) -> String {
        let place = node.origin.file_line();
        let Some(dialect) = self.dialect else { return fact("from", &place) };
        let theirs = at(&dialect.tree, self.keys);
        let own = self.patch.and_then(|patch| at(patch, self.keys));
        match (theirs, own) {
            (_, None) => fact("from", &format!("{place}, inherited from the {}", named(dialect))),
            (None, Some(_)) => fact("from", &format!("{place}, added: the {} has nothing here", named(dialect))),
            (Some(theirs), Some(own)) if is_object(theirs) && is_object(own) => {
                let origin = theirs.origin.file_line();
                let keys = |wanted: &dyn Fn(&str, &Node) -> bool| {
                    let entries = own.entries().iter().filter(|entry| wanted(&entry.key, &entry.node));
                    entries.map(|entry| format!("`{}`", entry.key)).collect::<Vec<_>>().join(", ")
                };
                let is_null = |node: &Node| matches!(node.value, Value::Null);
                let mut text =
                    fact("from", &format!("{place}, merged over that of the {} at {origin}", named(dialect)));
                for (label, keys) in [
                    ("adds", keys(&|key, node| !is_null(node) && theirs.get(key).is_none())),
                    ("changes", keys(&|key, node| !is_null(node) && theirs.get(key).is_some())),
                    ("removes", keys(&|key, node| is_null(node) && theirs.get(key).is_some())),
                ] {
                    if !keys.is_empty() {
                        text += &fact(label, &keys);
                    }
                }
                text
            }
            (Some(theirs), Some(_)) => {
                let before =
                    format!("{} in the {} at {}", show::inline(theirs), named(dialect), theirs.origin.file_line());
                fact("from", &format!("{place}, in place of what is inherited")) + &fact("before", &before)
            }
        }
    }

    /// What became of a place that the spec does not have: the provider took it away, or nobody ever had it.
    fn missing(&self) -> Result<String, String> {
        let path = self.keys.join(".");
        let theirs = self.dialect.and_then(|dialect| Some((dialect, at(&dialect.tree, self.keys)?)));
        let Some((dialect, theirs)) = theirs else { return Err(self.unknown()) };
        let had = format!("{} in the {} at {}", show::inline(theirs), named(dialect), theirs.origin.file_line());
        let mut lengths = 1..=self.keys.len();
        let own = lengths.find_map(|length| {
            let node = at(self.patch?, &self.keys[..length])?;
            (!is_object(node)).then(|| (self.keys[..length].join("."), node))
        });
        let text = match own {
            Some((own, node)) => {
                let what = if matches!(node.value, Value::Null) { "removed" } else { "replaced" };
                fact(what, &format!("at {} by `{own}: {}`", node.origin.file_line(), show::inline(node)))
            }
            None if self.keys.first() == Some(&"http") => {
                fact("removed", "a provider does not inherit it: only a dialect is a face")
            }
            None => {
                let origin = self.spec.tree.origin.source.path.as_str();
                fact("removed", &format!("{origin} gives it up by name, or gives a place to what is given up here"))
            }
        };
        Ok(format!("`{path}` is not in the {}\n\n", named(self.spec)) + &text + &fact("before", &had))
    }

    fn unknown(&self) -> String {
        let depth =
            (0..self.keys.len()).rev().find(|depth| at(&self.spec.tree, &self.keys[..*depth]).is_some()).unwrap_or(0);
        let (known, key) = (&self.keys[..depth], self.keys.get(depth).copied().unwrap_or_default());
        let node = at(&self.spec.tree, known).unwrap_or(&self.spec.tree);
        let whole = |key: &str| known.iter().chain([&key]).copied().collect::<Vec<_>>().join(".");
        let elements: Vec<String> = (0..node.elements().len()).map(|index| index.to_string()).collect();
        let valid = node.entries().iter().map(|entry| entry.key.as_str()).chain(elements.iter().map(String::as_str));
        let advice = nearest(key, valid).map(|advice| format!("; {advice}")).unwrap_or_default();
        format!("there is no `{}` in the {}{advice}", whole(key), named(self.spec))
    }
}

/// `provider groq` or `dialect anthropic`.
fn named(spec: &Resolved) -> String {
    format!("{} {}", if spec.is_provider { "provider" } else { "dialect" }, spec.name)
}

/// The value at the end of some keys; elements of lists go by their number. A key may have dots itself.
fn at<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n Node> {
    let Some(first) = keys.first() else { return Some(node) };
    let element = || node.elements().get(first.parse::<usize>().ok()?);
    let mut lengths = 1..=keys.len();
    lengths.find_map(|length| {
        let next = node.get(&keys[..length].join(".")).or_else(|| element().filter(|_| length == 1))?;
        at(next, &keys[length..])
    })
}

/// The keys of a path, some of which hold dots themselves: of what stands in the spec or its dialect, the shortest.
fn keys<'p>(tree: &Node, inherited: Option<&Node>, path: &'p str) -> Vec<&'p str> {
    let (mut keys, mut rest) = (Vec::new(), path);
    while !rest.is_empty() {
        let ends: Vec<usize> = rest.match_indices('.').map(|(dot, _)| dot).chain([rest.len()]).collect();
        let stands = |end: &&usize| {
            let found = [&keys[..], rest.get(..**end).as_slice()].concat();
            [Some(tree), inherited].into_iter().flatten().any(|tree| at(tree, &found).is_some())
        };
        let end = ends.iter().find(stands).or(ends.first()).copied().unwrap_or(rest.len());
        keys.extend(rest.get(..end).filter(|key| !key.is_empty()));
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    keys
}

fn is_object(node: &Node) -> bool {
    matches!(node.value, Value::Object(_))
}

/// A line with its label.
fn fact(label: &str, text: &str) -> String {
    format!("{label:COLUMN$}{text}\n")
}
