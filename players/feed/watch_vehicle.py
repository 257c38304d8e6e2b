"""The event stream of a vehicle: its signals, how they are judged, and the ads chosen with reasons."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from kernel.clock import Clock
from players.feed import motion_policy
from players.feed.market_policy import Policies
from players.playback import events
from players.playback.events import Event
from players.ports import Push, VehicleStates

LOOK_MS = 1_000


@dataclass(frozen=True, slots=True)
class WatchVehicle:
    """Stream what the server knows of a vehicle; holds no position."""

    states: VehicleStates
    push: Push
    clock: Clock
    policies: Policies

    async def __call__(self, vehicle_id: str) -> AsyncGenerator[Event, None]:
        """The state each second and whenever it changes, and every decision."""
        async with self.push.listen(vehicle_id) as inbox:
            while True:
                state = await self.states.read(vehicle_id)
                now_ms = self.clock.now_ms()
                yield events.encode("state", events.vehicle_event(self.policies, state, now_ms))
                change = motion_policy.assess(self.policies, state, now_ms).next_change_at_ms
                look_at_ms = min(now_ms + LOOK_MS, change or now_ms + LOOK_MS)
                while (left_ms := look_at_ms - self.clock.now_ms()) > 0:
                    notice = await inbox.get(left_ms / 1000)
                    if notice is None or notice.kind in {"state", "lost"}:
                        break
                    if notice.kind == "decision":
                        yield Event("decision", notice.data)
