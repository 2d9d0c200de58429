"""OpenAI Chat Completions, with `reasoning_content` as nearly all providers have it."""

import json

from . import told

NAME = "openai-chat"
# Where it is spoken at, the specs of those who speak it, and the vendor's own; the first that is there counts.
URL, SPECS, OWN = "/v1/chat/completions", ["openai-compatible"], ["openai"]
KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "server_error",
    503: "overloaded_error",
}


def at(path):
    return path.split("?")[0].endswith("/chat/completions")


def asked(_, body):
    return body["model"], bool(body.get("stream"))


def usage():
    return {
        "prompt_tokens": told.USAGE["input"],
        "completion_tokens": told.USAGE["output"],
        "total_tokens": told.USAGE["input"] + told.USAGE["output"],
        "prompt_tokens_details": {"cached_tokens": told.USAGE["cached"]},
        "completion_tokens_details": {"reasoning_tokens": told.USAGE["reasoning"]},
    }


def calls(ask):
    return [
        {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
        for id, name, arguments in told.calls(ask.tools)
    ]


def answer(ask):
    message = {"role": "assistant", "reasoning_content": told.THOUGHT, "content": told.TEXT}
    if ask.tools:
        message["tool_calls"] = calls(ask)
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": told.CREATED,
        "model": "mock",
        "choices": [{"index": 0, "message": message, "finish_reason": told.finish(ask)}],
        "usage": usage(),
    }


def frames(ask):
    chunks = [f"data: {json.dumps(chunk)}\n\n" for chunk in all_chunks(ask)]
    return "text/event-stream", chunks + ["data: [DONE]\n\n"]


def chunk(delta, finish=None):
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": told.CREATED,
        "model": "mock",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


def all_chunks(ask):
    yield chunk({"role": "assistant", "content": ""})
    for piece in told.pieces(told.THOUGHT):
        yield chunk({"reasoning_content": piece})
    for piece in told.pieces(told.TEXT):
        yield chunk({"content": piece})
    for index, call in enumerate(calls(ask)):
        opened = {**call, "index": index, "function": {"name": call["function"]["name"], "arguments": ""}}
        yield chunk({"tool_calls": [opened]})
        for piece in told.pieces(call["function"]["arguments"]):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield chunk({}, told.finish(ask))
    if (ask.body.get("stream_options") or {}).get("include_usage"):
        yield {**chunk({}), "choices": [], "usage": usage()}


def error(status, message):
    return {"error": {"type": KINDS[status], "message": message, "param": None, "code": None}}


def failure():
    return f"data: {json.dumps(error(503, told.MESSAGE_IN_STREAM))}\n\n"


def words(content):
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content or [])


def heard(body):
    messages = body["messages"]
    made = [call for message in messages for call in message.get("tool_calls") or []]
    return {
        "system": "".join(words(one["content"]) for one in messages if one["role"] in ("system", "developer")),
        "tools": [tool["function"]["name"] for tool in body.get("tools", [])],
        "thoughts": [{"text": one["reasoning_content"]} for one in messages if one.get("reasoning_content")],
        "calls": [
            {"id": call["id"], "name": call["function"]["name"], "input": json.loads(call["function"]["arguments"])}
            for call in made
        ],
        "results": [
            {"id": one["tool_call_id"], "text": words(one["content"])} for one in messages if one["role"] == "tool"
        ],
    }
