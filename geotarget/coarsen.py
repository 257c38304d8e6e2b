"""The only forms in which a location may be kept: a cell about 1 km wide, and coarse distances."""

import math

import numpy as np
from numpy.typing import NDArray

from geotarget.distance import Floats, chords_of
from geotarget.place import check_position

# A degree of longitude shrinks towards the poles; these steps (hundredths of a degree, divisors of a
# full turn) keep cells some 650 m wide or more, so that none near a pole tells more than one in Rennes.
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 6000, 36000)
_KM_PER_HUNDREDTH = 1.1132
_LEAST_KM = 0.65


def cell(latitude: float, longitude: float) -> str:
    """The cell that holds a point, named by its middle: ``48.11,-1.68``, never more than two decimals.

    Raises:
        Invalid: ``latitude-out-of-range`` or ``longitude-out-of-range``.
    """
    check_position(latitude, longitude)
    row = math.floor(latitude * 100 + 0.5)
    step = _step(row)
    column = math.floor(longitude * 100 / step + 0.5) * step
    if column >= 18000:
        column -= 36000
    if step == _STEPS[-1]:
        column = 0
    return f"{row / 100:.2f},{column / 100:.2f}"


def _step(row: int) -> int:
    """How many hundredths of a degree a cell is wide."""
    width_km = _KM_PER_HUNDREDTH * math.cos(math.radians(row / 100))
    return next((step for step in _STEPS if step * width_km >= _LEAST_KM), _STEPS[-1])


def middle(name: str) -> tuple[float, float]:
    """Latitude and longitude of the middle of a cell."""
    latitude, _, longitude = name.partition(",")
    return float(latitude), float(longitude)


def size_deg(latitude: float) -> tuple[float, float]:
    """How high and how wide a cell is whose middle is at ``latitude``, in degrees."""
    return 0.01, _step(round(latitude * 100)) / 100


DETOUR_STEP_S = 15
"""Detours, too, are told in steps, upwards, so that a limit of whole minutes holds as exactly as before."""


STEP_M = 50
"""Distances are told in steps of this, or of twice this."""
FARTHEST_M = 500_000
_NEAR_M = 1_000
COARSE_M = np.concatenate(
    [np.arange(0, _NEAR_M, STEP_M), np.arange(_NEAR_M, FARTHEST_M + 2 * STEP_M, 2 * STEP_M)]
).astype(np.float64)
"""What distances are told as, up to 500 km."""
_EDGES_M2 = chords_of((COARSE_M[1:] + COARSE_M[:-1]) / 2) ** 2


def coarse_steps(squares_m2: Floats) -> NDArray[np.intp]:
    """How far points are whose distances through the Earth have these squares: places in :data:`COARSE_M`."""
    return _EDGES_M2.searchsorted(squares_m2)


def coarse_s(detour_s: float) -> float:
    """A detour in steps of a quarter of a minute."""
    return math.ceil(detour_s / DETOUR_STEP_S) * float(DETOUR_STEP_S)


def coarse_all_s(detours_s: Floats) -> Floats:
    """:func:`coarse_s` of many at once."""
    return np.ceil(detours_s / DETOUR_STEP_S) * DETOUR_STEP_S


def coarse_m(distance_m: float) -> int:
    """A distance from the car as it may be told: in steps of 50 m up to 1 km, and of 100 m beyond.

    Two exact distances from known places would tell where the car is to the metre.
    """
    step_m = STEP_M if distance_m < 1_000 else 2 * STEP_M
    return round(distance_m / step_m) * step_m
