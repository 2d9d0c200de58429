"""What is asked of each SDK with each upstream, and what it must read."""

from faces import SYSTEM, TOOLS
from upstream import told


class Pair:
    """An SDK's row, a client of it, and the upstream behind the gateway, or itself where there is no gateway."""

    def __init__(self, row, client, server, provider, is_direct=False):
        self.row, self.client, self.server, self.provider, self.is_direct = row, client, server, provider, is_direct

    def model(self, name="model"):
        return name if self.is_direct else f"{self.provider},{name}"

    def read(self, model, tools, stream):
        return (self.row.stream if stream else self.row.whole)(self.client, self.model(model), tools)


def equal(one, other, what=""):
    assert one == other, f"{what}: {one!r} is not {other!r}"


def check_read(pair, read, tools, stream, finish):
    equal((read.thought, read.text), (told.THOUGHT, told.TEXT), "thought and text")
    equal(read.calls, [(name, input) for _, name, input in told.CALLS] if tools else [], "calls")
    equal(read.finish, finish, "finish reason")
    check_ids(pair, read)
    usage = {key: count for key, count in told.USAGE.items() if key in read.usage}
    equal(read.usage, usage, "usage")
    assert not stream or read.pieces > 1, f"the stream has {read.pieces} pieces of text"


def check_ids(pair, read):
    if pair.row.FACE == "gemini" and None in read.ids:
        return
    assert all(read.ids) and len(set(read.ids)) == len(read.ids), read.ids
    # Gemini gives none, so that they are made. A signature may follow an id where nothing else keeps it for the client.
    if pair.provider != "gemini" and pair.row.FACE != "gemini":
        for id, (wanted, _, _) in zip(read.ids, told.CALLS):
            assert id.startswith(wanted), f"{id} is made of {wanted}"


def whole(pair):
    check_read(pair, pair.read("model", True, False), True, False, "tool_calls")


def plain(pair):
    check_read(pair, pair.read("model", False, False), False, False, "stop")
    heard = pair.server.asked[-1].heard()
    equal((heard["system"], heard["tools"]), (SYSTEM, []), "what the upstream hears")


def stream(pair):
    check_read(pair, pair.read("model", True, True), True, True, "tool_calls")
    heard = pair.server.asked[-1].heard()
    equal((heard["system"], heard["tools"]), (SYSTEM, list(TOOLS)), "what the upstream hears")


def plain_stream(pair):
    check_read(pair, pair.read("model", False, True), False, True, "stop")


def length(pair):
    for is_stream in (False, True):
        check_read(pair, pair.read("length", False, is_stream), False, is_stream, "length")


def round_trip(pair):
    """Whatever the client speaks, the upstream gets the instructions, both calls and both results."""
    results = ["of read", "of list"]
    for is_stream in (False, True):
        first = pair.read("model", True, is_stream)
        pair.row.go_on(pair.client, pair.model(), first, results)
        heard = pair.server.asked[-1].heard()
        equal((heard["system"], heard["tools"]), (SYSTEM, list(TOOLS)), "what the upstream hears")
        calls = [(call["name"], call["input"]) for call in heard["calls"]]
        equal(calls, [(name, input) for _, name, input in told.CALLS], "calls")
        equal([result["text"] for result in heard["results"]], results, "results")
        ids = [call["id"] for call in heard["calls"]]
        equal([result["id"] for result in heard["results"]], ids, "ids of the results")
        assert len(set(ids)) == 2, ids
        # Nobody gets a signature that another has made.
        signatures = {thought.get("signature") for thought in heard["thoughts"]} - {None}
        assert signatures <= {told.SIGNATURE}, signatures


def errors(pair):
    for status in told.STATUSES:
        for is_stream in (False, True):
            # A model of its own each time: the gateway leaves one alone that has asked for it.
            failed = failure(pair, f"{status}-{int(is_stream)}", is_stream)
            equal((failed.name, failed.status), (pair.row.NAMES[status], status), "error")
            assert told.message(status) in failed.message, failed
            equal(failed.headers.get("retry-after"), told.RETRY_AFTER, "retry-after")


def hidden_error(pair):
    """An overload behind status 200."""
    for is_stream in (False, True):
        failed = failure(pair, "hidden", is_stream)
        assert told.message(503) in failed.message, failed


def error_in_stream(pair):
    failed = failure(pair, "fails", True)
    assert told.MESSAGE_IN_STREAM in failed.message, failed


def cut_stream(pair):
    failure(pair, "cut", True)


def stopped_stream(pair):
    """A stream that ends in good order, but before the answer does."""
    failure(pair, "stops", True)


def failure(pair, model, is_stream):
    try:
        read = pair.read(model, False, is_stream)
    except Exception as error:
        # Where bytes pass through, so does the cut, and whatever the SDK raises for it tells it.
        ours = isinstance(error, (AssertionError, AttributeError, TypeError))
        if pair.provider == pair.row.FACE and model in ("cut", "stops") and not ours:
            return error
        return pair.row.failure(error)
    raise AssertionError(f"no error from the model `{model}`, but {read}")


CHECKS = [
    whole,
    plain,
    stream,
    plain_stream,
    length,
    round_trip,
    errors,
    hidden_error,
    error_in_stream,
    cut_stream,
    stopped_stream,
]
# What holds of the upstream itself, without a gateway between: if one of these fails, the judge is wrong.
CONTROLS = [whole, plain, stream, plain_stream, length, round_trip, errors]
