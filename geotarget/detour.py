"""How long it takes to a place, and how many minutes more a trip takes by way of it: a simple model.

Roads are 1.3 times as long as the crow flies (Ballou et al. 2002 measured 1.2 to 1.5 in Europe). The first
kilometre is driven at 25 km/h, the next four at 40, the next fifteen at 60, all beyond at 90. A car that
has to turn needs a minute and a half for that. Without a course it is there and back.
"""

import math

import numpy as np

from geotarget.distance import Floats

WINDING = 1.3
TURN_S = 90.0
_LEGS = ((1_000.0, 25 / 3.6), (4_000.0, 40 / 3.6), (15_000.0, 60 / 3.6))
_BEYOND_MPS = 90 / 3.6
_FARTHEST_M = 50_000_000.0


def travel_s(distance_m: float) -> float:
    """How long it takes to drive somewhere that lies so far as the crow flies."""
    left_m, took_s = distance_m * WINDING, 0.0
    for leg_m, speed_mps in _LEGS:
        part_m = min(left_m, leg_m)
        took_s += part_m / speed_mps
        left_m -= part_m
    return took_s + left_m / _BEYOND_MPS


def detour_s(along_m: float, right_m: float) -> float:
    """How much longer a trip along a course takes by way of a place; never less than nothing.

    A place ahead costs the way there, and from there back to the course, less what is driven anyway; one that
    is not ahead the way there and back, and a turn.
    """
    there_s = travel_s(math.hypot(along_m, right_m))
    if along_m <= 0:
        return 2 * there_s + TURN_S
    return max(0.0, there_s + travel_s(abs(right_m)) - travel_s(along_m))


def detours_s(along_m: Floats, right_m: Floats) -> Floats:
    """:func:`detour_s` of many places at once."""
    there_s, back_s = travels_s(np.hypot(along_m, right_m)), travels_s(np.abs(right_m))
    ahead_s = np.maximum(0.0, there_s + back_s - travels_s(np.maximum(along_m, 0.0)))
    found: Floats = np.where(along_m <= 0, 2 * there_s + TURN_S, ahead_s)
    return found


def travels_s(distances_m: Floats) -> Floats:
    """:func:`travel_s` of many distances at once."""
    found: Floats = np.interp(distances_m * WINDING, _CORNERS_M, _CORNERS_S)
    return found


_CORNERS_M = np.array([0.0, 1_000.0, 5_000.0, 20_000.0, _FARTHEST_M * WINDING])
_CORNERS_S = np.array([travel_s(corner_m / WINDING) for corner_m in _CORNERS_M.tolist()])
