"""What a switch of the driving state leaves behind: a record of the rule, its source and the evidence."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from players.feed import motion_policy
from players.feed.driving_state import ages_ms
from players.feed.evidence import WATCHED
from players.feed.market import STRICT
from players.feed.market_policy import Policies
from players.feed.switch import Switch, evidence
from players.feed.vehicle_state import VehicleState

LOGGER = "players.switches"
SWITCHED = "driving-state-switched"

_log = logging.getLogger(LOGGER)
# These records are owed: a quieter LOG_LEVEL is for the rest.
_log.setLevel(logging.INFO)


class Cause(StrEnum):
    """What brought the switch about."""

    REPORT = "report"
    SILENCE = "silence"
    MARKET = "market"


def _unkept(_switch: Switch) -> None:
    """Nobody keeps it; the log has it."""


@dataclass(frozen=True, slots=True)
class RecordSwitch:
    """Record that a vehicle's driving state, the rule behind it, or what a market asks for has changed.

    Args:
        count: told the rule and the cause of each switch.
        policies: those that govern are named, with their sources.
        keep: handed each switch, beside the log; never waits.
    """

    count: Callable[[str, str], None]
    policies: Policies
    keep: Callable[[Switch], None] = _unkept

    def __call__(
        self, vehicle_id: str, state: VehicleState, cause: Cause, now_ms: int, session_id: str = ""
    ) -> None:
        """Leave the record; there is neither a position nor a speed in it.

        Args:
            vehicle_id: whose state it is.
            state: the evidence.
            cause: what brought the switch about.
            now_ms: when the evidence is judged.
            session_id: the screen that noticed first, where silence was the cause.
        """
        driving, rule, proven, _ = motion_policy.grounds(self.policies, state, now_ms)
        governing = self.policies.governing(state.markets)
        switch = Switch(
            vehicle_id=vehicle_id,
            at_ms=now_ms,
            cause=cause.value,
            driving_state=driving.value,
            rule=rule,
            policy=motion_policy.name_of(governing),
            source=motion_policy.source_of(governing),
            session_id=session_id,
            market=state.markets[-1] if state.markets and state.markets[-1] != STRICT else "",
            proven=tuple(one.value for one in proven),
            signals=evidence(state, ages_ms(state, now_ms, WATCHED)),
        )
        _log.info(SWITCHED, extra={"switch": msgspec.to_builtins(switch)})
        self.count(rule, cause.value)
        self.keep(switch)
