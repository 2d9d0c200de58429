"""Anthropic Messages."""

import json

from . import told

NAME = "anthropic"
# Where it is spoken at, the specs of those who speak it, and the vendor's own; the first that is there counts.
URL, SPECS, OWN = "/v1/messages", ["anthropic"], ["anthropic"]
KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    503: "overloaded_error",
}
FINISHES = {"stop": "end_turn", "tool_calls": "tool_use", "length": "max_tokens"}


def at(path):
    return path.split("?")[0].endswith("/messages")


def asked(_, body):
    return body["model"], bool(body.get("stream"))


def answer(ask):
    content = [
        {"type": "thinking", "thinking": told.THOUGHT, "signature": told.SIGNATURE},
        {"type": "text", "text": told.TEXT},
    ]
    for id, name, arguments in told.calls(ask.tools):
        content.append({"type": "tool_use", "id": id, "name": name, "input": json.loads(arguments)})
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "mock",
        "content": content,
        "stop_reason": FINISHES[told.finish(ask)],
        "stop_sequence": None,
        "usage": {
            "input_tokens": told.USAGE["input"] - told.USAGE["cached"],
            "cache_read_input_tokens": told.USAGE["cached"],
            "output_tokens": told.USAGE["output"],
            "output_tokens_details": {"thinking_tokens": told.USAGE["reasoning"]},
        },
    }


def frames(ask):
    return "text/event-stream", (event(data) for data in events(ask))


def event(data):
    return f"event: {data['type']}\ndata: {json.dumps(data)}\n\n"


def events(ask):
    whole = answer(ask)
    usage = whole["usage"]
    # The thoughts are not counted yet when the answer begins.
    begun = {**usage, "output_tokens": 1, "output_tokens_details": {"thinking_tokens": 0}}
    yield {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None, "usage": begun}}
    yield {"type": "ping"}
    for index, block in enumerate(whole["content"]):
        if block["type"] == "thinking":
            opened = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": piece} for piece in told.pieces(told.THOUGHT)]
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
        elif block["type"] == "text":
            opened = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": piece} for piece in told.pieces(told.TEXT)]
        else:
            opened = {**block, "input": {}}
            text = json.dumps(block["input"]) if block["input"] else ""
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in told.pieces(text)]
        yield {"type": "content_block_start", "index": index, "content_block": opened}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    delta = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    ended = {key: usage[key] for key in ("output_tokens", "output_tokens_details")}
    yield {"type": "message_delta", "delta": delta, "usage": ended}
    yield {"type": "message_stop"}


def error(status, message):
    return {"type": "error", "error": {"type": KINDS[status], "message": message}}


def failure():
    return event(error(503, told.MESSAGE_IN_STREAM))


def heard(body):
    def words(content):
        return content if isinstance(content, str) else "".join(block.get("text", "") for block in content)

    blocks = [block for message in body["messages"] if isinstance(message["content"], list) for block in message["content"]]
    return {
        "system": words(body.get("system", "")),
        "tools": [tool["name"] for tool in body.get("tools", [])],
        "thoughts": [
            {"text": block["thinking"], "signature": block.get("signature")}
            for block in blocks
            if block["type"] == "thinking"
        ],
        "calls": [
            {"id": block["id"], "name": block["name"], "input": block["input"]}
            for block in blocks
            if block["type"] == "tool_use"
        ],
        "results": [
            {"id": block["tool_use_id"], "text": words(block.get("content", ""))}
            for block in blocks
            if block["type"] == "tool_result"
        ],
    }
