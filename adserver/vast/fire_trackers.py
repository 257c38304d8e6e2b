"""Others are told of what was counted: each address once for each event, whatever crashes in between.

The ledger leaves a call in the transaction that counts an event, and a call is claimed before it is made. So
none is made twice; one whose maker died with it may not have been made. Some are made at once, and few of
them at one server: one that is slow keeps nobody waiting but itself.
"""

import asyncio
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
                    task.result()
                total += len(done)
        finally:
            for task in making:
                task.cancel()

    async def expire(self) -> int:
        """Forget what is a month old."""
        return await asyncio.to_thread(self.calls.expire, self.clock.now_ms() - KEPT_MS)

    async def _call(self, one: Call) -> None:
        answer = await self.fetch(expand(one.url, self.values()), ANSWER_LIMIT_BYTES)
        outcome = answer.code if isinstance(answer, Unfetched) else TOLD
        # Whoever answers with more than a picture has been told all the same.
        outcome = TOLD if outcome == "too-large" else outcome
        await asyncio.to_thread(self.calls.settle, one, outcome)
