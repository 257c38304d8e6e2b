"""``python -m benchmarks [NAME …]``: each benchmark in a process of its own, one after the other."""

import subprocess
import sys
import time
from pathlib import Path

NAMES = (
    "serving",
    "decision",
    "breaks",
    "places",
    "extracts",
    "fences",
    "ingest",
    "schedule",
    "feed",
    "start_over",
    "edge",
    "dash",
    "money",
)
"""In the order of the promises that they measure; docs/benchmarks.md says what was seen."""


def main(wanted: list[str]) -> int:
    """Run those named, or all; the exit code of the first that fails."""
    unknown = set(wanted) - set(NAMES)
    if unknown:
        print(f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}.")
        return 2
    folder = Path(__file__).parent
    for name in wanted or NAMES:
        print(f"== {name}", flush=True)
        began = time.perf_counter()
        ended = subprocess.run([sys.executable, folder / f"{name}.py"], cwd=folder.parent, check=False)
        if ended.returncode:
            return ended.returncode
        print(f"({time.perf_counter() - began:.0f} s)\n", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
