//! Taking back what was shown with stars in place of secrets.

use std::{ops::Range, sync::Arc};

use super::{
    mask,
    shown::{Guard, STARS, comments, show, spliced},
};
use crate::{
    diagnostic::{Diagnostic, Mistakes},
    document::{self, Node, Source, Value},
};

/// A text that was shown and perhaps changed, with the secrets and the comments that it had before. Elements of lists are
/// found by their names, else by their numbers.
///
/// # Errors
/// It is not JSON5 (`J001`, `J002`), or has stars that stand for nothing known (`C022`).
pub fn unveil(text: &Arc<Source>, before: &Arc<Source>) -> Result<String, Vec<Diagnostic>> {
    let hidden = |mut mistakes: Vec<Diagnostic>| {
        let text = if mistakes.iter().any(|mistake| mistake.code == "J001") {
            mask::mask_broken(&text.text, |_| false)
        } else {
            mask::mask(&text.text)
        };
        let masked = Arc::new(Source { path: before.path.clone(), text });
        mistakes.iter_mut().for_each(|mistake| mistake.origin.source = masked.clone());
        mistakes
    };
    let tree = document::parse(text).map_err(hidden)?;
    let old = document::parse(before).ok();
    let mut known = Known { places: recalled(&text.text, &before.text), mistakes: Mistakes::default() };
    known.restore(&tree, old.as_ref(), Guard::default());
    let Known { places, mistakes } = known;
    mistakes.unless_any(spliced(&text.text, places)).map_err(hidden)
}

/// What is to stand in the places of stars.
struct Known {
    places: Vec<(Range<usize>, String)>,
    mistakes: Mistakes,
}

impl Known {
    fn restore(&mut self, node: &Node, before: Option<&Node>, guard: Guard) {
        match &node.value {
            Value::Object(entries) => {
                for entry in entries {
                    let below = before.and_then(|before| before.get(&entry.key));
                    self.restore(&entry.node, below, guard.below(&entry.key));
                }
            }
            Value::List(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    self.restore(node, before.and_then(|before| counterpart(before.elements(), nodes, index)), guard);
                }
            }
            Value::Text(text) if text.contains(STARS) => match before {
                Some(before) if show(before, guard) == node.to_json() => {
                    let Node { origin, .. } = before;
                    let written = origin.source.text.get(origin.range.clone()).unwrap_or_default();
                    self.places.push((node.origin.range.clone(), written.to_owned()));
                }
                _ if guard.secret || text.contains("://") => {
                    let message = "these stars stand for no secret that is known";
                    let mistake = Diagnostic::error("C022", &node.origin, message).label("expected the secret itself");
                    self.mistakes.push(mistake.help("write the secret, or the variable that has it"));
                }
                _ => {}
            },
            _ => {}
        }
    }
}

/// Which element of an earlier list is the one with that index: that of its name; else, if it has a new one, that of its
/// number, unless that is another's.
fn counterpart<'n>(before: &'n [Node], list: &[Node], index: usize) -> Option<&'n Node> {
    let Some(name) = list.get(index).and_then(name) else { return before.get(index) };
    let renamed = |node: &&Node| list.iter().all(|other| self::name(other) != self::name(node));
    before.iter().find(|node| self::name(node) == Some(name)).or_else(|| before.get(index).filter(renamed))
}

fn name(node: &Node) -> Option<&str> {
    node.get("name").or_else(|| node.get("NAME")).and_then(Node::text)
}

/// The comments of a text that are shown ones of an earlier text, with what these said.
fn recalled(text: &str, before: &str) -> Vec<(Range<usize>, String)> {
    let masked = mask::mask(before);
    let known: Vec<Range<usize>> = comments(before).collect();
    let (mut found, mut next) = (Vec::new(), 0);
    for range in comments(text).filter(|range| text[range.clone()].contains('*')) {
        let is_same = |known: &Range<usize>| masked[known.clone()] == text[range.clone()];
        // They mostly come in the order that they had.
        let behind = known.iter().skip(next).position(is_same).map(|at| next + at);
        if let Some(at) = behind.or_else(|| known.iter().position(is_same)) {
            next = at + 1;
            found.push((range, before[known[at].clone()].to_owned()));
        }
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::config::shown_text;

    const TEXT: &str = "{ // first sk-old
  /* Two: lines,
   * sk-oldest */ APIKEY: 'sk-main', PROXY_URL: 'http://me:pass@proxy:1/', /* 'sk-main' */ // the same, as before
  keys: [{ name: 'ci', key: 'sk-ci', scopes: ['read'] }],
  Providers: [
    { name: 'a', api_key: '$A_KEY', api_keys: ['sk-2', 'x${B}y'], headers: { 'x-a': 'sk-h' } }, // sk-older
    { name: 'b', api_key: \"sk-b\", models: ['m'] },
  ],
}";

    fn source(text: &str) -> Arc<Source> {
        Arc::new(Source { path: "c.json5".into(), text: text.into() })
    }

    fn seen() -> String {
        shown_text(&source(TEXT)).unwrap()
    }

    fn back(text: &str) -> Result<String, Vec<String>> {
        let told = |mistakes: Vec<Diagnostic>| mistakes.iter().map(|mistake| mistake.line()).collect();
        unveil(&source(text), &source(TEXT)).map_err(told)
    }

    #[test]
    fn what_was_shown_comes_back_as_it_was() {
        assert!(!seen().contains("sk-"));
        assert_eq!(back(&seen()).unwrap(), TEXT);
        let data = crate::config::shown(&document::parse(&source(TEXT)).unwrap());
        let data = back(&data.to_string()).unwrap();
        assert_eq!(
            document::parse(&source(&data)).unwrap().to_json(),
            document::parse(&source(TEXT)).unwrap().to_json()
        );
    }

    #[test]
    fn secrets_go_with_the_names_of_their_owners() {
        let moved =
            "{ Providers: [{ name: 'b', api_key: '********' }, { name: 'a', headers: { 'x-a': '********' } }] }";
        let expected = "{ Providers: [{ name: 'b', api_key: \"sk-b\" }, { name: 'a', headers: { 'x-a': 'sk-h' } }] }";
        assert_eq!(back(moved).unwrap(), expected);
        let renamed = seen().replace("name: 'b'", "name: 'c'");
        assert_eq!(back(&renamed).unwrap(), TEXT.replace("name: 'b'", "name: 'c'"));
    }

    #[test]
    fn stars_that_stand_for_nothing_are_told() {
        let text = "{ APIKEY: 'new',\n PROXY_URL: 'http://********@other/',\n Providers: [{ name: 'new', api_key: '********' }, { name: 'b' }] }";
        let told = back(text).unwrap_err();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("c.json5:2:13: error[C022]") && told[1].contains("c.json5:3:"), "{told:?}");
        assert!(back("{ APIKEY: 'sk-1' ").unwrap_err()[0].contains("J001"));
    }
}
