"""What decisions said is counted beside the requests: of each line item near, and of avails in all."""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass, field

from adserver.ports import Said
from adserver.serving.avail import Avail, ServedBreak
from adserver.serving.beside import write_for_ever
from adserver.serving.heard import ALL, LOCATED, UNLOCATED, day_of
from adserver.serving.reason import CHOSEN, PASSED_OVER
from kernel.clock import Clock, to_ms

WAITING_LIMIT = 50_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NoteDecisions:
    """Counts in memory, and writes it down about once a second; nobody waits for it.

    What a killed process had not written is lost, and so is what would be too much: these are answers to
    "why?", and no money.
    """

    said: Said
    clock: Clock
    _waiting: Counter[tuple[int, str, str]] = field(default_factory=Counter, init=False)
    _more: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __call__(self, avail: Avail, served: ServedBreak) -> None:
        """Count a decision that stands."""
        if len(self._waiting) >= WAITING_LIMIT:
            return
        day = day_of(to_ms(avail.at))
        said = [(day, ALL, UNLOCATED if avail.location is None else LOCATED)]
        said += [(day, chosen.line_item_id, CHOSEN) for chosen in served.fills]
        said += [(day, no.line_item_id, no.reason) for no in served.refusals if no.reason in PASSED_OVER]
        self._waiting.update(said)
        self._more.set()

    async def run(self) -> None:
        """Write, for ever."""
        failed = "what decisions said could not be counted; it is tried again"
        await write_for_ever(self._more, self.flush, _log, failed)

    async def flush(self) -> None:
        """Write what is waiting; what could not be written waits on."""
        self._more.clear()
        counted = Counter(self._waiting)
        self._waiting.clear()
        try:
            await self.said.add(counted)
        except Exception:
            self._waiting.update(counted)
            self._more.set()
            raise
