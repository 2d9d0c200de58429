"""What the upstream says, in no protocol: the judges compare what their SDKs read with it."""

import json

THOUGHT = "Two files, two calls."
TEXT = "Zwei Dateien, sofort."
CALLS = [("call_a", "read", {"path": "/a", "lines": [1, 2]}), ("call_b", "list", {})]
# All tokens of the prompt, those of them that were cached, all tokens of the answer, those of them that were thought.
USAGE = {"input": 100, "cached": 60, "output": 20, "reasoning": 5}
CREATED = 1700000000
SIGNATURE = "c2ln"
RETRY_AFTER = "17"
STATUSES = (400, 401, 403, 404, 429, 500, 503)
MESSAGE_IN_STREAM = "told in mid-stream"


def message(status):
    return f"told with {status}"


def pieces(text, size=7):
    return [text[at : at + size] for at in range(0, len(text), size)]


def calls(tools):
    """The calls that are made when tools are offered: id, name, arguments as text."""
    return [(id, name, json.dumps(input)) for id, name, input in CALLS] if tools else []


def finish(ask):
    """Why the answer ends, in the words of Chat Completions."""
    if ask.model == "length":
        return "length"
    return "tool_calls" if ask.tools else "stop"


def facts():
    """All of this as JSON, for judges in other languages."""
    return {
        "thought": THOUGHT,
        "text": TEXT,
        "calls": [{"id": id, "name": name, "input": input} for id, name, input in CALLS],
        "usage": USAGE,
        "signature": SIGNATURE,
        "retryAfter": RETRY_AFTER,
        "messages": {str(status): message(status) for status in STATUSES},
        "messageInStream": MESSAGE_IN_STREAM,
    }
