"""Judges what a wireloom sends: `judge_requests.py path/to/wireloom path/to/cases face…`.

Each case is sent to its face, for the provider of each other protocol; what then arrives upstream is held against what
the vendor publishes. Where both speak one protocol, bytes pass through: they are the client's own.
"""

import json
import pathlib
import sys
import urllib.error
import urllib.request

import schemas
import stage
from upstream import PROTOCOLS

# A body that must be accepted, and what makes of it one that must be refused: if it is not so, the judge is wrong.
SAID = {"role": "user", "content": "Hello"}
CONTROLS = {
    "anthropic": (
        {"model": "model", "max_tokens": 5, "messages": [SAID]},
        [
            {"unknown": 1},
            {"max_tokens": "5"},
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hello", "unknown": 1}]}]},
            {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": "a b", "name": "n", "input": {}}]}]},
        ],
    ),
    "openai-chat": (
        {"model": "model", "messages": [SAID]},
        [{"unknown": 1}, {"temperature": 5}, {"messages": [{"role": "assistant", "reasoning_content": "Hm"}]}],
    ),
    "openai-responses": (
        {"model": "model", "input": [SAID]},
        [{"unknown": 1}, {"temperature": 5}, {"input": [{"type": "function_call", "call_id": "a"}]}],
    ),
    "gemini": (
        {"contents": [{"role": "user", "parts": [{"text": "Hello"}]}]},
        [{"unknown": 1}, {"contents": [{"parts": [{"words": "Hello"}]}]}, {"generationConfig": {"temperature": "warm"}}],
    ),
}
# Folders that are not named by their face.
FACES = {"claude-code": "anthropic"}


def cases(folder):
    """The path, the face and the body of each case."""
    for file in sorted([*folder.glob("requests/*/*.json"), *folder.glob("claude-code/*.json")]):
        body = json.loads(file.read_text())
        yield f"{file.parent.name}/{file.name}", FACES.get(file.parent.name, file.parent.name), body.get("body", body)


def post(url, face, body, model):
    path, _ = stage.FACES[face]
    if "{model}" not in path:
        body = {**body, "model": model}
    headers = {"content-type": "application/json", "authorization": f"Bearer {stage.KEY}"}
    request = urllib.request.Request(url + path.replace("{model}", model), json.dumps(body).encode(), headers)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read().decode(errors='replace')}"
    return None


def main(binary, folder, wanted):
    stage.without_environment()
    passed, failed, found = 0, 0, {}
    with stage.stage(binary, own=True) as running:
        stage.require(running, wanted)
        judges = {protocol: schemas.Judge(protocol) for protocol in PROTOCOLS}
        for protocol, (good, changes) in CONTROLS.items():
            assert not judges[protocol].refusals(good), f"{protocol}: a good request is refused"
            for change in changes:
                assert judges[protocol].refusals({**good, **change}), f"{protocol}: {change} is accepted"
        for name, face, body in cases(folder):
            if face not in PROTOCOLS:
                raise AssertionError(f"{name}: no such face")
            if face not in running.faces:
                continue
            for provider in running.providers:
                if provider == face:
                    continue
                refused = post(running.url, face, body, f"{provider},model")
                if refused:
                    refusals = [f"the gateway: {refused}"]
                else:
                    refusals = judges[provider].refusals(running.server.asked[-1].body)
                for refusal in refusals:
                    found.setdefault(f"{provider}: {refusal}", []).append(name)
                passed, failed = (passed, failed + 1) if refusals else (passed + 1, failed)
    for refusal, names in sorted(found.items()):
        print(f"FAILED {refusal}\n    {', '.join(names)}")
    print(f"{len(running.missing())} rows skipped")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]))
