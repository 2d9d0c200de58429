"""What the judges ask of an SDK, and what they compare: one row a face."""

from dataclasses import dataclass, field

SYSTEM = "Be brief."
QUESTION = "What is in both files?"
SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}}
TOOLS = ("read", "list")


@dataclass
class Read:
    """What an SDK read: the same for all SDKs."""

    text: str
    thought: str
    # Name and input.
    calls: list
    ids: list
    # In the words of Chat Completions.
    finish: str
    # As in `told.USAGE`; what an SDK has no place for is missing.
    usage: dict
    # How many pieces of text a stream had.
    pieces: int = 1
    # What the SDK itself wants back in the next turn.
    echo: object = None


@dataclass
class Failure:
    """An error as an SDK raised it."""

    name: str
    status: int | None
    message: str
    headers: dict = field(default_factory=dict)
