"""How often the same car comes back: the opportunities of one car within a square and a time, in the mean.

Of that a frequency cap lets only the first be used. It is kept for the whole of an installation, for a few
sizes of squares and lengths of time: how many opportunities there were in a week, and in how many different
(car, square, time) they were, which a sketch (HyperLogLog) of keyed hashes estimates. No car and no place can
be read from it.
"""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import msgspec

from geotarget.coarsen import middle
from kernel.sealing import Sealer

WEEK_MS = 7 * 86_400_000
SIDES_KM = (2, 8, 32, 128, 512)
"""Of the squares."""
TIMES_S = (3_600, 86_400, 7 * 86_400)
KEPT_WEEKS = 5
"""Four whole ones, and that which goes on."""
_KM_PER_DEGREE = 111.32


class Scale(msgspec.Struct, frozen=True, order=True):
    """Within what it is counted how often a car comes back; cards and spots apart, as caps do."""

    card: bool
    side_km: int
    time_s: int


class Visit(msgspec.Struct, frozen=True, gc=False):
    """An opportunity of a car whose place is known, until it is made into marks; lives in memory only."""

    subject: str
    cell: str
    at_ms: int
    card: bool


class Came(msgspec.Struct, frozen=True):
    """How many opportunities there were in a week, and in how many different (car, square, time)."""

    seen: int
    different: int


def week_of(at_ms: int) -> int:
    """Counted since 1970, from Thursday 00:00 UTC on."""
    return at_ms // WEEK_MS


def marking_key(sealer: Sealer) -> bytes:
    """By which marks are made: the same in every process, and known to nobody else."""
    return hashlib.blake2b(sealer.seal("returning", b"marks").encode(), digest_size=32).digest()


def marks_of(visit: Visit, key: bytes) -> Iterator[tuple[Scale, bytes]]:
    """What a visit leaves in each sketch: a keyed hash of the car, the square and the time together."""
    times = [str(visit.at_ms // (time_s * 1000)) for time_s in TIMES_S]
    scales = iter(_SCALES[visit.card])
    for square in _squares(visit.cell):
        for time in times:
            told = f"{visit.subject}\0{square}\0{time}".encode()
            yield next(scales), hashlib.blake2b(told, digest_size=8, key=key).digest()


_SCALES = {card: [Scale(card, km, s) for km in SIDES_KM for s in TIMES_S] for card in (False, True)}


@lru_cache(maxsize=10_000)
def _squares(cell: str) -> tuple[str, ...]:
    """Of each size the one that the middle of a cell lies in."""
    latitude, longitude = middle(cell)
    found = []
    for side_km in SIDES_KM:
        row = math.floor(latitude * _KM_PER_DEGREE / side_km)
        wide = _KM_PER_DEGREE * math.cos(math.radians(min(89.0, abs(row * side_km / _KM_PER_DEGREE))))
        found.append(f"{row},{math.floor(longitude * wide / side_km)}")
    return tuple(found)


class Returns(msgspec.Struct, frozen=True):
    """How many opportunities one car has in the mean, by scale; empty where nothing is known."""

    means: dict[Scale, float] = {}

    @classmethod
    def of(cls, weeks: Mapping[int, Mapping[Scale, Came]], this_week: int) -> "Returns":
        """From whole weeks, or from that which goes on where there is no other."""
        whole = [scales for week, scales in weeks.items() if week < this_week] or list(weeks.values())
        found = {}
        for scale in {scale for scales in whole for scale in scales}:
            came = [scales[scale] for scales in whole if scale in scales]
            different = sum(one.different for one in came)
            if different:
                found[scale] = max(1.0, sum(one.seen for one in came) / different)
        return cls(found)

    def often(self, *, card: bool, side_km: float, time_s: float) -> float | None:
        """How many opportunities one car has within a square and a time; None where that is not known.

        Between scales it is taken along straight lines of logarithms; beyond the longest time it goes on as
        it did, and never faster than time; less than the least square and the shortest time are as those.
        """
        by_time = []
        for known_s in TIMES_S:
            means = [self.means.get(Scale(card, side, known_s)) for side in SIDES_KM]
            told = [
                (math.log(side), math.log(mean)) for side, mean in zip(SIDES_KM, means, strict=True) if mean
            ]
            if not told:
                return None
            by_time.append((math.log(known_s), _between(told, math.log(max(1e-3, side_km)))))
        at = math.log(max(1.0, time_s))
        if at <= by_time[-1][0]:
            return math.exp(_between(by_time, at))
        (before, lower), (last, upper) = by_time[-2:]
        slope = min(1.0, max(0.0, (upper - lower) / (last - before)))
        return math.exp(upper + slope * (at - last))


def _between(points: Sequence[tuple[float, float]], at: float) -> float:
    """Along straight lines between points; beyond them as at the nearest."""
    if at <= points[0][0]:
        return points[0][1]
    for (left, low), (right, high) in pairwise(points):
        if at <= right:
            return low + (high - low) * (at - left) / (right - left)
    return points[-1][1]


def kept_share(count: int, often: float) -> float:
    """Which share of opportunities is among the first ``count`` of its car; one has ``often`` in the mean.

    How many a car has is taken as geometrically distributed: many have few, and few have many.
    """
    again = 1 - 1 / max(1.0, often)
    return float(1 - again**count)
