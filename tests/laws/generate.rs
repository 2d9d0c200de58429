//! Requests and answers of all that the unified model can say.

use proptest::{collection::vec, option, prelude::*, sample::select};
use wireloom_schema::model::*;

/// Any request of a conversation in good order: user and assistant take turns, results before what else the user says, thoughts before words before
/// calls, nothing that is empty.
pub(crate) fn request() -> impl Strategy<Value = Request<'static>> {
    (messages(), settings(), sampling(), vec(tool(), 0..3)).prop_map(|(messages, settings, sampling, tools)| {
        let Request { reasoning, tool_choice, parallel_tool_calls, output_format, stream, stream_usage, .. } = settings;
        Request {
            model: "model".into(),
            messages,
            tools,
            reasoning,
            tool_choice,
            parallel_tool_calls,
            output_format,
            stream,
            stream_usage,
            ..sampling
        }
    })
}

/// Any answer.
pub(crate) fn response() -> impl Strategy<Value = Response<'static>> {
    let finish_reason = select(vec![
        FinishReason::Stop,
        FinishReason::StopSequence,
        FinishReason::Length,
        FinishReason::ToolCalls,
        FinishReason::ContentFilter,
        FinishReason::Refusal,
        FinishReason::Pause,
        FinishReason::ContextExceeded,
    ]);
    let usage = (0..90_u64, option::of(0..9_u64), option::of(0..9_u64), 0..90_u64, option::of(0..9_u64)).prop_map(
        |(uncached, cache_read, cache_write, output, reasoning)| Usage {
            input: Some(uncached + cache_read.unwrap_or(0) + cache_write.unwrap_or(0)),
            cache_read,
            cache_write,
            // Some of what was written stays for longer.
            cache_write_1h: cache_write.map(|written| written / 2),
            output: Some(output + reasoning.unwrap_or(0)),
            reasoning,
        },
    );
    (assistant(), option::of(finish_reason), option::of(text()), option::of(usage), option::of(0..9_u64)).prop_map(
        |(message, finish_reason, stop_sequence, usage, created)| Response {
            id: Some("answer".into()),
            model: Some("model".into()),
            created,
            parts: message.parts,
            finish_reason,
            stop_sequence,
            usage,
        },
    )
}

fn text() -> impl Strategy<Value = Text<'static>> {
    let words = ["Hi", "two\nlines", "\"quoted\" \\ \t", "naïve 😀 \u{2028}", "{\"a\":1}", " ", "\u{0}\u{1f}", "null"];
    select(words.to_vec()).prop_map(Text::from)
}

fn json() -> impl Strategy<Value = Json<'static>> {
    let values = ["{}", r#"{"a":1}"#, r#"{"a": {"b":[1.0,1e3,null]},"c":"\u00e9\""}"#, r#"{ "type":"object" }"#];
    select(values.to_vec()).prop_map(|text| Json::from_written(text.into()).unwrap())
}

fn cache() -> impl Strategy<Value = Option<Cache<'static>>> {
    let ttl = option::of(select(vec![Text::from("5m"), Text::from("1h")]));
    option::weighted(0.1, ttl.prop_map(|ttl| Cache { ttl }))
}

fn source() -> impl Strategy<Value = Source<'static>> {
    prop_oneof![
        3 => select(vec!["image/png", "application/pdf"])
            .prop_map(|mime| Source::Inline { mime: mime.into(), data: "QUJD".into() }),
        3 => Just(Source::Link { url: "https://example.com/a?b=c,d;base64".into(), mime: None }),
        1 => Just(Source::File { id: "file_1".into() }),
    ]
}

fn words() -> impl Strategy<Value = Part<'static>> {
    (text(), option::weighted(0.15, vec(citation(), 1..3)), cache()).prop_map(|(text, citations, cache)| {
        let length = text.chars().count() as u64;
        let within = |citation: Citation<'static>| match citation {
            Citation::Web { url, title, text, start, end: _, proof } => Citation::Web {
                url,
                title,
                text,
                start: start.map(|start| start.min(length.saturating_sub(1))),
                end: Some(length),
                proof,
            },
            native => native,
        };
        let citations = citations.unwrap_or_default().into_iter().map(within).collect();
        Part::Text { text, citations, signature: None, cache }
    })
}

