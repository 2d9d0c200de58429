"""An upstream that speaks both dialects and answers by the name of the model that it is asked for."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

THOUGHT = "Two files, two calls."
TEXT = "Zwei Dateien, sofort."
CALLS = [("call_a", "read", {"path": "/a", "lines": [1, 2]}), ("call_b", "list", {})]
ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
}


def pieces(text, size=7):
    return [text[at : at + size] for at in range(0, len(text), size)]


def anthropic_answer(tools):
    content = [{"type": "thinking", "thinking": THOUGHT, "signature": "c2ln"}, {"type": "text", "text": TEXT}]
    if tools:
        content += [{"type": "tool_use", "id": id, "name": name, "input": input} for id, name, input in CALLS]
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "mock",
        "content": content,
        "stop_reason": "tool_use" if tools else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 40, "cache_read_input_tokens": 60, "output_tokens": 20},
    }


def anthropic_events(tools):
    answer = anthropic_answer(tools)
    usage = answer["usage"]
    start = {**answer, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield {"type": "message_start", "message": start}
    yield {"type": "ping"}
    for index, block in enumerate(answer["content"]):
        if block["type"] == "thinking":
            opened = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces(THOUGHT)]
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
        elif block["type"] == "text":
            opened = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": piece} for piece in pieces(TEXT)]
        else:
            opened = {**block, "input": {}}
            text = json.dumps(block["input"]) if block["input"] else ""
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces(text)]
        yield {"type": "content_block_start", "index": index, "content_block": opened}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    delta = {"stop_reason": answer["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 20}}
    yield {"type": "message_stop"}


def openai_usage():
    return {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "total_tokens": 120,
        "prompt_tokens_details": {"cached_tokens": 60},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }


def openai_calls():
    return [
        {"id": id, "type": "function", "function": {"name": name, "arguments": json.dumps(input)}}
        for id, name, input in CALLS
    ]


def openai_answer(tools):
    message = {"role": "assistant", "reasoning_content": THOUGHT, "content": TEXT}
    if tools:
        message["tool_calls"] = openai_calls()
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if tools else "stop"}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1700000000,
        "model": "mock",
        "choices": [choice],
        "usage": openai_usage(),
    }


def openai_chunks(tools, usage):
    def chunk(delta, finish=None):
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1700000000,
            "model": "mock",
            "choices": [choice],
        }

    yield chunk({"role": "assistant", "content": ""})
    for piece in pieces(THOUGHT):
        yield chunk({"reasoning_content": piece})
    for piece in pieces(TEXT):
        yield chunk({"content": piece})
    for index, call in enumerate(openai_calls() if tools else []):
        opened = {**call, "index": index, "function": {"name": call["function"]["name"], "arguments": ""}}
        yield chunk({"tool_calls": [opened]})
        for piece in pieces(call["function"]["arguments"]):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield chunk({}, "tool_calls" if tools else "stop")
    if usage:
        yield {**chunk({}), "choices": [], "usage": openai_usage()}


class Mock(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        anthropic = self.path.split("?")[0].endswith("/messages")
        self.server.asked.append(body)
        model, tools = body["model"], bool(body.get("tools"))
        if model.isdigit():
            self.fail(int(model), anthropic)
        elif not body.get("stream"):
            self.whole(200, anthropic_answer(tools) if anthropic else openai_answer(tools))
        elif anthropic:
            self.events(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in anthropic_events(tools))
        else:
            usage = body.get("stream_options", {}).get("include_usage")
            chunks = [f"data: {json.dumps(chunk)}\n\n" for chunk in openai_chunks(tools, usage)]
            self.events(chunks + ["data: [DONE]\n\n"])

    def fail(self, status, anthropic):
        error = {"type": ERRORS[status], "message": f"told with {status}"}
        if anthropic:
            return self.whole(status, {"type": "error", "error": error}, {"retry-after": "17"})
        return self.whole(status, {"error": {**error, "param": None, "code": None}}, {"retry-after": "17"})

    def whole(self, status, body, headers=None):
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def events(self, events):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in events:
            data = event.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


def start():
    """The server, with its URL at `url` and all bodies it was sent at `asked`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mock)
    server.daemon_threads = True
    server.asked = []
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
