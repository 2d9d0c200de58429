//! What the simulation answers.

use wireloom_schema::model::{FinishReason, Json, OutputFormat, Part, Request, Response, Role, Usage};

use super::arguments::value;
use super::calls::{calls, results};
use super::words::{self, number, quote, shorten};

/// Answers a request. Equal requests have equal answers.
pub(super) fn answer(request: &Request<'_>) -> Response<'static> {
    let said = last_words(request);
    let calls = calls(request, said);
    let (deed, rest) = if !calls.is_empty() {
        (format!("I make {}", number(calls.len(), "tool call")), calls)
    } else if let Some(json) = formatted(request, said) {
        ("I give the smallest value that fits".to_owned(), vec![text(json.text().to_owned())])
    } else {
        ("I only tell what I was given".to_owned(), vec![text(told(request, said))])
    };
    let thought = format!("The user said {}; I am a simulation, so {deed}.", quote(said));
    let mut parts = vec![Part::Reasoning { text: thought.into(), signature: None }];
    parts.extend(rest);
    let whole = limit(&mut parts, request.max_tokens.unwrap_or(u64::MAX));
    let mut answer = Response {
        id: Some(format!("simulation-{}", request.messages.len()).into()),
        model: Some(request.model.clone().into_owned()),
        usage: Some(usage(request, &parts)),
        parts,
        ..Response::default()
    };
    let stop = FinishReason::Stop.given_calls(answer.calls_tools());
    answer.finish_reason = Some(if whole { stop } else { FinishReason::Length });
    answer
}

/// What the user said last. Agents put what they have to say themselves before it.
fn last_words<'r>(request: &'r Request<'_>) -> &'r str {
    let by_user = request.messages.iter().rev().filter(|message| message.role == Role::User);
    let text = |part: &'r Part<'_>| match part {
        Part::Text { text, .. } => Some(&**text),
        _ => None,
    };
    by_user.flat_map(|message| message.parts.iter().rev()).find_map(text).unwrap_or_default()
}

/// The answer in the form that was asked for, if one was.
fn formatted(request: &Request<'_>, said: &str) -> Option<Json<'static>> {
    match request.output_format.as_ref()? {
        OutputFormat::Text => None,
        OutputFormat::Json => Some(Json::EMPTY),
        OutputFormat::Schema { schema, .. } => Some(value(schema, &shorten(said))),
    }
}

/// The answer in words.
fn told(request: &Request<'_>, said: &str) -> String {
    let mut told = "I am wireloom's built-in simulation, not a language model.".to_owned();
    let results = results(request);
    if results.is_empty() {
        told += &format!(" You said {}.", quote(said));
    }
    for (tool, result) in results {
        told += &format!(" From {tool} came back {}.", quote(&result));
    }
    let messages = number(request.messages.len(), "message");
    let tools = number(request.tools.len(), "tool");
    told + &format!(" I was given {messages} and offered {tools}.")
}

fn text(text: String) -> Part<'static> {
    Part::Text { text: text.into(), citations: None, signature: None, cache: None }
}

/// Cuts parts off after so many words, and says whether nothing had to be cut. A call that does not fit is left out,
/// for half of its arguments would not be JSON.
fn limit(parts: &mut Vec<Part<'static>>, most: u64) -> bool {
    let mut left = most;
    for index in 0..parts.len() {
        let words = words::of_part(&parts[index]);
        if words <= left {
            left -= words;
            continue;
        }
        let fits = match &mut parts[index] {
            Part::Reasoning { text, .. } | Part::Text { text, .. } if left > 0 => {
                *text = words::first(text, left).into();
                index + 1
            }
            _ => index,
        };
        parts.truncate(fits);
        return false;
    }
    true
}

fn usage(request: &Request<'_>, parts: &[Part<'_>]) -> Usage {
    let thoughts = parts.iter().filter(|part| matches!(part, Part::Reasoning { .. }));
    Usage {
        input: Some(words::of_request(request)),
        output: Some(parts.iter().map(words::of_part).sum()),
        reasoning: Some(thoughts.map(words::of_part).sum()),
        ..Usage::default()
    }
}
