"""A detour by what a routing engine says of the ways that it is made of.

A trip by way of a place costs the way there, and from there on, less the way that is driven anyway: as the
model has it (:mod:`geotarget.detour`), with an engine's times in place of its own. The engine is told
cells of about a kilometre (:mod:`geotarget.coarsen`) for where the car is and for where it would be back on
its course, and the place itself, which is public. Nearer than two kilometres a cell says less than the model.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from geotarget.coarsen import cell, middle
from geotarget.course import offsets_m
from geotarget.detour import TURN_S
from geotarget.distance import DEGREE_M, earth_point

NEAREST_M = 2_000.0

Node = tuple[float, float]
"""Latitude and longitude of what is told: a cell's middle, or a place."""
Way = tuple[Node, Node]
Times = Mapping[Way, float | None]
"""How many seconds ways take; None where there is none."""


class Detour(NamedTuple):
    """A trip by way of a place.

    Args:
        here: the cell of the car.
        place: where it would go.
        onward: the cell where it would be back on its course; ``here`` where it has to turn, or has none.
        turns: whether it has to turn on its road.
    """

    here: Node
    place: Node
    onward: Node
    turns: bool = False

    @property
    def ways(self) -> tuple[Way, ...]:
        """What it is made of: there, from there on, and what is driven anyway."""
        there, back = (self.here, self.place), (self.place, self.onward)
        return (there, back) if self.onward == self.here else (there, back, (self.here, self.onward))

    def takes_s(self, times: Times) -> float | None:
        """How much longer it is; None where that is not known, or there is no way."""
        known = [times.get(way) for way in self.ways]
        there, back, *anyway = known
        if there is None or back is None or None in anyway:
            return None
        saved = sum(one for one in anyway if one is not None)
        return max(0.0, there + back - saved) + (TURN_S if self.turns else 0.0)


def detour_by(
    latitude: float, longitude: float, heading_deg: float | None, place: Node, distance_m: float
) -> Detour | None:
    """The detour of a car by way of a place, in what may be told of it; None where that is too near."""
    if distance_m < NEAREST_M:
        return None
    here = middle(cell(latitude, longitude))
    if heading_deg is None:
        return Detour(here, place, here)
    apart = np.array([earth_point(*place) - earth_point(latitude, longitude)])
    along, _ = offsets_m(latitude, longitude, heading_deg, apart)
    along_m = float(along[0])
    if along_m <= 0:
        return Detour(here, place, here, turns=True)
    turn = math.radians(heading_deg)
    up = latitude + along_m * math.cos(turn) / DEGREE_M
    right = longitude + along_m * math.sin(turn) / (DEGREE_M * max(0.01, math.cos(math.radians(latitude))))
    onward = middle(cell(max(-90.0, min(90.0, up)), (right + 180) % 360 - 180))
    return Detour(here, place, onward)


def table_of(ways: Sequence[Way]) -> tuple[list[Node], list[Node]]:
    """From where and where to a table of times goes that has all ways in it, each node once."""
    return list(dict.fromkeys(a for a, _ in ways)), list(dict.fromkeys(b for _, b in ways))
