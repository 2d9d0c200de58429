//! Titles of documents, as an API takes them.

use wireloom_schema::model::{Part, Request, Text};

use super::demands::{Demands, TextRule};

/// What a document is called that has no title.
const UNTITLED: &str = "document";

/// Gives each document a title of its own that fits.
pub(super) fn fit(demands: &Demands, request: &mut Request<'_>) {
    let Some(rule) = &demands.title else { return };
    let mut given: Vec<String> = Vec::new();
    for part in request.messages.iter_mut().flat_map(|message| &mut message.parts) {
        match part {
            Part::Document { title, .. } => settle(rule, title, &mut given),
            Part::ToolResult { parts, .. } => {
                for part in parts {
                    if let Part::Document { title, .. } = part {
                        settle(rule, title, &mut given);
                    }
                }
            }
            _ => {}
        }
    }
}

fn settle(rule: &TextRule, title: &mut Option<Text<'_>>, given: &mut Vec<String>) {
    let fitting = spelled(rule, title.as_deref().unwrap_or_default());
    let numbered = (2..).map(|number| {
        let end = format!(" {number}");
        format!("{}{end}", cut(&fitting, rule.most.saturating_sub(end.len())))
    });
    let mut candidates = std::iter::once(fitting.clone()).chain(numbered);
    let own = candidates.find(|candidate| !given.contains(candidate)).unwrap_or_default();
    given.push(own.clone());
    if title.as_deref() != Some(&*own) {
        *title = Some(own.into());
    }
}

/// A title with a blank in the place of what does not fit, and never two of them.
fn spelled(rule: &TextRule, title: &str) -> String {
    let fitting: String = title.chars().map(|char| if rule.takes(char) { char } else { ' ' }).collect();
    let words = fitting.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.is_empty() {
        true => UNTITLED.to_owned(),
        false => cut(&words, rule.most).to_owned(),
    }
}

fn cut(text: &str, most: usize) -> &str {
    text.get(..most).unwrap_or(text).trim_end()
}
