"""The vehicle's owner agrees what promotions may know of it, or takes that back."""

import asyncio
from dataclasses import dataclass

import msgspec

from kernel.clock import Clock
from kernel.errors import NotFound
from players.ports import Consents, HeadUnits


@dataclass(frozen=True, slots=True)
class SetConsent:
    """Agreeing counts from the next session and feed on; taking it back, at once."""

    units: HeadUnits
    consents: Consents
    clock: Clock

    async def __call__(self, vehicle_id: str, *, shares_location: bool) -> None:
        """Keep the owner's word.

        Raises:
            NotFound: ``vehicle-unknown``.
        """
        vehicle = await asyncio.to_thread(self.units.vehicle, vehicle_id)
        if vehicle is None:
            raise NotFound("vehicle-unknown", "There is no such vehicle.")
        changed = msgspec.structs.replace(vehicle, location_consent=shares_location)
        await asyncio.to_thread(self.units.put_vehicle, changed, self.clock.now_ms())
        if not shares_location:
            # After the record, so that what reads the old one was opened before this moment. Said again, it
            # counts from when it was said first: what was emptied by it must not fill again.
            again = not vehicle.location_consent
            await self.consents.withdraw(vehicle_id, self.clock.now_ms(), again=again)


@dataclass(frozen=True, slots=True)
class SetStateConsent:
    """Whether promotions may be chosen by charge, fuel, service and odometer.

    Agreeing counts from the next session on; taking it back, from the next decision on.
    """

    units: HeadUnits
    clock: Clock

    async def __call__(self, vehicle_id: str, *, shares_state: bool) -> None:
        """Keep the owner's word.

        Raises:
            NotFound: ``vehicle-unknown``.
        """
        await asyncio.to_thread(self._keep, vehicle_id, shares_state)

    def _keep(self, vehicle_id: str, shares_state: bool) -> None:
        vehicle = self.units.vehicle(vehicle_id)
        if vehicle is None:
            raise NotFound("vehicle-unknown", "There is no such vehicle.")
        changed = msgspec.structs.replace(vehicle, state_consent=shares_state)
        self.units.put_vehicle(changed, self.clock.now_ms())
