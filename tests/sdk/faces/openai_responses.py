"""The SDK of OpenAI, for Responses."""

import json

from . import QUESTION, SCHEMA, SYSTEM, TOOLS, Failure, Read
from .openai_chat import NAMES, client, models
from .openai_chat import failure as raised

FACE = "openai-responses"
TOLD = [
    {"type": "function", "name": name, "description": "A tool.", "parameters": SCHEMA, "strict": False}
    for name in TOOLS
]
count = None

__all__ = ["FACE", "NAMES", "client", "count", "failure", "go_on", "models", "stream", "whole"]


def arguments(model, tools):
    given = [{"role": "user", "content": QUESTION}]
    asked = dict(model=model, instructions=SYSTEM, input=given, store=False, include=["reasoning.encrypted_content"])
    return {**asked, "tools": TOLD} if tools else asked


def whole(client, model, tools):
    return read(client.responses.create(**arguments(model, tools)))


def stream(client, model, tools):
    pieces, last = 0, None
    with client.responses.stream(**arguments(model, tools)) as events:
        for event in events:
            pieces += event.type == "response.output_text.delta"
            if event.type in ("response.completed", "response.incomplete"):
                last = event.response
            if event.type == "response.failed":
                raise Told(event.response.error.message)
            if event.type == "error":
                raise Told(event.message)
        # The helper's final response is not there for an answer that ran out of tokens; else it says what is missing.
        return read(last or events.get_final_response(), pieces)


class Told(Exception):
    """What the SDK hands on as an event, for its user to raise."""


def failure(error):
    return Failure(type(error).__name__, None, str(error)) if isinstance(error, Told) else raised(error)


def read(answer, pieces=1):
    items = {
        kind: [item for item in answer.output if item.type == kind] for kind in ("reasoning", "message", "function_call")
    }
    calls, usage = items["function_call"], answer.usage
    finish = "length" if answer.status == "incomplete" else "tool_calls" if calls else "stop"
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens, usage
    return Read(
        text=answer.output_text,
        thought="".join(part.text for item in items["reasoning"] for part in item.summary),
        calls=[(call.name, json.loads(call.arguments)) for call in calls],
        ids=[call.call_id for call in calls],
        finish=finish,
        usage={
            "input": usage.input_tokens,
            "cached": usage.input_tokens_details.cached_tokens,
            "output": usage.output_tokens,
            "reasoning": usage.output_tokens_details.reasoning_tokens,
        },
        pieces=pieces,
        echo=answer,
    )


def go_on(client, model, before, results):
    told = [
        {"type": "function_call_output", "call_id": id, "output": text}
        for id, text in zip(before.ids, results, strict=True)
    ]
    asked = arguments(model, True)
    asked["input"] += [*before.echo.output, *told]
    return read(client.responses.create(**asked))
