"""The SDK of Anthropic."""

import anthropic

from . import QUESTION, SCHEMA, SYSTEM, TOOLS, Failure, Read

FACE = "anthropic"
NAMES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    429: "RateLimitError",
    500: "InternalServerError",
    503: "ServiceUnavailableError",
}
TOLD = [{"name": name, "description": "A tool.", "input_schema": SCHEMA} for name in TOOLS]
FINISHES = {"end_turn": "stop", "tool_use": "tool_calls", "max_tokens": "length"}


def client(url, key):
    return anthropic.Anthropic(base_url=url, api_key=key, max_retries=0, timeout=20)


def arguments(model, tools):
    asked = dict(model=model, max_tokens=500, system=SYSTEM, messages=[{"role": "user", "content": QUESTION}])
    return {**asked, "tools": TOLD} if tools else asked


def whole(client, model, tools):
    return read(client.messages.create(**arguments(model, tools)))


def stream(client, model, tools):
    pieces = 0
    with client.messages.stream(**arguments(model, tools)) as events:
        for event in events:
            pieces += event.type == "text"
        return read(events.get_final_message(), pieces)


def read(message, pieces=1):
    blocks = {kind: [block for block in message.content if block.type == kind] for kind in ("thinking", "text", "tool_use")}
    usage, calls = message.usage, blocks["tool_use"]
    details = usage.output_tokens_details
    return Read(
        text="".join(block.text for block in blocks["text"]),
        thought="".join(block.thinking for block in blocks["thinking"]),
        calls=[(call.name, call.input) for call in calls],
        ids=[call.id for call in calls],
        finish=FINISHES[message.stop_reason],
        usage={
            "input": usage.input_tokens + (usage.cache_read_input_tokens or 0),
            "cached": usage.cache_read_input_tokens,
            "output": usage.output_tokens,
            "reasoning": details and details.thinking_tokens,
        },
        pieces=pieces,
        echo=message,
    )


def go_on(client, model, before, results):
    """Sends results back: texts, in the order of the calls."""
    told = [
        {"type": "tool_result", "tool_use_id": id, "content": text} for id, text in zip(before.ids, results, strict=True)
    ]
    asked = arguments(model, True)
    asked["messages"] += [{"role": "assistant", "content": before.echo.content}, {"role": "user", "content": told}]
    return read(client.messages.create(**asked))


def failure(error):
    if not isinstance(error, anthropic.APIError):
        raise error
    told = error.body["error"]["message"] if isinstance(error.body, dict) else error.message
    response = getattr(error, "response", None)
    return Failure(
        type(error).__name__, getattr(error, "status_code", None), told, dict(response.headers) if response else {}
    )


def count(client, model, tools):
    more = {"tools": TOLD} if tools else {}
    messages = [{"role": "user", "content": QUESTION}]
    return client.messages.count_tokens(model=model, messages=messages, **more).input_tokens


def models(client):
    return [model.id for model in client.models.list()]
