"""Some decisions are kept with all that they were made from, beside the requests."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from adserver.ports import Traces
from adserver.serving.avail import Avail
from adserver.serving.beside import write_for_ever
from adserver.serving.decision import Decision
from adserver.serving.demand import Candidate
from adserver.serving.trace import trace_of
from adserver.serving.usage import Usage

WAITING_LIMIT = 200
_MINUTE_MS = 60_000

_log = logging.getLogger(__name__)


class _Decided(NamedTuple):
    avail: Avail
    candidates: tuple[Candidate, ...]
    usage: Usage
    roll: float
    decision: Decision
    decided_ms: int


@dataclass(slots=True)
class KeepTraces:
    """Takes every so often one, and writes it down about a second later; nobody waits for it.

    A decision that is not taken costs a comparison. What a killed process had not written is lost.

    Args:
        a_minute: how many at most, evenly apart; 0 for none.
    """

    traces: Traces
    a_minute: int
    _next_ms: int = field(default=0, init=False)
    _waiting: list[_Decided] = field(default_factory=list, init=False)
    _more: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __call__(
        self,
        avail: Avail,
        candidates: Sequence[Candidate],
        usage: Usage,
        roll: float,
        decision: Decision,
        decided_ms: int,
    ) -> None:
        """Take a decision that stands, if it is time for one."""
        if not self.a_minute or decided_ms < self._next_ms or len(self._waiting) >= WAITING_LIMIT:
            return
        self._next_ms = decided_ms + _MINUTE_MS // self.a_minute
        self._waiting.append(_Decided(avail, tuple(candidates), usage, roll, decision, decided_ms))
        self._more.set()

    async def run(self) -> None:
        """Write, for ever."""
        failed = "traces of decisions could not be kept, and are lost"
        await write_for_ever(self._more, self.flush, _log, failed)

    async def flush(self) -> None:
        """Write what is waiting."""
        self._more.clear()
        taken = self._waiting[:]
        self._waiting.clear()
        for one in taken:
            await self.traces.keep(await asyncio.to_thread(trace_of, *one))
