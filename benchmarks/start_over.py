"""Starting a programme over while it is on air: a poll of its list, the longer it has run.

Such a list has all that was shown so far, and is asked for again with each segment. ``python
benchmarks/start_over.py``.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from adserver.adapters.siv_sealer import SivSealer
from adserver.serving.avail import Card, ServedFill
from kernel.compression import GrowingGzip, gzipped
from kernel.signing import Signer
from media.house_format import SEGMENT_MS
from players.feed.head_unit import Mount, Technique, Zone
from players.playback import lease, playlist
from players.playback.break_plan import PlannedBreak
from players.playback.lease import Lease
from players.playback.play import Play, Reach
from players.playback.playlist import Extent
from players.playback.segment_key import Holder

POLLS = 40
FILM = 6_000
SPOT, STOPS = 8, (0, 300, 900, 1_500, 2_100, 2_700, 3_300)


def play() -> Play:
    """A film of three hours with two spots before it and every twenty minutes."""
    breaks = []
    for number, at in enumerate(STOPS):
        fills = tuple(
            ServedFill(f"{number}{n}", "li", "cr", f"ast_{n:022}", SPOT, "b", Card("", "", ""), 1, "EUR")
            for n in range(2)
        )
        breaks.append(PlannedBreak(f"b{number}", at + number * 2 * SPOT, 2 * SPOT, fills))
    return Play("itm", 1, f"ast_{0:022}", FILM, tuple(breaks), 0, 0)


def token(signer: Signer, now_ms: int) -> str:
    """As long as real ones, and another at each poll."""
    held = Lease(f"veh_{0:022}", Mount(Zone.PASSENGER), Technique.TWO_ELEMENT, now_ms)
    return lease.sign(signer, held)


def took_ms(work: Callable[[int], object]) -> float:
    """The median of the processor's time for some polls, each after one more segment was shown."""
    times = []
    for number in range(POLLS):
        began = time.process_time()
        work(number)
        times.append((time.process_time() - began) * 1000)
    return statistics.median(times)


def main() -> None:
    """Print what a poll costs after half an hour, ninety minutes and close to three hours."""
    signer, watched, holder = (
        Signer([b"k" * 32], SivSealer([b"k" * 32])),
        play(),
        Holder(f"veh_{0:022}", 1_780_000_000_000),
    )
    print("after      lines     first   each poll    in gzip    sound in gzip    bytes -> in gzip")
    for minutes in (30, 90, 170):
        shown = minutes * 60_000 // SEGMENT_MS - POLLS

        def body(number: int, shown: int = shown) -> bytes:
            held, key = watched.listed(Reach(shown + number, ended=False)), token(signer, number)
            return playlist.whole("v720", held, 0.0, key, signer, holder, Extent.GROWS)

        began = time.process_time()
        listed = body(0)
        first_ms = (time.process_time() - began) * 1000
        each_ms = took_ms(body)
        zipped_ms = took_ms(lambda number, body=body: gzipped(body(number), 1)) - each_ms
        growing = GrowingGzip(10_000_000)

        def sound(number: int, shown: int = shown, growing: GrowingGzip = growing) -> bytes:
            held = watched.listed(Reach(shown + number, ended=False))
            return growing("a", playlist.whole("a128", held, 0.0, "grant", signer, holder, Extent.GROWS), 1)

        sound(0)
        sound_ms = took_ms(sound)
        print(
            f"{minutes:3} min  {listed.count(b'EXTINF'):8,} {first_ms:6.1f} ms {each_ms:8.2f} ms"
            f" {zipped_ms:+8.2f} ms {sound_ms:14.2f} ms {len(listed):10,} -> {len(gzipped(listed, 1)):,}"
        )


if __name__ == "__main__":
    main()
