"""The SDK of OpenAI, for Chat Completions."""

import json

import openai

from . import QUESTION, SCHEMA, SYSTEM, TOOLS, Failure, Read

FACE = "openai-chat"
NAMES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    429: "RateLimitError",
    500: "InternalServerError",
    503: "InternalServerError",
}
TOLD = [
    {"type": "function", "function": {"name": name, "description": "A tool.", "parameters": SCHEMA}} for name in TOOLS
]
count = None


def client(url, key):
    return openai.OpenAI(base_url=url + "/v1", api_key=key, max_retries=0, timeout=20)


def arguments(model, tools):
    messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
    asked = dict(model=model, messages=messages)
    return {**asked, "tools": TOLD} if tools else asked


def whole(client, model, tools):
    return read(client.chat.completions.create(**arguments(model, tools)))


def stream(client, model, tools):
    thoughts, pieces = [], 0
    options = {"include_usage": True}
    with client.chat.completions.stream(**arguments(model, tools), stream_options=options) as events:
        try:
            for event in events:
                pieces += event.type == "content.delta"
                if event.type == "chunk":
                    deltas = [choice.delta for choice in event.chunk.choices]
                    thoughts += [getattr(delta, "reasoning_content", None) or "" for delta in deltas]
            answer = events.get_final_completion()
        except openai.LengthFinishReasonError as error:
            # How the helper tells that an answer is cut.
            answer = error.completion
        return read(answer, pieces, "".join(thoughts))


def read(answer, pieces=1, thought=None):
    [choice] = answer.choices
    calls, usage = choice.message.tool_calls or [], answer.usage
    of_output = usage.completion_tokens_details
    if thought is None:
        thought = getattr(choice.message, "reasoning_content", None) or ""
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, usage
    return Read(
        text=choice.message.content or "",
        thought=thought,
        calls=[(call.function.name, json.loads(call.function.arguments)) for call in calls],
        ids=[call.id for call in calls],
        finish=choice.finish_reason,
        usage={
            "input": usage.prompt_tokens,
            "cached": usage.prompt_tokens_details and usage.prompt_tokens_details.cached_tokens,
            "output": usage.completion_tokens,
            "reasoning": of_output and of_output.reasoning_tokens,
        },
        pieces=pieces,
        echo=choice.message,
    )


def go_on(client, model, before, results):
    told = [{"role": "tool", "tool_call_id": id, "content": text} for id, text in zip(before.ids, results, strict=True)]
    asked = arguments(model, True)
    asked["messages"] += [before.echo.to_dict(), *told]
    return read(client.chat.completions.create(**asked))


def failure(error):
    if not isinstance(error, openai.APIError):
        raise error
    told = error.body["message"] if isinstance(error.body, dict) and "message" in error.body else error.message
    response = getattr(error, "response", None)
    return Failure(
        type(error).__name__, getattr(error, "status_code", None), told, dict(response.headers) if response else {}
    )


def models(client):
    return [model.id for model in client.models.list()]
