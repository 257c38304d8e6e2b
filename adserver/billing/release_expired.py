"""Claims that nobody settled in time go back to their budgets, and what was owed is paid from them.

Called every few seconds by the worker.
"""

from dataclasses import dataclass

from adserver.ports import Budgets
from kernel.clock import Clock


@dataclass(frozen=True)
class ReleaseExpired:
    """Sweeps the shards.

    What came back pays first what is owed: promotions that were shown while others held the rest of the
    budget or of the goal, or while there were no counters.
    """

    budgets: Budgets
    clock: Clock

    async def __call__(self) -> int:
        """How many claims were given back."""
        now_ms = self.clock.now_ms()
        released = await self.budgets.expire(now_ms)
        if owed := await self.budgets.owed(now_ms):
            await self.budgets.record(owed, now_ms)
        return released
