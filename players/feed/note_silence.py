"""What time alone changes in how a vehicle is judged is a switch too, whoever notices it first."""

from dataclasses import dataclass

from players.feed import motion_policy
from players.feed.feed import Judged
from players.feed.market_policy import Policies
from players.feed.motion_policy import Grounds
from players.feed.record_switch import Cause, RecordSwitch
from players.feed.vehicle_state import VehicleState
from players.ports import VehicleStates

_TURNS_LIMIT = 16


@dataclass(frozen=True, slots=True)
class NoteSilence:
    """Record the switches that the same evidence went through; each once, however many notice."""

    states: VehicleStates
    record: RecordSwitch
    policies: Policies

    async def __call__(self, vehicle_id: str, state: VehicleState, since_ms: int, now_ms: int) -> None:
        """Record those after ``since_ms`` and until ``now_ms``, at their own moments."""
        at_ms = since_ms
        for _ in range(_TURNS_LIMIT):
            turn_ms = motion_policy.assess(self.policies, state, at_ms).next_change_at_ms
            if turn_ms is None or turn_ms > now_ms:
                return
            at_ms = turn_ms
            if await self.states.claim_switch(vehicle_id, state, mark(self._grounds(state, at_ms))):
                self.record(vehicle_id, state, Cause.SILENCE, at_ms)

    async def between(
        self,
        vehicle_id: str,
        before: VehicleState,
        judged: Judged | None,
        now: Judged,
    ) -> None:
        """The same, where it costs nothing that nothing changed.

        Args:
            vehicle_id: whose state it is.
            before: the evidence.
            judged: how it was judged as it was written, and when; None if another wrote it.
            now: how it is judged, and when.
        """
        since_ms = judged[1] if judged else heard_ms(before)
        if since_ms is None:
            return
        then = judged[0] if judged else self._grounds(before, since_ms)
        if then != now[0]:
            await self(vehicle_id, before, since_ms, now[1])

    def _grounds(self, state: VehicleState, at_ms: int) -> Grounds:
        return motion_policy.grounds(self.policies, state, at_ms)


def mark(judged: Grounds) -> str:
    """What a switch to this judgement is known by, beside the evidence."""
    return " ".join((judged[1], *judged[2]))


def heard_ms(state: VehicleState) -> int | None:
    """When the newest of the evidence came; None where there is none."""
    moments = [one.received_ms for one in state.readings.values()]
    moments += [at_ms for at_ms in (state.contradicted_ms, state.position_moved_ms) if at_ms is not None]
    return max(moments, default=None)
