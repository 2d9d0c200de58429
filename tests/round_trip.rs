//! Round trips: what is read, written and read again is the same, and nothing is lost without a name.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod laws;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};

use laws::{cases, exceptions::expect_only_known, face, generate, provider, written_request, written_response};
use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use wireloom::specs::{Face, Provider};
use wireloom_schema::model::{Citation, Message, Part, Reasoning, Request, Response, Role, Source, Text};

/// As many as find what is rare; always the same, so that the list of exceptions can be exact.
const TRIES: u32 = 3000;

#[test]
fn a_request_reads_the_same_after_a_round_trip_in_its_own_dialect() {
    let mut broken = BTreeSet::new();
    for case in cases("requests") {
        let read = Request { unknown: Vec::new(), ..face(&case.folder).read_request(&case.text).unwrap() };
        let (text, losses) = written_request(provider(&case.folder), &read);
        let again = face(&case.folder).read_request(&text).unwrap();
        let implied = |field: &str| field == "max_tokens" && read.max_tokens.is_none();
        let lost = |field: &str| losses.iter().any(|loss| loss.split('.').next() == Some(field));
        let lost_parts = losses.contains(&"reasoning");
        let silent = differences(&read, &again).into_iter();
        let silent = silent.filter(|field| !implied(field) && !lost(field) && (*field != "messages" || !lost_parts));
        broken.extend(silent.map(|field| format!("{} | {field}", case.name)));
    }
    expect_only_known("request round trip", &broken);
}

#[test]
fn a_request_that_a_provider_understood_stays_what_it_is() {
    let mut broken = BTreeSet::new();
    for case in cases("requests") {
        let read = face(&case.folder).read_request(&case.text).unwrap();
        let unsettled = Provider::ALL.iter().filter_map(|provider| request_settles(*provider, &read).err());
        broken.extend(unsettled.map(|what| format!("{} | {what}", case.name)));
    }
    expect_only_known("request settles", &broken);
    let round = Cell::new(0);
    each(generate::request(), |request| {
        for provider in some_providers(&round) {
            // Where a provider knows reasoning by another view only, what it amounts to is named again.
            let settles = request_settles(provider, request);
            let told = settles.as_ref().map_err(String::as_str);
            assert!(matches!(told, Ok(()) | Err("reasoning")), "{provider:?}: {settles:?}");
        }
    });
}

#[test]
fn an_answer_reads_the_same_after_a_round_trip_in_its_own_dialect() {
    let mut broken = BTreeSet::new();
    for case in cases("responses") {
        let provider = provider(&case.folder);
        let spoken = Face::ALL.iter().find(|face| face.facts().name == provider.facts().dialect);
        let Some(face) = spoken.copied() else { continue };
        let read = provider.read_response(&case.text).unwrap();
        let (text, losses) = written_response(face, &read);
        let is_answer = !read.parts.is_empty() || read.finish_reason.is_some();
        let again = face.read_response(&text).unwrap();
        let same = joined(&uncited(&read), "") == joined(&uncited(&again), "")
            && cited(&read) == cited(&again)
            && Response { parts: Vec::new(), ..read.clone() } == Response { parts: Vec::new(), ..again.clone() };
        if is_answer && !same && losses.is_empty() {
            broken.insert(format!("{} | the answer", case.name));
        }
    }
    expect_only_known("response round trip", &broken);
}

#[test]
fn an_answer_is_told_the_same_after_a_round_trip_through_any_face() {
    each(generate::response(), |response| {
        for face in Face::ALL {
            let (text, _) = written_response(*face, response);
            let (again, _) = written_response(*face, &face.read_response(&text).unwrap());
            assert_eq!(text, again, "{face:?}");
        }
    });
}

#[test]
fn an_answer_loses_nothing_without_a_name() {
    let broken = RefCell::new(BTreeSet::new());
    each(generate::response(), |response| {
        for face in Face::ALL {
            let (text, losses) = written_response(*face, response);
            let told = face.read_response(&text).unwrap();
            if losses.is_empty() {
                let name = face.facts().name;
                broken.borrow_mut().extend(lost_of_answer(response, &told).map(|what| format!("{name} | {what}")));
            }
        }
    });
    expect_only_known("answer loses silently", &broken.borrow());
}

#[test]
fn a_request_loses_nothing_without_a_name() {
    let broken = RefCell::new(BTreeSet::new());
    let round = Cell::new(0);
    each(generate::request(), |request| {
        for provider in some_providers(&round) {
            let (text, losses) = written_request(provider, request);
            if losses.is_empty() {
                let read = provider.read_request(&text).unwrap();
                let name = provider.facts().name;
                // Which thoughts of earlier messages are kept is the spec's to say.
                let (mut sent, mut read) = (kept(request, provider), read);
                if settled(&sent, provider).messages != settled(&read, provider).messages {
                    (sent, read) = (without_thoughts(&sent), without_thoughts(&read));
                }
                let lost = differences(&settled(&sent, provider), &settled(&read, provider));
                broken.borrow_mut().extend(lost.into_iter().map(|what| format!("{name} | {what}")));
            }
        }
    });
    expect_only_known("request loses silently", &broken.borrow());
}

