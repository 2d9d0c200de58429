//! Talks with the simulation over real connections, through the provider that any other upstream is reached with.

#![allow(clippy::unwrap_used)]

#[path = "demo/client.rs"]
mod client;

use std::time::{Duration, Instant};

use wireloom::wire::frames::Frames;
use wireloom_schema::model::{
    ErrorKind, FinishReason, Json, Message, OutputFormat, Part, Request, Role, Step, Tool, ToolChoice, Usage,
};

use self::client::{PROVIDER, Told, ask, listen, path, post, send, whole};

fn text(text: &str) -> Part<'_> {
    Part::Text { text: text.into(), citations: None, signature: None, cache: None }
}

fn said(words: &str) -> Request<'_> {
    let messages = vec![Message { role: Role::User, parts: vec![text(words)] }];
    Request { model: "any-model".into(), messages, ..Request::default() }
}

const SCHEMA: &str = r#"{
    "type": "object",
    "properties": { "city": { "type": "string" }, "days": { "type": "integer", "minimum": 2 } },
    "required": ["city", "days"]
}"#;

fn schema() -> Json<'static> {
    Json::from_written(SCHEMA.to_owned()).unwrap()
}

fn tool(name: &str) -> Tool<'_> {
    Tool::Function {
        name: name.into(),
        description: None,
        schema: schema(),
        namespace: None,
        strict: None,
        deferred: None,
        cache: None,
    }
}

fn with_tools(words: &str) -> Request<'_> {
    Request { tools: vec![tool("get_time"), tool("get_weather")], ..said(words) }
}

#[tokio::test]
async fn a_whole_answer_says_that_it_is_a_simulation() {
    ask(&said("What is\n a monad?"), |answer| {
        assert_eq!(answer.model.as_deref(), Some("any-model"));
        assert_eq!(answer.finish_reason, Some(FinishReason::Stop));
        assert!(answer.id.is_some() && answer.created.is_some());
        let [Part::Reasoning { text: thought, .. }, Part::Text { text, .. }] = &answer.parts[..] else {
            panic!("{:?}", answer.parts)
        };
        assert!(thought.starts_with("The user said “What is a monad?”; I am a simulation, so "), "{thought}");
        let expected = "I am wireloom's built-in simulation, not a language model. You said “What is a monad?”. \
                        I was given 1 message and offered 0 tools.";
        assert_eq!(&**text, expected);
        let words = |text: &str| text.split_whitespace().count() as u64;
        let reasoning = words(thought);
        let usage = Usage {
            input: Some(4),
            output: Some(reasoning + words(expected)),
            reasoning: Some(reasoning),
            ..Usage::default()
        };
        assert_eq!(answer.usage, Some(usage));
    })
    .await;
}

#[tokio::test]
async fn a_stream_is_reasoning_then_text_then_the_end() {
    let begin = Instant::now();
    let told = listen(said("Hello")).await;
    assert_eq!(told.kinds, ["start", "reasoning", "text", "finish", "usage", "end"]);
    assert!(told.reads > 5 && begin.elapsed() > Duration::from_millis(100), "{told:?}");
    assert_eq!(told.finish_reason, Some(FinishReason::Stop));
    ask(&said("Hello"), |answer| {
        let texts: Vec<&str> = answer.parts.iter().filter_map(Part::words).collect();
        assert_eq!([told.reasoning.as_str(), &told.text], texts[..]);
        assert_eq!(answer.usage, Some(told.usage));
    })
    .await;
}

#[tokio::test]
async fn a_stream_tells_its_tokens_only_if_it_is_asked_to() {
    let answer = send(&Request { stream: true, ..said("Hello") }).await;
    let body = answer.body.whole(1 << 20).await.unwrap();
    let mut usages = 0;
    let mut frames = Frames::new(PROVIDER.facts().framing);
    let count = &mut |step: Step<'_>| usages += u64::from(matches!(step, Step::Usage { .. }));
    frames.push(&body, |frame| _ = PROVIDER.read_frame(frame.data, count).unwrap()).unwrap();
    assert_eq!(usages, 0);
}

