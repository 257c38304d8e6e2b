"""What the ad server is told of a car and of what plays in it, apart from where it is."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from adserver.booking.targeting import Genre
from adserver.serving.avail import Car
from content.channels.lineup import Lineups
from content.library.programme import Programme
from kernel.errors import NotFound
from media.timeline import Slot
from players.feed.advertised_car import car
from players.feed.head_unit import Vehicle
from players.feed.vehicle_state import VehicleState
from players.playback.session import Session

LOOKED_AT = 1 / 32
"""Of all opportunities so many are looked at though nobody asks: forecasts know what cars there are."""


@dataclass(frozen=True, slots=True)
class AboutCar:
    """What is known of the car, read from the records only where a promotion asks for it, or now and then.

    Args:
        vehicle: reads one; blocking.
        asked: whether more is wanted than what the car does now.
    """

    vehicle: Callable[[str], Vehicle]
    asked: Callable[[], bool]

    async def __call__(self, session: Session, state: VehicleState, now_ms: int) -> Car:
        """As the owner agrees now, and did when the session was opened."""
        if not self.asked():
            return car(None, state, now_ms)
        try:
            vehicle = await asyncio.to_thread(self.vehicle, session.vehicle_id)
        except NotFound:
            return car(None, state, now_ms)
        return car(vehicle, state, now_ms, shares_state=session.shares_state)


def genre_of(programme: Programme) -> Genre:
    """What advertisers call its kind."""
    return Genre(programme.category.value)


def genre_around(lineups: Lineups, channel_id: str, slot: Slot) -> Genre | None:
    """What plays before a break of a channel, or else after it; None for what only fills the time."""
    channel = lineups.channels.get(channel_id)
    if channel is None:
        return None
    for at in (slot.start - 1, slot.end):
        for beside in channel.schedule.slots(at, at):
            if beside.programme_id in channel.programmes and not beside.aside:
                return genre_of(channel.programmes[beside.programme_id])
    return None
