"""Which head units a vehicle has."""

from collections.abc import Sequence
from dataclasses import dataclass

from kernel.errors import NotFound
from players.feed.head_unit import Enrolment
from players.ports import HeadUnits


@dataclass(frozen=True, slots=True)
class ListHeadUnits:
    """Read the head units of a vehicle."""

    units: HeadUnits

    def __call__(self, vehicle_id: str) -> Sequence[Enrolment]:
        """Those enrolled first before the others.

        Raises:
            NotFound: ``vehicle-unknown``.
        """
        if self.units.vehicle(vehicle_id) is None:
            raise NotFound("vehicle-unknown", "There is no such vehicle.")
        return self.units.units_of(vehicle_id)