/// A few of the providers, in every round others: with all of them each round would take minutes.
fn some_providers(round: &Cell<usize>) -> impl Iterator<Item = Provider> {
    let (every, number) = (Provider::ALL.len().div_ceil(6), round.get());
    round.set(number + 1);
    Provider::ALL.iter().copied().skip(number % every).step_by(every)
}

/// Checks a law on many generated values, and shows the smallest that breaks it.
fn each<T: std::fmt::Debug>(values: impl Strategy<Value = T>, law: impl Fn(&T)) {
    let config = Config { cases: TRIES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let checked = runner.run(&values, |value| {
        law(&value);
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
}

/// What is read of what was written has a place, and is read again as it was; else what does not.
fn request_settles(provider: Provider, request: &Request<'_>) -> Result<(), String> {
    let (text, _) = written_request(provider, request);
    let read = provider.read_request(&text).unwrap();
    let (again, losses) = written_request(provider, &read);
    // What follows of a tool result as the user's own is the user's last word, behind which thoughts are not kept.
    let last = provider.read_request(&again).unwrap();
    let unsettled = losses.into_iter().chain(differences(&without_thoughts(&read), &without_thoughts(&last)));
    match unsettled.collect::<Vec<_>>().as_slice() {
        [] => Ok(()),
        unsettled => Err(unsettled.join(", ")),
    }
}

/// The names of the fields in which two requests differ.
fn differences(one: &Request<'_>, other: &Request<'_>) -> BTreeSet<&'static str> {
    let Request {
        model,
        messages,
        max_tokens,
        temperature,
        top_p,
        top_k,
        frequency_penalty,
        presence_penalty,
        seed,
        stop,
        tools,
        tool_choice,
        parallel_tool_calls,
        output_format,
        reasoning,
        user,
        service_tier,
        previous,
        cache_key,
        stream,
        stream_usage,
        unknown,
    } = one;
    let same = [
        ("model", *model == other.model),
        ("messages", *messages == other.messages),
        ("max_tokens", *max_tokens == other.max_tokens),
        ("temperature", *temperature == other.temperature),
        ("top_p", *top_p == other.top_p),
        ("top_k", *top_k == other.top_k),
        ("frequency_penalty", *frequency_penalty == other.frequency_penalty),
        ("presence_penalty", *presence_penalty == other.presence_penalty),
        ("seed", *seed == other.seed),
        ("stop", *stop == other.stop),
        ("tools", *tools == other.tools),
        ("tool_choice", *tool_choice == other.tool_choice),
        ("parallel_tool_calls", *parallel_tool_calls == other.parallel_tool_calls),
        ("output_format", *output_format == other.output_format),
        ("reasoning", same_reasoning(reasoning.as_ref(), other.reasoning.as_ref())),
        ("user", *user == other.user),
        ("service_tier", *service_tier == other.service_tier),
        ("cache_key", *cache_key == other.cache_key),
        ("previous", *previous == other.previous),
        ("stream", *stream == other.stream),
        ("stream_usage", *stream_usage == other.stream_usage),
        ("unknown", *unknown == other.unknown),
    ];
    same.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
}

/// Whether two settings say the same, be it in different views.
fn same_reasoning(one: Option<&Reasoning<'_>>, other: Option<&Reasoning<'_>>) -> bool {
    let (one, other) = (one.cloned().unwrap_or_default(), other.cloned().unwrap_or_default());
    one.lost_in(&other).chain(other.lost_in(&one)).next().is_none()
}

/// What of an answer did not come through.
fn lost_of_answer(one: &Response<'_>, other: &Response<'_>) -> impl Iterator<Item = &'static str> {
    let (parts, others) = (joined(&uncited(one), ""), joined(&uncited(other), ""));
    let same = [
        ("parts", parts == others),
        ("citations", cited(one) == cited(other)),
        ("finish_reason", one.finish_reason == other.finish_reason),
        ("stop_sequence", one.stop_sequence == other.stop_sequence),
        (
            "usage",
            one.usage.and_then(|usage| usage.total()).unwrap_or(0)
                == other.usage.and_then(|usage| usage.total()).unwrap_or(0),
        ),
    ];
    same.into_iter().filter(|(_, same)| !same).map(|(name, _)| name)
}

/// The parts of an answer without the sources of its words.
fn uncited<'a>(response: &Response<'a>) -> Vec<Part<'a>> {
    let mut parts = response.parts.clone();
    for part in &mut parts {
        if let Part::Text { citations, .. } = part {
            citations.clear();
        }
    }
    parts
}

