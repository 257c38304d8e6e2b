"""The dash in Chromium, with hls.js: how soon the picture is gone and back, and what the sound loses by it.

``python benchmarks/dash.py``. The whole service plays a programme with a beep on each grid position to a
dash; its car drives off and parks, again and again. By the page's own clock: from the moment at which the
word to withhold the picture reaches the page until the screen has been painted without it; and from the word
that permits it until its first frame is shown. The sound is listened to sample by sample: for beeps that are
not where they belong, and for silences.
"""

import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.players.product import Product, running
from tests.players.riding import Heard, Switch, riding

DRIVES = 12
DRIVE_S = 3.0
GOALS_MS = {"picture gone after the push": 150, "picture back after the unlock": 3_000}


async def drive(product: Product) -> tuple[list[Switch], Heard]:
    """Drive off and park, so many times."""
    async with riding(product) as ride:
        began_s = await ride.now_s()
        switches = [await ride.drive(DRIVE_S) for _ in range(DRIVES)]
        return switches, await ride.heard(began_s)


def main() -> None:
    """Stock a service, drive, tell."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as product:
        switches, heard = asyncio.run(drive(product))
    for (name, goal_ms), values in zip(
        GOALS_MS.items(),
        ([one.gone_ms for one in switches], [one.back_ms for one in switches]),
        strict=True,
    ):
        p50, worst = statistics.median(values), max(values)
        print(f"{name:36}{p50:8.0f} ms p50 {worst:8.0f} ms at most ({len(values)}; goal {goal_ms:,} ms)")
    beeps, silences = len(heard.beeps), ", ".join(f"{ms:.0f} ms" for ms in heard.silences) or "none"
    print(f"{'sound lost or repeated':36}{heard.gap_ms:8.0f} ms at most, over {beeps} beeps (goal 0 ms)")
    print(f"{'silences of the sound':36}{silences:>8}")


if __name__ == "__main__":
    main()
