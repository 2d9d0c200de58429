"""Judges a wireloom with the SDKs of Anthropic and OpenAI: `judge.py path/to/wireloom`.

Each check runs with its SDK against upstreams of both dialects, and some against the built-in simulation.
"""

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import traceback

import anthropic
import openai

import mock

KEY = "the-gateways-key"
USER = [{"role": "user", "content": "What is in both files?"}]
SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}}
CALLS = [(name, input) for _, name, input in mock.CALLS]
ANTHROPIC_TOOLS = [{"name": name, "description": "A tool.", "input_schema": SCHEMA} for name in ("read", "list")]
OPENAI_TOOLS = [
    {"type": "function", "function": {"name": name, "description": "A tool.", "parameters": SCHEMA}}
    for name in ("read", "list")
]
STATUSES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    404: "NotFoundError",
    429: "RateLimitError",
    500: "InternalServerError",
}


@contextlib.contextmanager
def wireloom(binary, config=None):
    """A running wireloom's URL."""
    with tempfile.TemporaryDirectory() as home:
        command = [binary, "start", "--port", "0"]
        if config is not None:
            path = os.path.join(home, "config.json5")
            with open(path, "w") as file:
                json.dump(config, file)
            command += ["--config", path]
        environment = {"HOME": home, "PATH": os.environ.get("PATH", "")}
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        killer = threading.Timer(120, process.kill)
        killer.start()
        try:
            for line in process.stderr:
                found = re.search(r"wireloom listens on (http://\S+)", line)
                if found:
                    break
            else:
                raise AssertionError("wireloom does not start")
            # Nobody reads on, and the log must not fill the pipe.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield found.group(1)
        finally:
            killer.cancel()
            process.kill()
            process.wait()


class Context:
    """What a check needs: clients of both SDKs, the name of the model to ask for, and the upstream."""

    def __init__(self, url, provider, server):
        self.server = server
        self.provider = provider
        self.url = url
        self.anthropic = anthropic.Anthropic(base_url=url, api_key=KEY, max_retries=0, timeout=20)
        self.openai = openai.OpenAI(base_url=url + "/v1", api_key=KEY, max_retries=0, timeout=20)

    def model(self, name="model"):
        return f"{self.provider},{name}"

    def sent(self):
        return self.server.asked[-1]


def equal(one, other):
    assert one == other, f"{one!r} is not {other!r}"


def check_anthropic_content(context, message):
    equal([block.type for block in message.content], ["thinking", "text", "tool_use", "tool_use"])
    thinking, text, *calls = message.content
    equal((thinking.thinking, text.text), (mock.THOUGHT, mock.TEXT))
    # Only Claude signs its thoughts.
    equal(thinking.signature, "c2ln" if context.provider == "claude" else "")
    equal([(call.name, call.input) for call in calls], CALLS)
    equal([call.id for call in calls], ["call_a", "call_b"])
    equal(message.stop_reason, "tool_use")
    equal((message.role, message.type, message.model), ("assistant", "message", "mock"))
    usage = message.usage
    equal((usage.input_tokens, usage.cache_read_input_tokens, usage.output_tokens), (40, 60, 20))


def messages_create(context):
    client = context.anthropic.messages
    message = client.create(model=context.model(), max_tokens=500, messages=USER, tools=ANTHROPIC_TOOLS)
    check_anthropic_content(context, message)
    equal(context.sent()["model"], "model")
    equal(len(context.sent()["tools"]), 2)
    plain = client.create(model=context.model(), max_tokens=500, messages=USER)
    equal((plain.content[-1].text, plain.stop_reason), (mock.TEXT, "end_turn"))


def messages_stream(context):
    kinds, inputs = [], []
    arguments = dict(model=context.model(), max_tokens=500, messages=USER, tools=ANTHROPIC_TOOLS)
    with context.anthropic.messages.stream(**arguments) as stream:
        for event in stream:
            kinds.append(event.type)
            if event.type == "content_block_stop" and event.content_block.type == "tool_use":
                inputs.append(event.content_block.input)
        check_anthropic_content(context, stream.get_final_message())
    equal(inputs, [input for _, input in CALLS])
    equal((kinds[0], kinds[-1]), ("message_start", "message_stop"))
    equal((kinds.count("content_block_start"), kinds.count("content_block_stop")), (4, 4))
    assert kinds.count("text") > 1 and kinds.count("thinking") > 1, kinds


def messages_create_with_raw_stream(context):
    client = context.anthropic.messages
    events = list(client.create(model=context.model(), max_tokens=500, messages=USER, stream=True))
    equal((events[0].type, events[-1].type), ("message_start", "message_stop"))
    text = "".join(event.delta.text for event in events if getattr(getattr(event, "delta", None), "text", None))
    equal(text, mock.TEXT)


def messages_round_trip(context):
    client = context.anthropic.messages
    first = client.create(model=context.model(), max_tokens=500, messages=USER, tools=ANTHROPIC_TOOLS)
    calls = [block for block in first.content if block.type == "tool_use"]
    results = [{"type": "tool_result", "tool_use_id": call.id, "content": f"of {call.name}"} for call in calls]
    messages = USER + [{"role": "assistant", "content": first.content}, {"role": "user", "content": results}]
    client.create(model=context.model(), max_tokens=500, messages=messages, tools=ANTHROPIC_TOOLS, system="Be brief.")
    check_round_trip(context)