/// The sources of an answer's words, without what only their vendor reads: in any order, each once.
fn cited(response: &Response<'_>) -> BTreeSet<String> {
    let mut citations = response.citations();
    for citation in &mut citations {
        if let Citation::Web { proof, .. } = citation {
            *proof = None;
        }
    }
    citations.iter().map(|citation| format!("{citation:?}")).collect()
}

/// A request without the thoughts of earlier turns that a provider's spec does not keep.
fn kept<'a>(request: &Request<'a>, provider: Provider) -> Request<'a> {
    let is_anthropic = Face::Anthropic.facts().dialect == provider.facts().dialect;
    let mut request = request.clone();
    let last_word = request.messages.iter().rposition(|message| {
        message.role == Role::User && message.parts.iter().any(|part| !matches!(part, Part::ToolResult { .. }))
    });
    for (number, message) in request.messages.iter_mut().enumerate() {
        message.parts.retain(|part| match part {
            Part::Reasoning { signature, .. } if is_anthropic => signature.is_some(),
            Part::Reasoning { .. } => last_word.is_none_or(|last| number > last),
            _ => true,
        });
    }
    request
}

fn without_thoughts<'a>(request: &Request<'a>) -> Request<'a> {
    let mut request = request.clone();
    for message in &mut request.messages {
        message.parts.retain(|part| !matches!(part, Part::Reasoning { .. }));
    }
    request
}

/// A request as a provider's spec lets it be without a loss: what the spec implies is set, what has its own wire message stands apart, and words are compared without their seams.
fn settled<'a>(request: &'a Request<'a>, provider: Provider) -> Request<'a> {
    let is_anthropic = Face::Anthropic.facts().dialect == provider.facts().dialect;
    let mut request = Request { stream_usage: false, unknown: Vec::new(), ..request.clone() };
    if is_anthropic {
        request.max_tokens = request.max_tokens.or(Some(8192));
        // Writing whether calls may be parallel needs a choice to write it at.
        let implied = request.parallel_tool_calls.map(|_| wireloom_schema::model::ToolChoice::Auto);
        request.tool_choice = request.tool_choice.or(implied);
    }
    // What the path says is not in the body.
    if provider.facts().call.contains('$') {
        request.model = Text::default();
    }
    request.stream &= provider.facts().stream.is_none();
    let says_of_the_system = says_of_the_system(provider);
    let mut messages: Vec<Message<'a>> = Vec::new();
    for (number, Message { role, parts }) in request.messages.into_iter().enumerate() {
        let role = if says_of_the_system && number > 0 && role == Role::System { Role::User } else { role };
        match messages.last_mut() {
            _ if parts.is_empty() => {}
            Some(last) if last.role == role && role != Role::System => last.parts.extend(parts),
            _ => messages.push(Message { role, parts }),
        }
    }
    for message in &mut messages {
        let (mut first, mut then) = (Vec::new(), Vec::new());
        for part in message.parts.drain(..) {
            match part {
                Part::ToolResult { id, parts, is_error, cache, .. } => {
                    let spills = |part: &Part<'_>| match part {
                        Part::Document { source, .. } => !matches!(source, Source::Text { .. }),
                        part => matches!(part, Part::Image { .. }),
                    };
                    let (spilled, inside): (Vec<_>, _) =
                        parts.into_iter().partition(|part| !is_anthropic && spills(part));
                    first.push(Part::ToolResult { id, name: None, parts: joined(&inside, "\n"), is_error, cache });
                    then.extend(spilled);
                }
                part => then.push(part),
            }
        }
        message.parts = joined(&[first, then].concat(), "\n");
    }
    request.messages = messages;
    request
}

/// Whether the user says in a provider's wire messages what the system says later on.
fn says_of_the_system(provider: Provider) -> bool {
    let message = |role, text: &'static str| Message { role, parts: vec![Part::plain(text)] };
    let messages = vec![message(Role::User, "one"), message(Role::System, "two")];
    let (text, _) = written_request(provider, &Request { messages, ..Request::default() });
    let read = provider.read_request(&text).unwrap();
    read.messages.iter().all(|message| message.role == Role::User)
}

/// Parts whose neighbouring words are one; what degrades to words is words.
fn joined<'a>(parts: &[Part<'a>], between: &str) -> Vec<Part<'a>> {
    let mut out: Vec<Part<'a>> = Vec::new();
    for part in parts.iter().cloned() {
        let part = match part {
            Part::Refusal { text } => Part::plain(text),
            Part::Document { source: Source::Text { text }, .. } => Part::plain(text),
            part => part,
        };
        match (out.last_mut(), &part) {
            (
                Some(Part::Text { text: before, citations, signature: None, cache: None }),
                Part::Text { text, citations: others, signature: None, cache: None },
            ) if citations.is_empty() && others.is_empty() => *before = Text::from(format!("{before}{between}{text}")),
            _ => out.push(part),
        }
    }
    out
}
