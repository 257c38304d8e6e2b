"""A vehicle is removed, and with it all that is kept of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from kernel.errors import NotFound
from players.feed.set_consent import SetConsent
from players.playback.ports import ResumePoints
from players.ports import HeadUnits, Switches, VehicleFacts, VehicleStates


@dataclass(frozen=True, slots=True)
class RemoveVehicle:
    """Forget a vehicle for good: its head units and codes, where it left things, its state, its switches.

    Whose its coupons are is forgotten, too; whoever wrote a code down may use it. What it was shown is
    forgotten but for what was decided within the last hour, which goes with that hour.
    What it holds open already (a session for twelve hours at most, its feed) knows no position from now on,
    leaves no record, and cannot be opened again. What is shown on it counts for caps, and is
    forgotten in a day.
    """

    units: HeadUnits
    points: ResumePoints
    switches: Switches
    states: VehicleStates
    facts: VehicleFacts
    set_consent: SetConsent
    forget_promotions: Callable[[str], Awaitable[None]]

    async def __call__(self, vehicle_id: str) -> None:
        """Forget ``vehicle_id``.

        Raises:
            NotFound: ``vehicle-unknown``.
        """
        await self.set_consent(vehicle_id, shares_location=False)
        await asyncio.to_thread(self._forget, vehicle_id)
        await self.forget_promotions(vehicle_id)
        await self.facts.forget(vehicle_id)
        await self.states.forget(vehicle_id)

    def _forget(self, vehicle_id: str) -> None:
        # The vehicle first: whatever is still being written of it then finds that it is gone.
        if not self.units.remove_vehicle(vehicle_id):
            raise NotFound("vehicle-unknown", "There is no such vehicle.")
        self.points.erase(vehicle_id)
        self.switches.erase(vehicle_id)
