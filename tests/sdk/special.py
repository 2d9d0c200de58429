"""What only one SDK has, and what needs no upstream."""

import anthropic
import openai

import stage
from upstream import told


class Context:
    """A running wireloom, and a row of the table with its client."""

    def __init__(self, running, row, client):
        self.running, self.row, self.client = running, row, client
        self.providers = running.providers


def equal(one, other):
    assert one == other, f"{one!r} is not {other!r}"


class raises:
    """Requires an error of this class."""

    def __init__(self, wanted):
        self.wanted = wanted

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        assert kind is not None, f"no {self.wanted.__name__}"
        # Anything else goes on as it is.
        return issubclass(kind, self.wanted)


def tokens_are_counted(context):
    count = context.row.count
    if count:
        plain, more = (count(context.client, f"{context.providers[0]},model", tools) for tools in (False, True))
        assert 5 < plain < more, (plain, more)


def models_are_listed(context):
    equal(context.row.models(context.client), [f"{name},model" for name in context.providers])


def main_key_opens_everything(context):
    main = context.row.client(context.running.url, stage.MAIN)
    equal(context.row.whole(main, f"{context.providers[0]},model", False).finish, "stop")


def other_keys_are_refused(context):
    for key, status in stage.REFUSED.items():
        stranger = context.row.client(context.running.url, key)
        for ask in (context.row.whole, context.row.stream):
            try:
                ask(stranger, f"{context.providers[0]},model", False)
            except Exception as error:
                failed = context.row.failure(error)
                equal((failed.name, failed.status), (context.row.NAMES[status], status))
            else:
                raise AssertionError(f"{key} is taken")


def unknown_model_is_refused(context):
    try:
        context.row.whole(context.client, "nobody,model", False)
    except Exception as error:
        failed = context.row.failure(error)
        equal((failed.name, failed.status), (context.row.NAMES[404], 404))
    else:
        raise AssertionError("an unknown provider is taken")


def messages_events(context):
    """The raw events, and those that the SDK's helper makes of them."""
    asked = dict(max_tokens=500, messages=[{"role": "user", "content": "Hello"}])
    for provider in context.providers:
        model = f"{provider},model"
        events = list(context.client.messages.create(model=model, stream=True, **asked))
        equal((events[0].type, events[-1].type), ("message_start", "message_stop"))
        text = "".join(event.delta.text for event in events if getattr(getattr(event, "delta", None), "text", None))
        equal(text, told.TEXT)
        with context.client.messages.stream(model=model, tools=context.row.TOLD, **asked) as stream:
            kinds = [event.type for event in stream]
        equal((kinds[0], kinds[-1]), ("message_start", "message_stop"))
        opened = kinds.count("content_block_start")
        equal(kinds.count("content_block_stop"), opened)
        # The signature of a call may have a block of its own.
        assert opened in (4, 5), kinds
        assert kinds.count("text") > 1 and kinds.count("thinking") > 1, kinds


def messages_signature(context):
    """Only Claude signs its thoughts."""
    for provider in context.providers:
        message = context.row.whole(context.client, f"{provider},model", False).echo
        [thinking] = [block for block in message.content if block.type == "thinking"]
        if provider == "anthropic":
            equal(thinking.signature, told.SIGNATURE)
        elif provider == "openai-chat":
            equal(thinking.signature, "")
        equal((message.role, message.type), ("assistant", "message"))


def messages_errors(context):
    """The type of the error in the body, which is the SDK's user's to look at."""
    for status, kind in {400: "invalid_request_error", 429: "rate_limit_error"}.items():
        for provider in context.providers:
            try:
                context.row.whole(context.client, f"{provider},{status}", False)
            except anthropic.APIStatusError as error:
                equal((error.body["type"], error.body["error"]["type"]), ("error", kind))


def messages_odd_requests(context):
    bearer = anthropic.Anthropic(base_url=context.running.url, auth_token=stage.KEY, api_key=None, max_retries=0)
    context.row.whole(bearer, f"{context.providers[0]},model", False)
    with raises(anthropic.NotFoundError):
        context.client.post("/v1/nothing", cast_to=object, body={})
    with raises(anthropic.BadRequestError):
        context.client.post("/v1/messages/count_tokens", cast_to=object, body={"messages": 5})


def messages_models(context):
    models = list(context.client.models.list())
    names = [(f"{name},model", "model", "model") for name in context.providers]
    equal([(model.id, model.display_name, model.type) for model in models], names)


def chat_chunks(context):
    """The raw chunks; usage comes only when it is wanted."""
    for provider in context.providers:
        for usage_wanted in (True, False):
            options = {"stream_options": {"include_usage": True}} if usage_wanted else {}
            asked = dict(model=f"{provider},model", messages=[{"role": "user", "content": "Hello"}], stream=True)
            chunks = list(context.client.chat.completions.create(**asked, **options))
            deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
            equal("".join(delta.content or "" for delta in deltas), told.TEXT)
            equal(len({chunk.id for chunk in chunks}), 1)
            assert all(chunk.created > 1600000000 for chunk in chunks), chunks
            equal(len([chunk.usage for chunk in chunks if chunk.usage]), int(usage_wanted))


def chat_errors(context):
    for status, kind in {400: "invalid_request_error", 429: "rate_limit_error"}.items():
        for provider in context.providers:
            try:
                context.row.whole(context.client, f"{provider},{status}", False)
            except openai.APIStatusError as error:
                equal(error.type, kind)


def chat_odd_requests(context):
    with raises(openai.NotFoundError):
        context.client.post("/nothing", cast_to=object, body={})


def chat_models(context):
    models = list(context.client.models.list())
    names = [(f"{name},model", "model", name) for name in context.providers]
    equal([(model.id, model.object, model.owned_by) for model in models], names)


def responses_events(context):
    """The raw events: numbered, and the last one whole."""
    for provider in context.providers:
        asked = dict(model=f"{provider},model", input="Hello", stream=True, tools=context.row.TOLD)
        events = list(context.client.responses.create(**asked))
        equal((events[0].type, events[-1].type), ("response.created", "response.completed"))
        numbers = [event.sequence_number for event in events]
        equal(numbers, sorted(set(numbers)))
        added = [event.item for event in events if event.type == "response.output_item.added"]
        done = [event.item for event in events if event.type == "response.output_item.done"]
        equal([item.id for item in added], [item.id for item in done])
        equal([item.to_dict() for item in done], [item.to_dict() for item in events[-1].response.output])


def simulation(pair):
    """Without any configuration."""
    for stream in (False, True):
        read = pair.read("simulation", True, stream)
        assert read.calls or read.text, read
        plain = pair.read("simulation", False, stream)
        equal(plain.finish, "stop")
        assert plain.usage["output"] > 0, plain
    equal(pair.row.models(pair.client), ["demo,simulation"])


CHECKS = {
    "anthropic": [messages_events, messages_signature, messages_errors, messages_odd_requests, messages_models],
    "openai-chat": [chat_chunks, chat_errors, chat_odd_requests, chat_models],
    "openai-responses": [responses_events],
}
ALL = [
    tokens_are_counted,
    models_are_listed,
    main_key_opens_everything,
    other_keys_are_refused,
    unknown_model_is_refused,
]
