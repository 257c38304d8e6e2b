"""What we see of fills ourselves, beside the requests: that they were planned, and listed in a playlist."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from adserver.billing.impression import EventKind, Told, read_token
from adserver.ports import Budgets
from adserver.serving.avail import ServedFill
from kernel.clock import Clock
from kernel.errors import Forbidden
from kernel.sealing import Sealer

WAITING_LIMIT = 20_000
_BATCH = 500
_RETRY_S = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NoteFills:
    """Counts stages that cost nothing; nobody waits for it.

    Where some of it is lost (a kill, or too much waiting) nothing is wrong for long: a fill that is played or
    expires is counted as planned then.

    Args:
        count: as :class:`adserver.billing.record_event.RecordEvent` has it.
    """

    budgets: Budgets
    sealer: Sealer
    clock: Clock
    count: Callable[[str, str], None]
    _waiting: deque[tuple[str, EventKind, int]] = field(default_factory=deque, init=False)
    _more: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __call__(self, fills: Sequence[ServedFill], kind: EventKind) -> None:
        """Note ``kind`` (planned or stitched) of each fill; the same again changes nothing."""
        now_ms = self.clock.now_ms()
        for fill in fills:
            if len(self._waiting) >= WAITING_LIMIT:
                self.count(kind.value, "dropped")
            else:
                self._waiting.append((fill.beacon, kind, now_ms))
        if self._waiting:
            self._more.set()

    async def run(self) -> None:
        """Count what is noted, for ever."""
        while True:
            await self._more.wait()
            try:
                await self.flush()
            except Exception:
                _log.exception("fills could not be counted; they are tried again")
                await asyncio.sleep(_RETRY_S)

    async def flush(self) -> None:
        """Count what is waiting; what could not be counted waits on."""
        self._more.clear()
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            try:
                await self._record(batch)
            except Exception:
                self._waiting.extendleft(reversed(batch))
                self._more.set()
                raise

    async def _record(self, batch: Sequence[tuple[str, EventKind, int]]) -> None:
        now_ms = self.clock.now_ms()
        told = []
        for token, kind, at_ms in batch:
            try:
                beacon = read_token(self.sealer, token, now_ms)
            except Forbidden as refused:
                self.count(kind.value, refused.code)
                continue
            told.append(Told(beacon, beacon.planned_as if kind is EventKind.PLANNED else kind, at_ms))
        outcomes = await self.budgets.record(told, now_ms) if told else []
        for one, outcome in zip(told, outcomes, strict=True):
            self.count(one.kind.value, outcome.value)
