//! An upstream of OpenAI's and Anthropic's APIs that does as the model's name says, for as many as come.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::client::{body_of, head_end};

/// The words of every answer.
pub(crate) const WORDS: usize = 40;

/// All that an answer says.
pub(crate) fn text() -> String {
    (0..WORDS).map(|number| format!("word{number} ")).collect()
}

/// A running one.
pub(crate) struct Mock {
    pub(crate) address: SocketAddr,
    /// Lets streams of the model `idle` go on.
    pub(crate) go: watch::Sender<bool>,
    /// How many of those wait.
    pub(crate) waiting: Arc<AtomicUsize>,
}

/// Answers, made once.
struct Answers {
    chat: Streamed,
    messages: Streamed,
    chat_whole: String,
    tools: String,
}

/// A stream in its two parts: up to its first word, and the rest.
struct Streamed {
    first: String,
    rest: String,
}

impl Mock {
    /// Starts one.
    pub(crate) async fn start() -> Self {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.set_nonblocking(true).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        socket.listen(4096).unwrap();
        let listener = TcpListener::from_std(socket.into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (go, gone) = watch::channel(false);
        let waiting = Arc::<AtomicUsize>::default();
        let (answers, waits) = (Arc::new(Answers::new()), waiting.clone());
        tokio::spawn(async move {
            loop {
                let Ok((socket, _)) = listener.accept().await else { continue };
                let (answers, gone, waits) = (answers.clone(), gone.clone(), waits.clone());
                tokio::spawn(async move {
                    let _ = serve(socket, &answers, gone, &waits).await;
                });
            }
        });
        Self { address, go, waiting }
    }
}

async fn serve(
    mut socket: TcpStream,
    answers: &Answers,
    mut gone: watch::Receiver<bool>,
    waiting: &AtomicUsize,
) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut read = Vec::new();
    loop {
        let (head, body) = loop {
            if let Some(found) = head_end(&read).and_then(|head| Some((head, body_of(&read, head)?))) {
                break found;
            }
            if socket.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        };
        let is_messages = read.starts_with(b"POST /v1/messages");
        let wanted: Value = serde_json::from_slice(&read[head..body]).unwrap_or_default();
        read.drain(..body);
        let streamed = if is_messages { &answers.messages } else { &answers.chat };
        match wanted["model"].as_str().unwrap_or_default() {
            "busy" => {
                whole(&mut socket, 503, "{\"error\":{\"message\":\"Busy.\",\"type\":\"overloaded_error\"}}").await?
            }
            "tools" => whole(&mut socket, 200, &answers.tools).await?,
            "cut" => {
                socket.write_all((HEAD.to_owned() + &chunk(&streamed.first)).as_bytes()).await?;
                return Ok(());
            }
            "idle" => {
                socket.write_all((HEAD.to_owned() + &chunk(&streamed.first)).as_bytes()).await?;
                waiting.fetch_add(1, Ordering::Relaxed);
                let _ = gone.wait_for(|go| *go).await;
                socket.write_all((chunk(&streamed.rest) + "0\r\n\r\n").as_bytes()).await?;
            }
            _ if wanted["stream"] == true => {
                socket.write_all((HEAD.to_owned() + &chunk(&streamed.first)).as_bytes()).await?;
                for frames in streamed.rest.as_bytes().chunks(700) {
                    let size = format!("{:x}\r\n", frames.len());
                    socket.write_all(&[size.as_bytes(), frames, b"\r\n"].concat()).await?;
                }
                socket.write_all(b"0\r\n\r\n").await?;
            }
            _ => whole(&mut socket, 200, &answers.chat_whole).await?,
        }
    }
}

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

async fn whole(socket: &mut TcpStream, status: u16, body: &str) -> io::Result<()> {
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status} Told\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}");
    socket.write_all(answer.as_bytes()).await
}

impl Answers {
    fn new() -> Self {
        let usage = json!({ "prompt_tokens": 70, "completion_tokens": WORDS, "total_tokens": 70 + WORDS });
        let answer = |message: Value, finish: &str| {
            let choice = json!({ "index": 0, "message": message, "finish_reason": finish });
            let (id, object) = ("chatcmpl-1", "chat.completion");
            json!({ "id": id, "object": object, "created": 1, "model": "m", "choices": [choice], "usage": usage })
        };
        let call = json!({ "id": "call_1", "type": "function", "function": { "name": "look", "arguments": "{\"path\":\"a\"}" } });
        let calls = json!({ "role": "assistant", "content": null, "tool_calls": [call] });
        Self {
            chat: chat(&usage),
            messages: messages(),
            chat_whole: answer(json!({ "role": "assistant", "content": text() }), "stop").to_string(),
            tools: answer(calls, "tool_calls").to_string(),
        }
    }
}

fn chat(usage: &Value) -> Streamed {
    let frame = |delta: Value, finish: Option<&str>, usage: &Value| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        let (id, object) = ("chatcmpl-1", "chat.completion.chunk");
        let frame =
            json!({ "id": id, "object": object, "created": 1, "model": "m", "choices": [choice], "usage": usage });
        format!("data: {frame}\n\n")
    };
    let word = |number: usize| frame(json!({ "content": format!("word{number} ") }), None, &Value::Null);
    Streamed {
        first: frame(json!({ "role": "assistant", "content": "" }), None, &Value::Null) + &word(0),
        rest: (1..WORDS).map(word).collect::<String>() + &frame(json!({}), Some("stop"), usage) + "data: [DONE]\n\n",
    }
}

fn messages() -> Streamed {
    let frame = |frame: Value| format!("event: {}\ndata: {frame}\n\n", frame["type"].as_str().unwrap());
    let word = |number: usize| {
        let delta = json!({ "type": "text_delta", "text": format!("word{number} ") });
        frame(json!({ "type": "content_block_delta", "index": 0, "delta": delta }))
    };
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": null,
        "stop_sequence": null, "usage": { "input_tokens": 70, "output_tokens": 0 },
    });
    let opened = json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } });
    let last = json!({ "stop_reason": "end_turn", "stop_sequence": null });
    Streamed {
        first: frame(json!({ "type": "message_start", "message": message })) + &frame(opened) + &word(0),
        rest: (1..WORDS).map(word).collect::<String>()
            + &frame(json!({ "type": "content_block_stop", "index": 0 }))
            + &frame(json!({ "type": "message_delta", "delta": last, "usage": { "output_tokens": WORDS } }))
            + &frame(json!({ "type": "message_stop" })),
    }
}
