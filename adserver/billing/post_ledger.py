"""What the counters recorded is written into the ledger. Called every second by the worker."""

import asyncio
from dataclasses import dataclass

from adserver.ports import Budgets, Ledger

_BATCH = 2_000


@dataclass(frozen=True)
class PostLedger:
    """Drains the shards' streams: first into the ledger, then off the stream.

    After a crash in between the same events come again, and the ledger passes over what it has.
    """

    budgets: Budgets
    ledger: Ledger

    async def __call__(self) -> int:
        """How many events were new to the ledger."""
        total = 0
        while batch := await self.budgets.events(_BATCH):
            total += await asyncio.to_thread(self.ledger.post, [event for _, _, event in batch])
            await self.budgets.posted([(stream, position) for stream, position, _ in batch])
        return total
