//! The four protocols, as far as faults need them: what a client asks, what an upstream answers, how an error is told.

use serde_json::{Value, json};

use super::support::sse::anthropic as named;

/// A protocol, of a client or of an upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Anthropic,
    Chat,
    Responses,
    Gemini,
}

use Dialect::{Anthropic, Chat, Gemini, Responses};

/// All of them.
pub(crate) const ALL: [Dialect; 4] = [Anthropic, Chat, Responses, Gemini];

impl Dialect {
    /// The name of the spec of those that speak it.
    pub(crate) fn spec(self) -> &'static str {
        match self {
            Anthropic => "anthropic",
            Chat => "openai-compatible",
            Responses => "openai-responses",
            Gemini => "gemini",
        }
    }

    /// Below its host, where its API begins.
    pub(crate) fn base(self) -> &'static str {
        match self {
            Anthropic => "/v1/messages",
            Chat => "/v1/chat/completions",
            Responses => "/v1/responses",
            Gemini => "/v1beta",
        }
    }

    /// The one that stands for all others, where two are to differ.
    pub(crate) fn other(self) -> Self {
        if self == Anthropic { Chat } else { Anthropic }
    }

    /// Where a client asks for a model.
    pub(crate) fn path(self, model: &str, stream: bool) -> String {
        match (self, stream) {
            (Gemini, true) => format!("/v1beta/models/{model}:streamGenerateContent?alt=sse"),
            (Gemini, false) => format!("/v1beta/models/{model}:generateContent"),
            _ => self.base().to_owned(),
        }
    }

    /// What it sends there.
    pub(crate) fn question(self, model: &str, stream: bool) -> Value {
        let messages = json!([{ "role": "user", "content": "Hello?" }]);
        match self {
            Anthropic => json!({ "model": model, "max_tokens": 99, "stream": stream, "messages": messages }),
            Chat => json!({ "model": model, "stream": stream, "messages": messages }),
            Responses => json!({ "model": model, "stream": stream, "input": messages }),
            Gemini => json!({ "contents": [{ "role": "user", "parts": [{ "text": "Hello?" }] }] }),
        }
    }

    /// A whole answer that says `Well.`.
    pub(crate) fn answer(self) -> Value {
        match self {
            Anthropic => json!({
                "id": "msg_1", "type": "message", "role": "assistant", "model": "m",
                "content": [{ "type": "text", "text": "Well." }], "stop_reason": "end_turn", "stop_sequence": null,
                "usage": { "input_tokens": 7, "output_tokens": 2 },
            }),
            Chat => json!({
                "id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": "m",
                "choices": [{ "index": 0, "message": { "role": "assistant", "content": "Well." }, "finish_reason": "stop" }],
                "usage": { "prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9 },
            }),
            Responses => response("completed", json!([item()])),
            Gemini => json!({
                "candidates": [{ "content": { "role": "model", "parts": [{ "text": "Well." }] }, "finishReason": "STOP", "index": 0 }],
                "usageMetadata": { "promptTokenCount": 7, "candidatesTokenCount": 2, "totalTokenCount": 9 },
            }),
        }
    }

    /// The frames of a stream before its first word.
    pub(crate) fn opening(self) -> String {
        match self {
            Anthropic => {
                let mut message = self.answer();
                (message["content"], message["stop_reason"]) = (json!([]), Value::Null);
                let block = json!({ "type": "text", "text": "" });
                named(&[
                    json!({ "type": "message_start", "message": message }),
                    json!({ "type": "content_block_start", "index": 0, "content_block": block }),
                ])
            }
            Chat => chunk(json!({ "role": "assistant", "content": "" }), None),
            Responses => named(&[
                json!({ "type": "response.created", "sequence_number": 0, "response": response("in_progress", json!([])) }),
                json!({ "type": "response.output_item.added", "sequence_number": 1, "output_index": 0, "item": {
                    "id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": [],
                } }),
            ]),
            Gemini => String::new(),
        }
    }

    /// A frame with a word.
    pub(crate) fn word(self, text: &str) -> String {
        match self {
            Anthropic => {
                let delta = json!({ "type": "text_delta", "text": text });
                named(&[json!({ "type": "content_block_delta", "index": 0, "delta": delta })])
            }
            Chat => chunk(json!({ "content": text }), None),
            Responses => named(&[json!({
                "type": "response.output_text.delta", "sequence_number": 2, "item_id": "msg_1", "output_index": 0,
                "content_index": 0, "delta": text,
            })]),
            Gemini => {
                let content = json!({ "role": "model", "parts": [{ "text": text }] });
                format!("data: {}\n\n", json!({ "candidates": [{ "content": content, "index": 0 }] }))
            }
        }
    }

    /// The frames behind the last word.
    pub(crate) fn ending(self) -> String {
        match self {
            Anthropic => named(&[
                json!({ "type": "content_block_stop", "index": 0 }),
                json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn" }, "usage": { "output_tokens": 2 } }),
                json!({ "type": "message_stop" }),
            ]),
            Chat => chunk(json!({}), Some("stop")) + "data: [DONE]\n\n",
            Responses => named(&[
                json!({ "type": "response.output_item.done", "sequence_number": 3, "output_index": 0, "item": item() }),
                json!({ "type": "response.completed", "sequence_number": 4, "response": self.answer() }),
            ]),
            Gemini => {
                let mut last = self.answer();
                last["candidates"][0]["content"]["parts"] = json!([]);
                format!("data: {last}\n\n")
            }
        }
    }

    /// Whether a stream has said that it is complete.
    pub(crate) fn is_complete(self, stream: &str) -> bool {
        stream.contains(match self {
            Anthropic => "message_stop",
            Chat => "[DONE]",
            Responses => "response.completed",
            Gemini => "finishReason",
        })
    }

    /// What it calls a kind of error, by the unified name.
    pub(crate) fn kind(self, kind: &str) -> &'static str {
        let (anthropic, openai, gemini) = match kind {
            "invalid_request" => ("invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"),
            "authentication" => ("authentication_error", "authentication_error", "UNAUTHENTICATED"),
            "permission" => ("permission_error", "permission_error", "PERMISSION_DENIED"),
            "not_found" => ("not_found_error", "not_found_error", "NOT_FOUND"),
            "too_large" => ("request_too_large", "request_too_large", "INVALID_ARGUMENT"),
            "rate_limit" => ("rate_limit_error", "rate_limit_error", "RESOURCE_EXHAUSTED"),
            "timeout" => ("timeout_error", "timeout_error", "DEADLINE_EXCEEDED"),
            "internal" => ("api_error", "server_error", "INTERNAL"),
            kind => panic!("`{kind}` is no kind of error here"),
        };
        match self {
            Anthropic => anthropic,
            Chat | Responses => openai,
            Gemini => gemini,
        }
    }

    /// The body of an error, all of it.
    pub(crate) fn error(self, kind: &str, message: &str) -> Value {
        let (code, kind) = (code(kind), self.kind(kind));
        match self {
            Anthropic => json!({ "type": "error", "error": { "type": kind, "message": message } }),
            Chat | Responses => json!({ "error": { "message": message, "type": kind, "param": null, "code": null } }),
            Gemini => json!({ "error": { "code": code, "message": message, "status": kind } }),
        }
    }

    /// The last frame of a stream that ends with an error.
    pub(crate) fn error_frame(self, number: &Value, kind: &str, message: &str) -> Value {
        match self {
            Chat => json!({ "error": { "message": message, "type": self.kind(kind), "code": null } }),
            Responses => json!({
                "type": "error", "sequence_number": number, "code": null, "message": message, "param": null,
            }),
            _ => self.error(kind, message),
        }
    }
}

/// The number that stands for a kind of error, where a protocol has one in its errors' bodies.
fn code(kind: &str) -> u16 {
    match kind {
        "invalid_request" => 400,
        "authentication" => 401,
        "permission" => 403,
        "not_found" => 404,
        "too_large" => 413,
        "rate_limit" => 429,
        "timeout" => 504,
        _ => 500,
    }
}

fn chunk(delta: Value, finish: Option<&str>) -> String {
    let frame = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "m",
        "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
    });
    format!("data: {frame}\n\n")
}

fn item() -> Value {
    let text = json!({ "type": "output_text", "text": "Well.", "annotations": [] });
    json!({ "id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [text] })
}

fn response(status: &str, output: Value) -> Value {
    json!({
        "id": "resp_1", "object": "response", "created_at": 1700000000, "status": status, "model": "m", "output": output,
        "error": null, "incomplete_details": null,
        "usage": { "input_tokens": 7, "output_tokens": 2, "total_tokens": 9 },
    })
}
