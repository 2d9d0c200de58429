"""The SDK of Google."""

from google import genai
from google.genai import errors, types

from . import QUESTION, SCHEMA, SYSTEM, TOOLS, Failure, Read

FACE = "gemini"
# The SDK has two classes for all of them.
NAMES = {400: "ClientError", 401: "ClientError", 403: "ClientError", 404: "ClientError", 429: "ClientError"} | {
    500: "ServerError",
    503: "ServerError",
}
TOLD = [
    types.Tool(
        function_declarations=[
            types.FunctionDeclaration(name=name, description="A tool.", parameters_json_schema=SCHEMA) for name in TOOLS
        ]
    )
]
FINISHES = {"STOP": "stop", "MAX_TOKENS": "length"}


def client(url, key):
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=url, api_version="v1beta", timeout=20000))


def config(tools):
    thinking = types.ThinkingConfig(include_thoughts=True)
    return types.GenerateContentConfig(
        system_instruction=SYSTEM,
        tools=TOLD if tools else None,
        thinking_config=thinking,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )


def question():
    return [types.Content(role="user", parts=[types.Part(text=QUESTION)])]


def whole(client, model, tools):
    return read([client.models.generate_content(model=model, contents=question(), config=config(tools))])


def stream(client, model, tools):
    slices = list(client.models.generate_content_stream(model=model, contents=question(), config=config(tools)))
    return read(slices)


def read(slices):
    parts = [part for each in slices if each.candidates for part in (each.candidates[0].content.parts or [])]
    words = [part.text for part in parts if part.text and not part.thought]
    made = [part.function_call for part in parts if part.function_call]
    [finish] = {each.candidates[0].finish_reason for each in slices if each.candidates} - {None}
    finish = FINISHES[finish.value]
    usage = next(each.usage_metadata for each in reversed(slices) if each.usage_metadata)
    thoughts = usage.thoughts_token_count
    return Read(
        text="".join(words),
        thought="".join(part.text for part in parts if part.text and part.thought),
        calls=[(call.name, call.args or {}) for call in made],
        ids=[call.id for call in made],
        # The protocol has no word for it.
        finish="tool_calls" if made and finish == "stop" else finish,
        usage={
            "input": usage.prompt_token_count,
            "cached": usage.cached_content_token_count,
            "output": usage.candidates_token_count + (thoughts or 0),
            "reasoning": thoughts,
        },
        pieces=len(words),
        echo=types.Content(role="model", parts=parts),
    )


def go_on(client, model, before, results):
    told = [
        types.Part(function_response=types.FunctionResponse(id=id, name=name, response={"output": text}))
        for id, (name, _), text in zip(before.ids, before.calls, results, strict=True)
    ]
    contents = [*question(), before.echo, types.Content(role="user", parts=told)]
    return read([client.models.generate_content(model=model, contents=contents, config=config(True))])


def failure(error):
    if not isinstance(error, errors.APIError):
        raise error
    headers = getattr(error.response, "headers", None) or {}
    return Failure(type(error).__name__, error.code, error.message or "", dict(headers))


def count(client, model, tools):
    # The SDK sends tools to be counted to Vertex alone.
    contents = question() + question() if tools else question()
    return client.models.count_tokens(model=model, contents=contents).total_tokens


def models(client):
    return [model.name.removeprefix("models/") for model in client.models.list()]
