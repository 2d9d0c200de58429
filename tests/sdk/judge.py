"""Judges a wireloom with the vendors' SDKs for Python: `judge.py path/to/wireloom face…`.

Each SDK runs against each upstream. The faces and upstreams that are named must not be skipped.
"""

import sys
import traceback

import matrix
import special
import stage
from faces import anthropic_messages, gemini, openai_chat, openai_responses

ROWS = [anthropic_messages, openai_chat, openai_responses, gemini]


class Tally:
    """Runs checks, and counts them."""

    def __init__(self):
        self.passed, self.failed = 0, 0

    def run(self, check, pair, name):
        try:
            check(pair)
            self.passed += 1
            print(f"ok     {name}", flush=True)
        except Exception:
            self.failed += 1
            print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)


def main(binary, wanted):
    stage.without_environment()
    tally = Tally()
    with stage.stage(binary) as running:
        stage.require(running, wanted)
        for row in ROWS:
            client = row.client(running.server.url, "upstream")
            pair = matrix.Pair(row, client, running.server, row.FACE, is_direct=True)
            for check in matrix.CONTROLS:
                tally.run(check, pair, f"{row.FACE} with no gateway: {check.__name__}")
        for row in [row for row in ROWS if row.FACE in running.faces]:
            client = row.client(running.url, stage.KEY)
            for provider in running.providers:
                pair = matrix.Pair(row, client, running.server, provider)
                for check in matrix.CHECKS:
                    tally.run(check, pair, f"{row.FACE} to {provider}: {check.__name__}")
            for check in special.CHECKS.get(row.FACE, []) + special.ALL:
                tally.run(check, special.Context(running, row, client), f"{row.FACE}: {check.__name__}")
    with stage.wireloom(binary) as url:
        for row in ROWS:
            if row.FACE in running.faces:
                pair = matrix.Pair(row, row.client(url, "any"), None, "demo")
                tally.run(special.simulation, pair, f"{row.FACE} to the simulation")
    print(f"{len(running.missing())} rows skipped")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
