"""Claims that nobody settled in time go back to their budgets. Called every few seconds by the worker."""

from dataclasses import dataclass

from adserver.ports import Budgets
from kernel.clock import Clock


@dataclass(frozen=True)
class ReleaseExpired:
    """Sweeps the shards."""

    budgets: Budgets
    clock: Clock

    async def __call__(self) -> int:
        """How many claims were given back."""
        return await self.budgets.expire(self.clock.now_ms())
