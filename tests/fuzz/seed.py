"""Makes the fuzzer's first corpus of tests/cases: each case some times, meant for other faces and providers."""

import pathlib

HERE = pathlib.Path(__file__).parent
CASES = HERE.parent / "cases"
TARGETS = {"requests": "requests", "responses": "responses", "streams": "streams", "frames": "streams"}
TIMES = 8

for target, sort in TARGETS.items():
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    files = sorted(path for path in (CASES / sort).rglob("*") if path.is_file())
    for number, path in enumerate(files):
        text = path.read_bytes()
        for time in range(TIMES):
            # Which face, provider or framing; where the bytes are cut.
            which, cut = (number + 31 * time) % 256, len(text) * time // TIMES % 65536
            (folder / f"{path.parent.name}_{path.name}_{time}").write_bytes(bytes([which, cut >> 8, cut & 255]) + text)
    print(f"{target}: {len(files) * TIMES} seeds")