fn citation() -> impl Strategy<Value = Citation<'static>> {
    let url = select(vec!["https://example.com/a", "https://example.com/b"]);
    let title = option::of(Just("A \"title\"".into()));
    let web = (url, title, option::weighted(0.2, text()), 0..3_u64, option::of(Just("proof".into()))).prop_map(
        |(url, title, text, start, proof)| Citation::Web {
            url: url.into(),
            title,
            text,
            start: Some(start),
            end: None,
            proof,
        },
    );
    let json = Json::from_written(r#"{"type":"mystery","x":1}"#.into()).unwrap();
    let native = dialect().prop_map(move |dialect| Citation::Native { dialect, json: json.clone() });
    prop_oneof![6 => web, 1 => native]
}

fn image() -> impl Strategy<Value = Part<'static>> {
    (source(), option::weighted(0.2, Just("low".into())), cache()).prop_map(|(source, detail, cache)| Part::Image {
        source,
        detail,
        cache,
    })
}

fn document() -> impl Strategy<Value = Part<'static>> {
    let source = prop_oneof![2 => source(), 1 => text().prop_map(|text| Source::Text { text })];
    (source, option::of(text()), cache()).prop_map(|(source, title, cache)| Part::Document { source, title, cache })
}

fn native() -> impl Strategy<Value = Part<'static>> {
    let json = Json::from_written(r#"{"type":"mystery","x":1}"#.into()).unwrap();
    dialect().prop_map(move |dialect| Part::Native { dialect, json: json.clone() })
}

fn dialect() -> impl Strategy<Value = &'static str> {
    select(wireloom::specs::Face::ALL.iter().map(|face| face.facts().dialect).collect::<Vec<_>>())
}

fn result() -> impl Strategy<Value = Part<'static>> {
    let bytes = document().prop_filter("words", |document| document.words().is_none());
    let inside = prop_oneof![6 => words(), 2 => image(), 2 => bytes, 1 => native()];
    (vec(inside, 0..3), prop::bool::weighted(0.2), cache()).prop_map(|(parts, is_error, cache)| Part::ToolResult {
        id: "call_1".into(),
        name: None,
        parts,
        is_error,
        cache,
    })
}

fn call() -> impl Strategy<Value = Part<'static>> {
    (select(vec!["call_1", "call_2"]), json(), cache()).prop_map(|(id, arguments, cache)| Part::ToolCall {
        id: id.into(),
        name: "read_file".into(),
        arguments,
        namespace: None,
        signature: None,
        cache,
    })
}

fn system() -> impl Strategy<Value = Message<'static>> {
    vec(words(), 1..3).prop_map(|parts| Message { role: Role::System, parts })
}

fn user() -> impl Strategy<Value = Message<'static>> {
    let audio = text().prop_map(|_| Part::Audio { mime: "audio/wav".into(), data: "QUJD".into() });
    let part = prop_oneof![12 => words(), 4 => image(), 4 => document(), 1 => audio, 1 => native()];
    let parts = (vec(result(), 0..3), vec(part, 0..3)).prop_filter_map("empty", |(results, parts)| {
        let parts = [results, parts].concat();
        let is_said = parts.iter().any(|part| matches!(part, Part::Text { .. } | Part::ToolResult { .. }));
        is_said.then_some(parts)
    });
    parts.prop_map(|parts| Message { role: Role::User, parts })
}

fn assistant() -> impl Strategy<Value = Message<'static>> {
    let reasoning = (text(), option::weighted(0.3, Just("signature".into())))
        .prop_map(|(text, signature)| Part::Reasoning { text, signature });
    let redacted = Just(Part::RedactedReasoning { data: "QUJD".into() });
    let said = prop_oneof![12 => words(), 1 => native()];
    let refusal = option::weighted(0.1, text().prop_map(|text| Part::Refusal { text }));
    let thoughts = prop_oneof![8 => vec(reasoning, 0..2), 1 => vec(redacted, 1..2)];
    let parts = (thoughts, vec(said, 0..3), refusal, vec(call(), 0..3));
    let parts = parts.prop_filter_map("empty", |(thoughts, said, refusal, calls)| {
        let parts = [thoughts, said, Vec::from_iter(refusal), calls].concat();
        // A message that some provider would be sent nothing of is no message to it.
        let is_said = parts.iter().any(|part| matches!(part, Part::Text { .. } | Part::ToolCall { .. }));
        is_said.then_some(parts)
    });
    parts.prop_map(|parts| Message { role: Role::Assistant, parts })
}