#[tokio::test]
async fn a_tool_is_called_and_its_result_told() {
    let request = with_tools("Use get_weather, please");
    let told = listen(request.clone()).await;
    assert_eq!(told.kinds, ["start", "reasoning", "call", "finish", "usage", "end"]);
    assert_eq!(told.finish_reason, Some(FinishReason::ToolCalls));
    let [(id, name, arguments)] = &told.calls[..] else { panic!("{told:?}") };
    assert_eq!((&**name, &**arguments), ("get_weather", r#"{"city":"Use get_weather, please","days":2}"#));

    let arguments = Json::from_embedded(arguments.into());
    let call = Part::ToolCall {
        id: id.as_str().into(),
        name: name.as_str().into(),
        arguments,
        namespace: None,
        signature: None,
        cache: None,
    };
    let parts = vec![text("It is\nsunny.")];
    let result = Part::ToolResult { id: id.as_str().into(), name: None, parts, is_error: false, cache: None };
    let mut following = request.clone();
    following.messages.push(Message { role: Role::Assistant, parts: vec![call] });
    following.messages.push(Message { role: Role::User, parts: vec![result] });
    ask(&following, |answer| {
        assert_eq!(answer.finish_reason, Some(FinishReason::Stop));
        let text = answer.parts.last().and_then(Part::words).unwrap();
        assert!(text.contains("From get_weather came back “It is sunny.”. I was given 3 messages"), "{text}");
    })
    .await;

    following.tool_choice = Some(ToolChoice::Required);
    let again = listen(following).await;
    assert_eq!((again.calls[0].0.as_str(), again.calls[0].1.as_str()), ("call_2", "get_weather"));
}

#[tokio::test]
async fn two_calls_are_made_at_once_unless_that_is_forbidden() {
    let request = with_tools("Make two tool calls");
    let names = |told: &Told| told.calls.iter().map(|(id, name, _)| format!("{id} {name}")).collect::<Vec<_>>();
    let told = listen(request.clone()).await;
    assert_eq!(names(&told), ["call_1 get_time", "call_2 get_time"]);
    assert!(told.calls.iter().all(|(.., arguments)| arguments == r#"{"city":"Make two tool calls","days":2}"#));
    let told = listen(Request { parallel_tool_calls: Some(false), ..request.clone() }).await;
    assert_eq!(names(&told), ["call_1 get_time"]);
    ask(&request, |answer| assert_eq!(answer.parts.len(), 3)).await;
}

#[tokio::test]
async fn the_choice_of_a_tool_is_obeyed() {
    for (words, choice, expected) in [
        ("Hello", None, None),
        ("Hello", Some(ToolChoice::Required), Some("get_time")),
        ("Hello", Some(ToolChoice::Tool { name: "get_weather".into() }), Some("get_weather")),
        ("Call get_weather", Some(ToolChoice::None), None),
    ] {
        ask(&Request { tool_choice: choice, ..with_tools(words) }, |answer| match answer.parts.last() {
            Some(Part::ToolCall { name, .. }) => assert_eq!(Some(&**name), expected),
            _ => assert_eq!(expected, None),
        })
        .await;
    }
}

#[tokio::test]
async fn no_more_is_said_than_allowed() {
    let told = listen(Request { max_tokens: Some(14), ..said("Hello") }).await;
    assert_eq!(told.finish_reason, Some(FinishReason::Length));
    assert_eq!(told.usage.output, Some(14));
    assert_eq!(told.reasoning, "The user said “Hello”; I am a simulation, so I only tell what I");
    assert_eq!(told.text, "");
    let told = listen(Request { max_tokens: Some(20), ..said("Hello") }).await;
    assert_eq!((told.text.as_str(), told.usage.output), ("I am wireloom's built-in", Some(20)));
    // Half a call is of no use to anyone.
    let told = listen(Request { max_tokens: Some(19), ..with_tools("A tool please") }).await;
    assert_eq!((told.finish_reason, told.calls.len()), (Some(FinishReason::Length), 0));
}

#[tokio::test]
async fn an_answer_fits_the_schema_that_was_given() {
    let format = OutputFormat::Schema { name: None, description: None, schema: schema(), strict: None };
    for (format, expected) in [(format, r#"{"city":"Vienna","days":2}"#), (OutputFormat::Json, "{}")] {
        ask(&Request { output_format: Some(format), ..said("Vienna") }, |answer| {
            assert_eq!(answer.parts.last().and_then(Part::words), Some(expected));
        })
        .await;
    }
}

#[tokio::test]
async fn errors_have_the_body_that_clients_expect() {
    let path = path();
    for (path, body, status, kind) in [
        ("/nowhere", "{}", 404, ErrorKind::NotFound),
        (path, "{", 400, ErrorKind::InvalidRequest),
        (path, "\u{1}", 400, ErrorKind::InvalidRequest),
    ] {
        let answer = post(path, body.into()).await;
        assert_eq!(answer.status, status);
        let text = whole(answer).await;
        let error = PROVIDER.read_error(&text).unwrap();
        assert_eq!(error.kind, Some(kind));
        assert!(error.message.contains("simulation"), "{error:?}");
    }
}

#[tokio::test]
async fn large_requests_are_read() {
    let words = "word ".repeat(1 << 20);
    ask(&said(&words), |answer| assert_eq!(answer.usage.unwrap().input, Some(1 << 20))).await;
}
