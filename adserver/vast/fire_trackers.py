"""Others are told of what was counted: each address once for each event, whatever crashes in between.

The ledger leaves a call in the transaction that counts an event, and a call is claimed before it is made. So
none is made twice; one whose maker died with it may not have been made. Some are made at once, and few of
them at one server: one that is slow keeps nobody waiting but itself.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adserver.vast.macros import expand
from adserver.vast.ports import Call, Calls, Fetch, Unfetched
from kernel.clock import Clock

ANSWER_LIMIT_BYTES = 64 * 1024
KEPT_MS = 30 * 86_400_000
TOLD = "told"
AT_ONCE = 32
AT_ONE_SERVER = 4
BROKEN = "failed"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FireTrackers:
    """Make the calls that wait. Called every second by the worker.

    Args:
        values: of macros, made anew for each call.
    """

    calls: Calls
    fetch: Fetch
    values: Callable[[], Mapping[str, str]]
    clock: Clock

    async def __call__(self) -> int:
        """How many were made."""
        total = 0
        making: dict[asyncio.Task[None], str] = {}
        try:
            while True:
                busy = Counter(making.values())
                room = AT_ONCE - len(making)
                for one in await asyncio.to_thread(self.calls.claim, room, AT_ONE_SERVER, busy):
                    making[asyncio.create_task(self._call(one))] = one.server
                if not making:
                    return total
                done, _ = await asyncio.wait(making, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    del making[task]
                total += len(done)
        except Exception:
            # What was begun is never begun again.
            await asyncio.gather(*making)
            raise
        finally:
            for task in making:
                task.cancel()

    async def expire(self) -> int:
        """Forget what is a month old."""
        return await asyncio.to_thread(self.calls.expire, self.clock.now_ms() - KEPT_MS)

    async def _call(self, one: Call) -> None:
        """Make it, whatever becomes of it: the others go on."""
        try:
            outcome = await self._outcome(one)
            await asyncio.to_thread(self.calls.settle, one, outcome)
        except Exception:
            _log.exception("what became of a call for %s is not noted", one.fill_id)

    async def _outcome(self, one: Call) -> str:
        try:
            answer = await self.fetch(expand(one.url, self.values()), ANSWER_LIMIT_BYTES)
        except Exception:
            _log.exception("a call for %s failed in a way that is not expected", one.fill_id)
            return BROKEN
        outcome = answer.code if isinstance(answer, Unfetched) else TOLD
        # Whoever answers with more than a picture has been told all the same.
        return TOLD if outcome == "too-large" else outcome