def messages_errors(context):
    for status, name in STATUSES.items():
        for stream in (False, True):
            with raises(getattr(anthropic, name)) as caught:
                model = context.model(str(status))
                context.anthropic.messages.create(model=model, max_tokens=5, messages=USER, stream=stream)
            error = caught.error
            equal((error.status_code, error.body["type"]), (status, "error"))
            equal(error.body["error"]["type"], mock.ERRORS[status])
            assert f"told with {status}" in error.body["error"]["message"], error.body
            equal(error.response.headers["retry-after"], "17")


def messages_errors_of_the_gateway(context):
    stranger = anthropic.Anthropic(base_url=context.url, api_key="wrong", max_retries=0)
    with raises(anthropic.AuthenticationError):
        stranger.messages.create(model=context.model(), max_tokens=5, messages=USER)
    bearer = anthropic.Anthropic(base_url=context.url, auth_token=KEY, api_key=None, max_retries=0)
    bearer.messages.create(model=context.model(), max_tokens=5, messages=USER)
    with raises(anthropic.NotFoundError):
        context.anthropic.post("/v1/nothing", cast_to=object, body={})
    with raises(anthropic.BadRequestError):
        context.anthropic.post("/v1/messages/count_tokens", cast_to=object, body={"messages": 5})


def messages_count_tokens(context):
    client = context.anthropic.messages
    plain = client.count_tokens(model=context.model(), messages=USER).input_tokens
    more = client.count_tokens(model=context.model(), messages=USER, tools=ANTHROPIC_TOOLS, system="x").input_tokens
    assert 5 < plain < more, (plain, more)


def anthropic_models_list(context):
    models = list(context.anthropic.models.list())
    equal([(model.id, model.display_name, model.type) for model in models], [(context.model(), "model", "model")])


def check_openai_message(message):
    equal((message.role, message.content), ("assistant", mock.TEXT))
    calls = [(call.function.name, json.loads(call.function.arguments)) for call in message.tool_calls]
    equal(calls, CALLS)
    equal([(call.id, call.type) for call in message.tool_calls], [("call_a", "function"), ("call_b", "function")])


def check_openai_usage(context, usage):
    equal((usage.prompt_tokens, usage.completion_tokens, usage.total_tokens), (100, 20, 120))
    equal(usage.prompt_tokens_details.cached_tokens, 60)
    if context.provider == "chat":
        equal(usage.completion_tokens_details.reasoning_tokens, 5)


def chat_create(context):
    client = context.openai.chat.completions
    answer = client.create(model=context.model(), messages=USER, tools=OPENAI_TOOLS)
    check_openai_message(answer.choices[0].message)
    equal(answer.choices[0].message.reasoning_content, mock.THOUGHT)
    equal((answer.object, answer.choices[0].finish_reason), ("chat.completion", "tool_calls"))
    assert answer.created > 1600000000, answer.created
    check_openai_usage(context, answer.usage)
    plain = client.create(model=context.model(), messages=USER)
    equal((plain.choices[0].message.tool_calls, plain.choices[0].finish_reason), (None, "stop"))


def chat_stream(context):
    arguments = dict(model=context.model(), messages=USER, tools=OPENAI_TOOLS)
    with context.openai.chat.completions.stream(**arguments, stream_options={"include_usage": True}) as stream:
        kinds = {event.type for event in stream}
        answer = stream.get_final_completion()
    assert {"chunk", "content.delta", "content.done", "tool_calls.function.arguments.done"} <= kinds, kinds
    check_openai_message(answer.choices[0].message)
    equal(answer.choices[0].finish_reason, "tool_calls")
    check_openai_usage(context, answer.usage)


def chat_create_with_raw_stream(context):
    client = context.openai.chat.completions
    for usage_wanted in (True, False):
        options = {"stream_options": {"include_usage": True}} if usage_wanted else {}
        chunks = list(client.create(model=context.model(), messages=USER, stream=True, **options))
        deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
        equal("".join(delta.content or "" for delta in deltas), mock.TEXT)
        equal("".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas), mock.THOUGHT)
        equal(len({chunk.id for chunk in chunks}), 1)
        usages = [chunk.usage for chunk in chunks if chunk.usage]
        equal(len(usages), int(usage_wanted))
        if usage_wanted:
            check_openai_usage(context, usages[0])


def chat_round_trip(context):
    client = context.openai.chat.completions
    first = client.create(model=context.model(), messages=USER, tools=OPENAI_TOOLS).choices[0].message
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": f"of {call.function.name}"} for call in first.tool_calls
    ]
    messages = [{"role": "system", "content": "Be brief."}, *USER, first.to_dict(), *results]
    client.create(model=context.model(), messages=messages, tools=OPENAI_TOOLS)
    check_round_trip(context)


