"""Switches go into the records beside everything else: nobody waits for it, and nobody is harmed by it."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from kernel.clock import Clock
from kernel.ids import NewId
from players.feed.switch import KeptSwitch, Switch
from players.ports import Switches

WAITING_LIMIT = 20_000
BATCH = 500
GATHER_S = 0.5
_RETRY_S = 1.0
DAY_MS = 86_400_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeepSwitches:
    """Write what is handed over, in batches; forget what is too old.

    What waits when the process is killed is in the log alone.

    Args:
        kept_days: how long a switch is kept.
        count: told what became of how many: ``kept``, ``unkept`` (its vehicle is gone) or ``dropped``.
    """

    switches: Switches
    new_id: NewId
    clock: Clock
    kept_days: int
    count: Callable[[str, int], None]
    _waiting: deque[Switch | KeptSwitch] = field(default_factory=deque, init=False)
    """Those that have been tried have their ids."""
    _more: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __call__(self, switch: Switch) -> None:
        """Hand a switch over; never waits and never fails."""
        if len(self._waiting) >= WAITING_LIMIT:
            self.count("dropped", 1)
            return
        self._waiting.append(switch)
        self._more.set()

    async def run(self) -> None:
        """Write what is handed over until cancelled, and then what is left."""
        try:
            while True:
                await self._more.wait()
                await asyncio.sleep(GATHER_S)
                try:
                    await self.flush()
                except Exception:
                    _log.exception("switches could not be kept; they are tried again")
                    await asyncio.sleep(_RETRY_S)
        finally:
            with suppress(Exception):  # the log has what is lost
                self._write_all()

    async def flush(self) -> None:
        """Write what is waiting; what could not be written waits on."""
        await asyncio.to_thread(self._write_all)

    def _write_all(self) -> None:
        self._more.clear()
        while batch := self._next():
            try:
                kept = self.switches.add(batch)
            except Exception:
                self._waiting.extendleft(reversed(batch))
                self._more.set()
                raise
            self.count("kept", kept)
            if kept < len(batch):
                self.count("unkept", len(batch) - kept)

    def _next(self) -> list[KeptSwitch]:
        batch: list[KeptSwitch] = []
        with suppress(IndexError):  # another thread may be writing the last ones
            while len(batch) < BATCH:
                one = self._waiting.popleft()
                # Here, beside the loop: randomness is a system call, and a storm has thousands of switches.
                batch.append(one if isinstance(one, KeptSwitch) else KeptSwitch(self.new_id("sw"), one))
        return batch

    def expire(self) -> int:
        """Forget what is too old; how many there were."""
        return self.switches.expire(self.clock.now_ms() - self.kept_days * DAY_MS)
