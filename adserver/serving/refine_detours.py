"""Detours by a routing engine, where one is configured, in place of the model's."""

from dataclasses import dataclass

import msgspec

from adserver.ports import DetourTimes
from adserver.serving.avail import Avail
from adserver.serving.demand import Candidate
from geotarget.coarsen import coarse_s


@dataclass(frozen=True, slots=True)
class RefineDetours:
    """Costs no wait: what the engine has not said yet stays as the model has it."""

    times: DetourTimes

    def __call__(self, avail: Avail, candidates: list[Candidate]) -> list[Candidate]:
        """The same candidates, in their order."""
        here = avail.location
        if here is None:
            return candidates
        placed = [(n, one) for n, one in enumerate(candidates) if one.place is not None]
        if not placed:
            return candidates
        places = [
            ((one.place.latitude, one.place.longitude), one.distance_m) for _, one in placed if one.place
        ]
        heading_deg = avail.course.heading_deg if avail.course else None
        found = self.times(here.latitude, here.longitude, heading_deg, places)
        refined = candidates.copy()
        for (n, one), detour_s in zip(placed, found, strict=True):
            if detour_s is not None:
                refined[n] = msgspec.structs.replace(one, detour_s=coarse_s(detour_s))
        return refined


def as_modelled(_avail: Avail, candidates: list[Candidate]) -> list[Candidate]:
    """No engine is configured."""
    return candidates
