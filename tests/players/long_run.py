"""Players read a channel for long: ``python -m tests.players.long_run --seconds 900 --kill-at 450``.

Counts stalls, holes, errors and the drift of the sound against the picture; on the way it may ``kill -9``
every web process, or start the whole product again. Tells what it found in JSON; the exit code is 1
where the bounds were broken.
"""

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import av

from tests.players.film import BEEP_AT_S
from tests.players.product import Product, running
from tests.players.reading import Reading, read_all
from tests.players.test_ffmpeg import USUAL as USUAL_FFMPEG
from tests.players.test_gstreamer import ROUNDED_NS, jumps_in, shown_in
from tests.players.test_gstreamer import USUAL as USUAL_GSTREAMER

PAGES = ("hls_js", "shaka")
PLAYERS = (*PAGES, "ffmpeg", "gstreamer")
DRIFT_MS = 40
STALL_MS = 250
HOLE_MS = 300
START_S = 15
WHITE = 225
_BESIDE_MS = 960


@dataclass(frozen=True)
class Found:
    """What one player met.

    Args:
        stalls: (ms since 1970, length in ms) of each standstill longer than ``STALL_MS``.
        holes: (playing date, length in ms) of each silence longer than ``HOLE_MS``.
        drift_ms: of the sound against the picture, from the first fifth to the last; None if not measured.
        fatal: what it died of; ``errors`` is all that it complained of.
        gaps: jumps in the timestamps that it was given.
    """

    played_s: float
    stalls: tuple[tuple[float, float], ...] = ()
    holes: tuple[tuple[float, float], ...] = ()
    drift_ms: float | None = None
    fatal: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    gaps: int = 0

    def breaches(self, asked_s: float) -> list[str]:
        """What of this is out of bounds for a reading of ``asked_s``."""
        checks = {
            "played too little": self.played_s < asked_s - START_S,
            "stalled": bool(self.stalls),
            "was silent": bool(self.holes),
            "drifted": self.drift_ms is not None and abs(self.drift_ms) > DRIFT_MS,
            "died": bool(self.fatal),
            "jumped": self.gaps > 0,
        }
        return [what for what, broken in checks.items() if broken]


def run(
    product: Product, folder: Path, seconds: float, kill_at: float = 0, restart_at: float = 0
) -> dict[str, Found]:
    """Read for ``seconds``; at the moments that are not 0 do what they say."""
    urls = {name: product.open("slate", product.stock.road_channel_id)["multivariant"] for name in PLAYERS}
    begun_s = time.monotonic()
    readings: list[Reading] = []
    reader = threading.Thread(target=lambda: readings.append(read_all(urls, folder, seconds, "marks")))
    reader.start()
    for at_s, deed in sorted(
        [(kill_at, product.kill_web), (restart_at, product.restart)], key=lambda d: d[0]
    ):
        if at_s:
            time.sleep(max(0.0, begun_s + at_s - time.monotonic()))
            deed()
    reader.join()
    return {name: judge(readings[0], name) for name in PLAYERS}


def judge(reading: Reading, name: str) -> Found:
    """What the player of that name left."""
    if name in PAGES:
        return _page(json.loads(reading.text(f"{name}.json")))
    return _ffmpeg(reading) if name == "ffmpeg" else _gstreamer(reading)


def _page(report: dict[str, Any]) -> Found:
    errors = (*report["errors"], *report["refused"])
    return Found(
        played_s=report["played_s"],
        stalls=tuple((at, ms) for at, ms in report["stills"] if ms > STALL_MS),
        holes=tuple((at, ms) for at, ms in report["silences"] if ms > HOLE_MS),
        drift_ms=_drift_ms(report["marks"]),
        fatal=tuple(one for one in report["errors"] if one.endswith("true") or "media error" in one),
        errors=errors,
    )


def _drift_ms(marks: dict[str, Any]) -> float | None:
    """How much later against its flash a beep comes at the end than at the start, by medians."""
    pictures = marks["pictures"]
    flashes = [at for (_, _, before), (at, _, luma) in pairwise(pictures) if luma > WHITE >= before]
    beeps = [at for at, _ in marks["beeps"]]
    apart = []
    for flash in flashes:
        nearest = min((beep - flash - BEEP_AT_S * 1000 for beep in beeps), key=abs, default=_BESIDE_MS)
        if abs(nearest) < _BESIDE_MS:
            apart.append(nearest)
    fifth = len(apart) // 5
    return median(apart[-fifth:]) - median(apart[:fifth]) if fifth else None


def _ffmpeg(reading: Reading) -> Found:
    said = tuple(one for one in reading.text("ffmpeg.err").splitlines() if not USUAL_FFMPEG.search(one))
    times: dict[str, list[float]] = {"audio": [], "video": []}
    with av.open(str(reading.folder / "ffmpeg.nut")) as container:
        for packet in container.demux():
            if packet.pts is not None:
                times[packet.stream.type].append(float(packet.pts * packet.time_base))
    steps = [after - before for one in times.values() for before, after in pairwise(one)]
    played_s = min((one[-1] - one[0] for one in times.values() if one), default=0.0)
    return Found(played_s, errors=said, gaps=sum(1 for step in steps if not 0 < step < 0.05))


def _gstreamer(reading: Reading) -> Found:
    lines = reading.text("gstreamer.err").splitlines()
    said = tuple(one for one in lines if one and not USUAL_GSTREAMER.search(one))
    told = reading.text("gstreamer.out")
    came = [at for at, _ in shown_in(told, "heard")]
    jumps = [delta for delta in jumps_in(told) if abs(delta) > ROUNDED_NS]
    fatal = tuple(one for one in told.splitlines() if one.startswith("ERROR"))
    return Found(max(came, default=0.0) - min(came, default=0.0), fatal=fatal, errors=said, gaps=len(jumps))


def main(arguments: Sequence[str]) -> int:
    """Start the product, let them read, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("LONG_RUN_SECONDS", "900")))
    parser.add_argument("--kill-at", type=float, default=0, help="kill -9 the web processes after so long")
    parser.add_argument("--restart-at", type=float, default=0, help="start the product again after so long")
    wish = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="long-run-") as name, running(Path(name)) as product:
        folder = Path(name, "read")
        folder.mkdir()
        found = run(product, folder, wish.seconds, wish.kill_at, wish.restart_at)
    breaches = {player: one.breaches(wish.seconds) for player, one in found.items()}
    told = {player: asdict(one) | {"breaches": breaches[player]} for player, one in found.items()}
    print(json.dumps(told, indent=1))
    return int(any(breaches.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
