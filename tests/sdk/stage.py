"""What judges look at: a wireloom with a provider for each protocol, and their upstream.

`stage.py path/to/wireloom` tells it as a line of JSON, for judges in other languages, and ends with its input.
"""

import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request

import upstream
from upstream import told

# The keys of the gateway: the judges' own, of which it knows only the hash; the one that opens everything; and those that
# open no models, with the status that says so.
KEY = "the-judges-key"
MAIN = "the-gateways-key"
REFUSED = {"the-readers-key": 403, "the-key-of-yesterday": 401, "a-strangers-key": 401}
KEYS = [
    {"name": "judges", "hash": hashlib.sha256(KEY.encode()).hexdigest()},
    {"name": "reader", "key": "the-readers-key", "scopes": ["read"]},
    {"name": "yesterday", "key": "the-key-of-yesterday", "expires": "2020-01-01"},
]
# The faces: where requests go, what such a request is at the least.
HELLO = "Hello"
MESSAGES = {"messages": [{"role": "user", "content": HELLO}]}
FACES = {
    "anthropic": ("/v1/messages", {**MESSAGES, "model": "{model}", "max_tokens": 9}),
    "openai-chat": ("/v1/chat/completions", {**MESSAGES, "model": "{model}"}),
    "openai-responses": ("/v1/responses", {"model": "{model}", "input": HELLO}),
    "gemini": ("/v1beta/models/{model}:generateContent", {"contents": [{"role": "user", "parts": [{"text": HELLO}]}]}),
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
        killer = threading.Timer(300, process.kill)
        killer.start()
        log = []
        try:
            for line in process.stderr:
                log.append(line)
                found = re.search(r"wireloom listens on (http://\S+)", line)
                if found:
                    break
            else:
                raise AssertionError(f"wireloom does not start:\n{''.join(log)}")
            # Nobody reads on, and the log must not fill the pipe.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield found.group(1)
        finally:
            killer.cancel()
            process.kill()
            process.wait()


def spec_of(binary, names):
    """The first of these specs that the binary has."""
    for name in names:
        shown = subprocess.run([binary, "spec", "show", name], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if shown.returncode == 0:
            return name
    return None


def serves(url, face):
    """Whether a wireloom answers at a face's path."""
    path, body = FACES[face]
    fill = lambda text: text.replace("{model}", "anthropic,model")
    headers = {"content-type": "application/json", "authorization": f"Bearer {KEY}"}
    request = urllib.request.Request(url + fill(path), fill(json.dumps(body)).encode(), headers)
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20).close()
    except urllib.error.HTTPError as error:
        return error.code not in (404, 405)
    return True


class Stage:
    """A running wireloom, its upstream, and what the binary has of the rows in the judges' tables."""

    def __init__(self, url, server, providers, faces):
        self.url, self.server, self.providers, self.faces = url, server, providers, faces

    def missing(self):
        """The rows that are skipped: faces and upstreams."""
        return [f"face {face}" for face in FACES if face not in self.faces] + [
            f"upstream {name}" for name in upstream.PROTOCOLS if name not in self.providers
        ]

    def told(self):
        """All of it for judges in other languages."""
        return {
            "url": self.url,
            "upstream": self.server.url,
            "key": KEY,
            "main": MAIN,
            "refused": REFUSED,
            "providers": self.providers,
            "faces": self.faces,
            "missing": self.missing(),
            "facts": told.facts(),
        }


@contextlib.contextmanager
def stage(binary, own=False):
    """Each protocol's general provider; with `own`, the vendor's that the protocol is named by."""
    server = upstream.start()
    providers = []
    for name, protocol in upstream.PROTOCOLS.items():
        spec = spec_of(binary, protocol.OWN if own else protocol.SPECS)
        if spec:
            transformer = {"use": [spec]}
            at = {"api_base_url": server.url + protocol.URL, "api_key": "upstream", "models": ["model"]}
            providers.append({"name": name, **at, "transformer": transformer})
    with wireloom(binary, {"APIKEY": MAIN, "keys": KEYS, "Providers": providers}) as url:
        faces = [face for face in FACES if serves(url, face)]
        server.asked.clear()
        yield Stage(url, server, [provider["name"] for provider in providers], faces)


def require(running, wanted):
    """Names the rows that are skipped, and fails if one of them must not be."""
    for row in running.missing():
        print(f"skipped: {row}, which this wireloom does not have", flush=True)
    lost = [row for row in running.missing() if row.split()[1] in wanted]
    assert not lost, f"{lost} must not be skipped"


def without_environment():
    """Keeps the SDKs from what the environment says."""
    ours = ("ANTHROPIC_", "OPENAI_", "GOOGLE_", "GEMINI_")
    for name in [name for name in os.environ if name.startswith(ours) or "proxy" in name.lower()]:
        del os.environ[name]


if __name__ == "__main__":
    without_environment()
    with stage(sys.argv[1]) as running:
        print(json.dumps(running.told()), flush=True)
        sys.stdin.read()
