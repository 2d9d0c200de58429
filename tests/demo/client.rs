//! A client of the simulation.

use std::future::poll_fn;
use std::pin::Pin;

use http::HeaderMap;
use wireloom::demo;
use wireloom::specs::Provider;
use wireloom::upstream::{Answer, Call, Timeouts, Upstream};
use wireloom::wire::assembler::Assembler;
use wireloom::wire::frames::{Frame, Frames};
use wireloom::wire::writer::Writer;
use wireloom_schema::model::{FinishReason, Request, Response, Step, Text, Usage};

pub(crate) const PROVIDER: Provider = Provider::OpenaiCompatible;

/// The path at which the simulation is served.
pub(crate) fn path() -> &'static str {
    "/v1/chat/completions"
}

/// Sends a body to a simulation of its own.
pub(crate) async fn post(path: &str, body: Vec<u8>) -> Answer {
    let address = demo::serve().await.unwrap();
    let url = format!("http://{address}{path}").parse().unwrap();
    let call = Call { url, headers: HeaderMap::new(), body: body.into() };
    Upstream::new(Timeouts::default()).unwrap().send(call).await.unwrap()
}

pub(crate) async fn send(request: &Request<'_>) -> Answer {
    let mut writer = Writer::default();
    PROVIDER.write_request(request, &mut writer);
    assert!(writer.losses.names().is_empty(), "{:?}", writer.losses);
    let answer = post(path(), writer.out).await;
    assert_eq!(answer.status, 200);
    answer
}

pub(crate) async fn whole(answer: Answer) -> String {
    assert_eq!(answer.headers["content-type"], "application/json");
    String::from_utf8(answer.body.whole(1 << 20).await.unwrap().to_vec()).unwrap()
}

/// Asks for a whole answer, and gives it to `check`.
pub(crate) async fn ask(request: &Request<'_>, check: impl FnOnce(Response<'_>)) {
    let text = whole(send(request).await).await;
    check(PROVIDER.read_response(&text).unwrap());
}

/// What came of a stream.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The kinds of steps, each run once.
    pub(crate) kinds: Vec<&'static str>,
    pub(crate) reasoning: String,
    pub(crate) text: String,
    /// Each call's name for itself, its tool and its arguments.
    pub(crate) calls: Vec<(String, String, String)>,
    pub(crate) finish_reason: Option<FinishReason>,
    pub(crate) usage: Usage,
    /// How many reads it took.
    pub(crate) reads: usize,
}

impl Told {
    fn hear(&mut self, step: &Step<'_>) {
        let kind = match step {
            Step::Start { model, .. } => {
                assert_eq!(model.as_deref(), Some("any-model"));
                "start"
            }
            Step::ReasoningDelta { text, .. } => {
                self.reasoning += text;
                "reasoning"
            }
            Step::TextDelta { text, .. } => {
                self.text += text;
                "text"
            }
            Step::ToolCallOpen { id, name, .. } => {
                let own = |text: &Option<Text<'_>>| text.as_deref().unwrap().to_owned();
                self.calls.push((own(id), own(name), String::new()));
                "call"
            }
            Step::ToolCallDelta { call, arguments, .. } => {
                let call = usize::try_from(call.unwrap()).unwrap();
                self.calls[call].2 += arguments;
                return;
            }
            Step::Finish { finish_reason, usage, .. } => {
                self.finish_reason = *finish_reason;
                self.usage = usage.unwrap();
                "finish"
            }
            Step::ReasoningOpen { .. } | Step::TextOpen { .. } | Step::Close { .. } => return,
            Step::Usage { .. } => "usage",
            Step::End => "end",
            other => panic!("{other:?}"),
        };
        if self.kinds.last() != Some(&kind) || kind == "call" {
            self.kinds.push(kind);
        }
    }
}

/// Asks for a stream, and takes down what it tells.
pub(crate) async fn listen(request: Request<'_>) -> Told {
    let answer = send(&Request { stream: true, stream_usage: true, ..request }).await;
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    let mut body = answer.body;
    let (mut told, mut assembler) = (Told::default(), Assembler::new());
    let mut frames = Frames::new(PROVIDER.facts().framing);
    let mut over = false;
    while !over {
        let mut batch = Vec::new();
        over = poll_fn(|cx| Pin::new(&mut body).poll_batch(cx, &mut batch)).await.unwrap();
        told.reads += 1;
        for bytes in batch {
            let each = |frame: Frame<'_>| {
                let hear = &mut |step: &Step<'_>| told.hear(step);
                let unknown = PROVIDER.read_frame(frame.data, &mut |step| assembler.step(step, hear)).unwrap();
                assert_eq!(unknown, 0, "{}", frame.data);
            };
            frames.push(&bytes, each).unwrap();
        }
    }
    assert_eq!(assembler.unknown(), 0);
    told
}
