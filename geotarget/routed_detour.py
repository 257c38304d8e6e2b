"""A detour by what a routing engine says of the ways that it is made of.

A trip by way of a place costs the way there, and from there on, less the way that is driven anyway: as the
model has it (:mod:`geotarget.detour`), with an engine's times in place of its own. The engine is told
cells of about a kilometre (:mod:`geotarget.coarsen`) for where the car is and for where it would be back on
its course, and the place itself, which is public. Nearer than two kilometres a cell says less than the model.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from geotarget.coarsen import cell, middle
from geotarget.detour import TURN_S
from geotarget.distance import DEGREE_M

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


def detours_by(
    latitude: float,
    longitude: float,
    heading_deg: float | None,
    places: Iterable[tuple[Node, float]],
) -> list[Detour | None]:
    """The detours of a car by way of places at some distance, in what may be told; None where one is near."""
    here = middle(cell(latitude, longitude))
    return [
        _by(here, latitude, longitude, heading_deg, place) if distance_m >= NEAREST_M else None
        for place, distance_m in places
    ]


def _by(here: Node, latitude: float, longitude: float, heading_deg: float | None, place: Node) -> Detour:
    if heading_deg is None:
        return Detour(here, place, here)
    turn, east_m = math.radians(heading_deg), DEGREE_M * max(0.01, math.cos(math.radians(latitude)))
    apart_deg = (place[1] - longitude + 180) % 360 - 180
    along_m = (place[0] - latitude) * DEGREE_M * math.cos(turn) + apart_deg * east_m * math.sin(turn)
    if along_m <= 0:
        return Detour(here, place, here, turns=True)
    up = latitude + along_m * math.cos(turn) / DEGREE_M
    right = longitude + along_m * math.sin(turn) / east_m
    onward = middle(cell(max(-90.0, min(90.0, up)), (right + 180) % 360 - 180))
    return Detour(here, place, onward)


def table_of(ways: Sequence[Way]) -> tuple[list[Node], list[Node]]:
    """From where and where to a table of times goes that has all ways in it, each node once."""
    return list(dict.fromkeys(a for a, _ in ways)), list(dict.fromkeys(b for _, b in ways))
