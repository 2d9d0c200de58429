"""OpenAI Responses."""

import json

from . import told

NAME = "openai-responses"
# Where it is spoken at, the specs of those who speak it, and the vendor's own; the first that is there counts.
URL, SPECS, OWN = "/v1/responses", ["openai-responses", "responses"], ["openai-responses", "responses"]
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
    return path.split("?")[0].endswith("/responses")


def asked(_, body):
    return body["model"], bool(body.get("stream"))


def items(ask):
    yield {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": told.THOUGHT}],
        "encrypted_content": told.SIGNATURE,
    }
    text = {"type": "output_text", "text": told.TEXT, "annotations": [], "logprobs": []}
    yield {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [text]}
    for at, (id, name, arguments) in enumerate(told.calls(ask.tools)):
        made = {"call_id": id, "name": name, "arguments": arguments, "status": "completed"}
        yield {"type": "function_call", "id": f"fc_{at}", **made}


def answer(ask):
    cut = told.finish(ask) == "length"
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": told.CREATED,
        "status": "incomplete" if cut else "completed",
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "instructions": None,
        "metadata": {},
        "model": "mock",
        "output": list(items(ask)),
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": {
            "input_tokens": told.USAGE["input"],
            "input_tokens_details": {"cached_tokens": told.USAGE["cached"]},
            "output_tokens": told.USAGE["output"],
            "output_tokens_details": {"reasoning_tokens": told.USAGE["reasoning"]},
            "total_tokens": told.USAGE["input"] + told.USAGE["output"],
        },
    }


def frames(ask):
    return "text/event-stream", (event({**data, "sequence_number": at}) for at, data in enumerate(events(ask)))


def event(data):
    return f"event: {data['type']}\ndata: {json.dumps(data)}\n\n"


def events(ask):
    whole = answer(ask)
    begun = {**whole, "status": "in_progress", "incomplete_details": None, "output": [], "usage": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for index, item in enumerate(whole["output"]):
        place = {"item_id": item["id"], "output_index": index}
        if item["type"] == "reasoning":
            yield {"type": "response.output_item.added", "output_index": index, "item": {**item, "summary": []}}
            yield from of_reasoning({**place, "summary_index": 0}, item["summary"][0])
        elif item["type"] == "message":
            opened = {**item, "status": "in_progress", "content": []}
            yield {"type": "response.output_item.added", "output_index": index, "item": opened}
            yield from of_text({**place, "content_index": 0}, item["content"][0])
        else:
            opened = {**item, "status": "in_progress", "arguments": ""}
            yield {"type": "response.output_item.added", "output_index": index, "item": opened}
            kind = "response.function_call_arguments"
            for piece in told.pieces(item["arguments"]):
                yield {"type": f"{kind}.delta", **place, "delta": piece}
            yield {"type": f"{kind}.done", **place, "name": item["name"], "arguments": item["arguments"]}
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    yield {"type": f"response.{whole['status']}", "response": whole}


def of_reasoning(place, part):
    yield {"type": "response.reasoning_summary_part.added", **place, "part": {**part, "text": ""}}
    for piece in told.pieces(part["text"]):
        yield {"type": "response.reasoning_summary_text.delta", **place, "delta": piece}
    yield {"type": "response.reasoning_summary_text.done", **place, "text": part["text"]}
    yield {"type": "response.reasoning_summary_part.done", **place, "part": part}


def of_text(place, part):
    yield {"type": "response.content_part.added", **place, "part": {**part, "text": ""}}
    for piece in told.pieces(part["text"]):
        yield {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}
    yield {"type": "response.output_text.done", **place, "text": part["text"], "logprobs": []}
    yield {"type": "response.content_part.done", **place, "part": part}


def error(status, message):
    return {"error": {"type": KINDS[status], "message": message, "param": None, "code": None}}


def failure():
    told_so = {"code": "server_is_overloaded", "message": told.MESSAGE_IN_STREAM, "param": None}
    return event({"type": "error", **told_so, "sequence_number": 99})


def words(content):
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def heard(body):
    given = body["input"] if isinstance(body["input"], list) else []
    system = [words(item["content"]) for item in given if item.get("role") in ("system", "developer")]
    return {
        "system": "".join([body.get("instructions") or "", *system]),
        "tools": [tool["name"] for tool in body.get("tools", [])],
        "thoughts": [
            {"text": words(item.get("summary") or []), "signature": item.get("encrypted_content")}
            for item in given
            if item.get("type") == "reasoning"
        ],
        "calls": [
            {"id": item["call_id"], "name": item["name"], "input": json.loads(item["arguments"])}
            for item in given
            if item.get("type") == "function_call"
        ],
        "results": [
            {"id": item["call_id"], "text": words(item["output"])}
            for item in given
            if item.get("type") == "function_call_output"
        ],
    }