fn messages() -> impl Strategy<Value = Vec<Message<'static>>> {
    let turn = (user(), option::weighted(0.1, system()), assistant())
        .prop_map(|(user, system, assistant)| [vec![user], Vec::from_iter(system), vec![assistant]].concat());
    (option::of(system()), vec(turn, 0..3), user())
        .prop_map(|(system, turns, last)| system.into_iter().chain(turns.concat()).chain([last]).collect())
}

fn tool() -> impl Strategy<Value = Tool<'static>> {
    let rarely = || option::weighted(0.1, any::<bool>());
    let function = (option::of(text()), json(), rarely(), rarely(), cache()).prop_map(
        |(description, schema, strict, deferred, cache)| Tool::Function {
            name: "read_file".into(),
            description,
            schema,
            namespace: None,
            strict,
            deferred,
            cache,
        },
    );
    let json = Json::from_written(r#"{"type":"mystery","name":"x"}"#.into()).unwrap();
    let native = dialect().prop_map(move |dialect| Tool::Native { dialect, json: json.clone() });
    prop_oneof![8 => function, 1 => native]
}

fn settings() -> impl Strategy<Value = Request<'static>> {
    let mode = prop_oneof![
        Just(ReasoningMode::Off),
        Just(ReasoningMode::Adaptive { display: None }),
        (0..200_000_u64).prop_map(|tokens| ReasoningMode::Budget { tokens, display: None }),
        Just(ReasoningMode::Budget { tokens: 2_048, display: Some("summarized".into()) }),
    ];
    let efforts = vec![Effort::Minimal, Effort::Low, Effort::Medium, Effort::High, Effort::Xhigh, Effort::Max];
    let reasoning = (option::of(mode), option::of(select(efforts))).prop_filter_map("empty", |(mode, effort)| {
        (mode.is_some() || effort.is_some()).then_some(Reasoning { mode, effort })
    });
    let tool_choice = select(vec![
        ToolChoice::Auto,
        ToolChoice::None,
        ToolChoice::Required,
        ToolChoice::Tool { name: "read_file".into() },
    ]);
    let schema = (option::of(text()), option::of(text()), json(), option::of(any::<bool>()))
        .prop_map(|(name, description, schema, strict)| OutputFormat::Schema { name, description, schema, strict });
    let output_format = prop_oneof![Just(OutputFormat::Text), Just(OutputFormat::Json), schema];
    (
        option::weighted(0.3, reasoning),
        option::weighted(0.3, tool_choice),
        option::weighted(0.2, any::<bool>()),
        option::weighted(0.2, output_format),
        any::<bool>(),
    )
        .prop_map(|(reasoning, tool_choice, parallel_tool_calls, output_format, stream)| Request {
            reasoning,
            tool_choice,
            parallel_tool_calls,
            output_format,
            stream,
            stream_usage: stream,
            ..Request::default()
        })
}

/// What shapes sampling.
fn sampling() -> impl Strategy<Value = Request<'static>> {
    let number = |most: u32| option::weighted(0.1, (0..=most).prop_map(|number| f64::from(number) / 4.0));
    let rarely = || option::weighted(0.1, text());
    let tier = select(&[ServiceTier::Auto, ServiceTier::Standard, ServiceTier::Flex, ServiceTier::Priority][..]);
    (
        (number(8), number(4), number(8), number(8)),
        (option::weighted(0.5, 1..9000_u64), option::weighted(0.1, 1..9_u64), option::weighted(0.1, -9..9_i64)),
        (vec(text(), 0..3), option::weighted(0.05, vec(text(), 4..20)), rarely(), option::weighted(0.1, tier)),
    )
        .prop_map(|(numbers, integers, (stop, more, user, service_tier))| Request {
            temperature: numbers.0,
            top_p: numbers.1,
            frequency_penalty: numbers.2,
            presence_penalty: numbers.3,
            max_tokens: integers.0,
            top_k: integers.1,
            seed: integers.2,
            stop: more.unwrap_or(stop),
            user,
            service_tier,
            ..Request::default()
        })
}
