"""Which way a car goes, and what lies ahead of it, aside, behind, past, or across the road.

The Earth is flat here: all is about some kilometres. ``along`` is metres in the direction of travel, and
``right`` metres to the right of it; a place is at a distance of ``hypot(along, right)``.

- AHEAD is what lies within 60° of the direction of travel, or within 50 m.
- BEHIND is what lies within 60° of the opposite direction.
- ASIDE is the rest: a place there is reached by a turn.
- PAST is what lies in the rearward half and was nearer within the trail, by 30 m and more: it was driven by.
- OTHER_SIDE is what lies ahead beside a fast road (80 km/h and more) and surely across the oncoming traffic:
  20 m and more to that side of the course (and 2° more, which is how well that is known), 150 m at most.
"""

import math
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from geotarget.distance import DEGREE_M, Floats, earth_fixed

NEAR_M = 50.0
COSINE = 0.5
PAST_M = 30.0
FAST_MPS = 80 / 3.6
ACROSS_M, ACROSS_MOST_M, DOUBT = 20.0, 150.0, math.tan(math.radians(2))
STANDS_M, STANDS_MS = 25.0, 20_000
BACK_M = 40.0
LEFT_HAND = frozenset(
    [
        "AG", "AI", "AU", "BB", "BD", "BM", "BN", "BS", "BT", "BW", "CC", "CK", "CX", "CY", "DM", "FJ",
        "FK", "GB", "GD", "GG", "GY", "HK", "ID", "IE", "IM", "IN", "JE", "JM", "JP", "KE", "KI", "KN",
        "KY", "LC", "LK", "LS", "MO", "MS", "MT", "MU", "MV", "MW", "MY", "MZ", "NA", "NF", "NP", "NR",
        "NU", "NZ", "PG", "PK", "PN", "SB", "SC", "SG", "SH", "SR", "SZ", "TC", "TH", "TK", "TL", "TO",
        "TT", "TV", "TZ", "UG", "VC", "VG", "VI", "WS", "ZA", "ZM", "ZW",
    ]
)  # fmt: skip
"""Countries that drive on the left (ISO 3166-1)."""


class Side(IntEnum):
    """Where a place lies from a car that goes somewhere; those from ``OTHER_SIDE`` on are not "near"."""

    AHEAD = 0
    ASIDE = 1
    OTHER_SIDE = 2
    PAST = 3
    BEHIND = 4


class Fix(msgspec.Struct, frozen=True, gc=False):
    """Where a car was, and when. Lives in memory only."""

    latitude: float
    longitude: float
    at_ms: int


class Course(msgspec.Struct, frozen=True):
    """Which way a car goes. Lives in memory only.

    Args:
        heading_deg: of its travel, clockwise from north.
        speed_mps: along its trail; None where that is too short to tell.
        trail: where it was within the last minute or so, oldest first.
        keeps_left: whether it drives on the left.
    """

    heading_deg: float
    speed_mps: float | None = None
    trail: tuple[Fix, ...] = ()
    keeps_left: bool = False


def course_of(trail: Sequence[Fix], told_deg: float | None = None, market: str = "") -> Course | None:
    """The course of a car, if it can be told.

    None where it stands: within 25 m for 20 s and more. Else the heading that it tells; or else the bearing
    from the newest fix that is 40 m back, if there is one.

    Args:
        trail: its fixes, oldest first; the last is where it is now.
        told_deg: the heading that the vehicle itself told.
        market: the country whose side of the road it keeps to.
    """
    if not trail or _stands(trail):
        return None
    here = trail[-1]
    back = next((fix for fix in reversed(trail) if math.hypot(*_apart_m(fix, here)) >= BACK_M), None)
    if told_deg is None and back is None:
        return None
    speed_mps = None
    if back is not None and here.at_ms > back.at_ms:
        speed_mps = math.hypot(*_apart_m(back, here)) / (here.at_ms - back.at_ms) * 1000
    if told_deg is None and back is not None:
        east, north = _apart_m(back, here)
        told_deg = math.degrees(math.atan2(east, north))
    return Course((told_deg or 0.0) % 360, speed_mps, tuple(trail), market in LEFT_HAND)


def _stands(trail: Sequence[Fix]) -> bool:
    here = trail[-1]
    long_ago = [fix for fix in trail if here.at_ms - fix.at_ms >= STANDS_MS]
    if not long_ago:
        return False
    recent = trail[trail.index(long_ago[-1]) :]
    return all(math.hypot(*_apart_m(fix, here)) <= STANDS_M for fix in recent)


def _apart_m(a: Fix, b: Fix) -> tuple[float, float]:
    """How far ``b`` lies to the east and to the north of ``a``."""
    turn = (b.longitude - a.longitude + 180) % 360 - 180
    return turn * DEGREE_M * math.cos(math.radians(b.latitude)), (b.latitude - a.latitude) * DEGREE_M


def offsets_m(latitude: float, longitude: float, heading_deg: float, apart: Floats) -> tuple[Floats, Floats]:
    """How far points lie along a course and to its right.

    Args:
        latitude: of the car, in degrees.
        longitude: of the car, in degrees.
        heading_deg: its course.
        apart: earth-fixed coordinates of points less those of the car, shape (n, 3).
    """
    phi, lam, turn = math.radians(latitude), math.radians(longitude), math.radians(heading_deg)
    east = np.array([-math.sin(lam), math.cos(lam), 0.0])
    north = np.array([-math.sin(phi) * math.cos(lam), -math.sin(phi) * math.sin(lam), math.cos(phi)])
    onward = math.sin(turn) * east + math.cos(turn) * north
    rightward = math.cos(turn) * east - math.sin(turn) * north
    return apart @ onward, apart @ rightward


def sides(course: Course, along: Floats, right: Floats, points: Floats) -> NDArray[np.int8]:
    """The :class:`Side` of each point.

    Args:
        course: the car's.
        along: of the points, as :func:`offsets_m` tells.
        right: of the points, as it tells.
        points: their earth-fixed coordinates, shape (n, 3).
    """
    distances = np.hypot(along, right)
    found = np.full(len(along), Side.ASIDE, dtype=np.int8)
    found[along >= COSINE * distances] = Side.AHEAD
    found[along <= -COSINE * distances] = Side.BEHIND
    rearward = along < 0
    if course.trail and rearward.any():
        found[rearward & (_nearest_m(course.trail, points) <= distances - PAST_M)] = Side.PAST
    if course.speed_mps is not None and course.speed_mps >= FAST_MPS:
        across = right if course.keeps_left else -right
        surely = (across >= ACROSS_M + DOUBT * along) & (across <= ACROSS_MOST_M)
        found[surely & (along >= 0)] = Side.OTHER_SIDE
    found[distances <= NEAR_M] = Side.AHEAD
    return found


def _nearest_m(trail: Sequence[Fix], points: Floats) -> Floats:
    """How near the car came to each point."""
    fixes: Any = earth_fixed([fix.latitude for fix in trail], [fix.longitude for fix in trail])
    apart = points[:, None, :] - fixes[None, :, :]
    nearest: Floats = np.sqrt(np.einsum("ijk,ijk->ij", apart, apart)).min(axis=1)
    return nearest
