"""Gemini's generateContent."""

import json
import re

from . import told

NAME = "gemini"
# Where it is spoken at, the specs of those who speak it, and the vendor's own; the first that is there counts.
URL, SPECS, OWN = "/v1beta/models/", ["gemini"], ["gemini"]
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
PLACE = re.compile(r"/models/([^/:?]+):(generateContent|streamGenerateContent)(\?.*)?$")


def at(path):
    return PLACE.search(path) is not None


def asked(path, _):
    model, method, _ = PLACE.search(path).groups()
    return model, method == "streamGenerateContent"


def usage():
    return {
        "promptTokenCount": told.USAGE["input"],
        "cachedContentTokenCount": told.USAGE["cached"],
        "candidatesTokenCount": told.USAGE["output"] - told.USAGE["reasoning"],
        "thoughtsTokenCount": told.USAGE["reasoning"],
        "totalTokenCount": told.USAGE["input"] + told.USAGE["output"],
    }


def slice(parts, finish=None):
    """A slice of the answer; whole answers have the same shape."""
    candidate = {"content": {"role": "model", "parts": parts}, "index": 0}
    if finish:
        candidate["finishReason"] = {"length": "MAX_TOKENS"}.get(finish, "STOP")
    return {"candidates": [candidate], "usageMetadata": usage(), "modelVersion": "mock", "responseId": "resp_1"}


def calls(ask):
    """Calls without an id; the first is signed, as the vendor does it."""
    made = [{"functionCall": {"name": name, "args": json.loads(args)}} for _, name, args in told.calls(ask.tools)]
    return [{**call, "thoughtSignature": told.SIGNATURE} if at == 0 else call for at, call in enumerate(made)]


def answer(ask):
    return slice([{"text": told.THOUGHT, "thought": True}, {"text": told.TEXT}, *calls(ask)], told.finish(ask))


def slices(ask):
    for piece in told.pieces(told.THOUGHT):
        yield slice([{"text": piece, "thought": True}])
    for piece in told.pieces(told.TEXT):
        yield slice([{"text": piece}])
    for call in calls(ask):
        yield slice([call])
    yield slice([{"text": ""}], told.finish(ask))


def frames(ask):
    if "alt=sse" in ask.path:
        return "text/event-stream", (f"data: {json.dumps(each)}\r\n\r\n" for each in slices(ask))
    texts = [json.dumps(each) for each in slices(ask)]
    return "application/json", [*("[" * (at == 0) + text + ",\n" for at, text in enumerate(texts[:-1])), texts[-1] + "]"]


def error(status, message):
    return {"error": {"code": status, "message": message, "status": STATUSES[status]}}


def failure():
    return f"data: {json.dumps(error(503, told.MESSAGE_IN_STREAM))}\r\n\r\n"


def either(body, camel, default=None):
    """A field by its name in JSON or its name in the vendor's declarations."""
    snake = re.sub("[A-Z]", lambda letter: "_" + letter.group().lower(), camel)
    return body.get(camel, body.get(snake, default))


def heard(body):
    parts = [part for content in body["contents"] for part in content["parts"]]
    made = [call for part in parts if (call := either(part, "functionCall"))]
    given = [result for part in parts if (result := either(part, "functionResponse"))]
    offered = [tool for tools in body.get("tools", []) for tool in either(tools, "functionDeclarations", [])]
    return {
        "system": "".join(part["text"] for part in either(body, "systemInstruction", {"parts": []})["parts"]),
        "tools": [tool["name"] for tool in offered],
        "thoughts": [
            {"text": part.get("text"), "signature": either(part, "thoughtSignature")}
            for part in parts
            if part.get("thought") or either(part, "thoughtSignature")
        ],
        # Names tell which result belongs to which call; ids are new, and need not be there.
        "calls": [{"id": call.get("name"), "name": call["name"], "input": call.get("args", {})} for call in made],
        "results": [
            {"id": result["name"], "text": "".join(map(str, result.get("response", {}).values()))} for result in given
        ],
    }