def chat_errors(context):
    for status, name in STATUSES.items():
        for stream in (False, True):
            with raises(getattr(openai, name)) as caught:
                model = context.model(str(status))
                context.openai.chat.completions.create(model=model, messages=USER, stream=stream)
            error = caught.error
            equal(error.status_code, status)
            assert f"told with {status}" in error.body["message"], error.body
            if (context.provider, status) != ("claude", 500):
                equal(error.type, mock.ERRORS[status])
            equal(error.response.headers["retry-after"], "17")


def chat_errors_of_the_gateway(context):
    stranger = openai.OpenAI(base_url=context.url + "/v1", api_key="wrong", max_retries=0)
    with raises(openai.AuthenticationError):
        stranger.chat.completions.create(model=context.model(), messages=USER)
    with raises(openai.NotFoundError):
        context.openai.post("/nothing", cast_to=object, body={})


def openai_models_list(context):
    models = list(context.openai.models.list())
    equal([(model.id, model.object, model.owned_by) for model in models], [(context.model(), "model", context.provider)])


def check_round_trip(context):
    """Whatever the client speaks, the upstream gets the system prompt, both calls and both results."""
    sent = context.sent()
    if context.provider == "claude":
        equal(sent["system"], "Be brief.")
        user, assistant, results = sent["messages"]
        calls = [block for block in assistant["content"] if block["type"] == "tool_use"]
        equal([(call["id"], call["name"], call["input"]) for call in calls], mock.CALLS)
        told = [(result["tool_use_id"], result["content"]) for result in results["content"]]
    else:
        system, user, assistant, *results = sent["messages"]
        equal(system["content"], "Be brief.")
        calls = [(call["id"], call["function"]) for call in assistant["tool_calls"]]
        told = [(id, call["name"], json.loads(call["arguments"])) for id, call in calls]
        equal(told, mock.CALLS)
        told = [(result["tool_call_id"], result["content"]) for result in results]
    equal(user["content"], USER[0]["content"])
    equal(told, [("call_a", "of read"), ("call_b", "of list")])


def simulation_messages(context):
    with context.anthropic.messages.stream(model="any", max_tokens=500, messages=USER) as stream:
        assert len(list(stream.text_stream)) > 1
        message = stream.get_final_message()
    assert USER[0]["content"] in message.content[-1].text, message.content
    equal(message.stop_reason, "end_turn")
    assert message.usage.output_tokens > 0
    use = [{"role": "user", "content": "Use the tool read."}]
    message = context.anthropic.messages.create(model="any", max_tokens=500, messages=use, tools=ANTHROPIC_TOOLS)
    equal((message.content[-1].type, message.content[-1].name), ("tool_use", "read"))


def simulation_chat(context):
    client = context.openai.chat.completions
    answer = client.create(model="any", messages=USER)
    assert USER[0]["content"] in answer.choices[0].message.content, answer
    with client.stream(model="any", messages=[{"role": "user", "content": "Use read."}], tools=OPENAI_TOOLS) as stream:
        for _ in stream:
            pass
        call = stream.get_final_completion().choices[0].message.tool_calls[0].function
    equal(call.name, "read")
    assert isinstance(json.loads(call.arguments), dict)


def simulation_models(context):
    equal([model.id for model in context.openai.models.list()], ["demo,simulation"])
    equal([model.id for model in context.anthropic.models.list()], ["demo,simulation"])


class raises:
    """Requires an error of exactly this class."""

    def __init__(self, wanted):
        self.wanted = wanted

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        assert kind is not None, f"no {self.wanted.__name__}"
        self.error = error
        # Anything else goes on as it is.
        return issubclass(kind, self.wanted)


CHECKS = [
    messages_create,
    messages_stream,
    messages_create_with_raw_stream,
    messages_round_trip,
    messages_errors,
    messages_errors_of_the_gateway,
    messages_count_tokens,
    anthropic_models_list,
    chat_create,
    chat_stream,
    chat_create_with_raw_stream,
    chat_round_trip,
    chat_errors,
    chat_errors_of_the_gateway,
    openai_models_list,
]
SIMULATION_CHECKS = [simulation_messages, simulation_chat, simulation_models]


def judge(context, checks, failed):
    for check in checks:
        name = f"{check.__name__} ({context.provider})"
        try:
            check(context)
            print(f"ok     {name}", flush=True)
        except Exception:
            failed.append(name)
            print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)


def main(binary):
    for name in [name for name in os.environ if name.startswith(("ANTHROPIC_", "OPENAI_")) or "proxy" in name.lower()]:
        del os.environ[name]
    failed = []
    for provider, path, spec in (("chat", "/v1/chat/completions", None), ("claude", "/v1/messages", "anthropic")):
        server = mock.start()
        own = {"name": provider, "api_base_url": server.url + path, "api_key": "upstream", "models": ["model"]}
        if spec:
            own["transformer"] = {"use": [spec]}
        with wireloom(binary, {"APIKEY": KEY, "Providers": [own]}) as url:
            judge(Context(url, provider, server), CHECKS, failed)
    with wireloom(binary) as url:
        judge(Context(url, "demo", None), SIMULATION_CHECKS, failed)
    count = 2 * len(CHECKS) + len(SIMULATION_CHECKS)
    print(f"{count - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
