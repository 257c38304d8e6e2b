"""Events come in: each is checked, counted once, and bills at most once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from adserver.billing import traffic
from adserver.billing.budget import Outcome
from adserver.billing.impression import VAST_NAMES, EventKind, Told, check_time, read_kind, read_token
from adserver.ports import Budgets
from kernel.clock import Clock
from kernel.errors import Forbidden, Invalid, RoadcastError
from kernel.sealing import Sealer

BATCH_LIMIT = 200


class Sent(msgspec.Struct, frozen=True):
    """An event as a player sends it: ``at_ms`` is its own time, None for just now."""

    beacon: str
    event: str
    at_ms: int | None = None


class Answer(msgspec.Struct, frozen=True):
    """What became of one event.

    Args:
        event_id: the fill and the event; empty where the beacon could not be read.
        refused: why it was not looked at any further.
    """

    event_id: str
    outcome: Outcome | None
    refused: RoadcastError | None = None


@dataclass(frozen=True)
class RecordEvent:
    """Accepts events; durable once it returns, in the ledger a moment later.

    Args:
        count: is told of each: the event, and what it did or the code of its refusal.
    """

    budgets: Budgets
    sealer: Sealer
    clock: Clock
    count: Callable[[str, str], None]

    def turn_away(self, headers: Mapping[str, str]) -> None:
        """Refuse traffic that says of itself that nobody is watching, and count it by its reason.

        Raises:
            Forbidden: see :func:`adserver.billing.traffic.check`.
        """
        try:
            traffic.check(headers)
        except Forbidden as refused:
            self.count("unknown", refused.code)
            raise

    async def __call__(self, token: str, event: str) -> Outcome:
        """What an event of just now did.

        Raises:
            Forbidden: ``beacon-invalid``, ``beacon-expired`` or ``event-too-late``.
            NotFound: ``event-unknown``.
        """
        (answer,) = await self.batch([Sent(token, event)])
        if answer.refused is not None:
            raise answer.refused
        assert answer.outcome is not None
        return answer.outcome

    async def batch(self, sent: Sequence[Sent], sent_at_ms: int | None = None) -> list[Answer]:
        """What each did, in the order in which they were sent; they are counted in that of their own times.

        Args:
            sent: events, some of which may have been kept for later.
            sent_at_ms: when they were sent, by the clock of their own times: what that clock is wrong by
                is made good.

        Raises:
            Invalid: ``too-many-events`` above 200.
        """
        if len(sent) > BATCH_LIMIT:
            fix = "Send them in several requests, the oldest first."
            raise Invalid("too-many-events", f"At most {BATCH_LIMIT} events go into a request.", fix=fix)
        now_ms = self.clock.now_ms()
        off_ms = 0 if sent_at_ms is None else now_ms - sent_at_ms
        read = [self._read(one, off_ms, now_ms) for one in sent]
        good = [(place, told) for place, told in enumerate(read) if isinstance(told, Told)]
        good.sort(key=lambda pair: pair[1].at_ms)
        outcomes = await self.budgets.record([told for _, told in good], now_ms) if good else []
        did = {place: outcome for (place, _), outcome in zip(good, outcomes, strict=True)}
        return [self._answer(told, did.get(place)) for place, told in enumerate(read)]

    def _read(self, one: Sent, off_ms: int, now_ms: int) -> Told | RoadcastError:
        try:
            beacon = read_token(self.sealer, one.beacon, now_ms)
            kind = read_kind(one.event, beacon)
            at_ms = now_ms if one.at_ms is None else one.at_ms + off_ms
            check_time(beacon, at_ms, now_ms)
        except RoadcastError as refused:
            return refused
        return Told(beacon, kind, min(at_ms, now_ms))

    def _answer(self, told: Told | RoadcastError, outcome: Outcome | None) -> Answer:
        if isinstance(told, RoadcastError):
            self.count("unknown", told.code)
            return Answer("", None, told)
        assert outcome is not None
        self.count(told.kind.value, outcome.value)
        return Answer(event_id(told.beacon.fill_id, told.kind), outcome)


def event_id(fill_id: str, kind: EventKind) -> str:
    """What makes an event the same: it is counted once, however often it is told."""
    return f"{fill_id}:{VAST_NAMES.get(kind, kind.value)}"
