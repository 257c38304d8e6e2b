"""What the counters recorded is written into the ledger. Called every second by the worker."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from adserver.billing.impression import Event
from adserver.ports import Budgets, Ledger
from kernel.errors import Conflict

_BATCH = 2_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PostLedger:
    """Drains the shards' streams: first into the ledger, then off the stream.

    After a crash in between the same events come again, and the ledger passes over what it has. One that can
    never be posted is set aside, so that it holds nothing up; the audit then finds what is missing.
    """

    budgets: Budgets
    ledger: Ledger

    async def __call__(self) -> int:
        """How many events were new to the ledger."""
        total = 0
        while batch := await self.budgets.events(_BATCH):
            try:
                total += await asyncio.to_thread(self.ledger.post, [event for _, _, event in batch])
                done = batch
            except Conflict:
                new, done = await self._one_by_one(batch)
                total += new
            await self.budgets.posted([(stream, position) for stream, position, _ in done])
        return total

    async def _one_by_one(
        self, batch: Sequence[tuple[bytes, bytes, Event]]
    ) -> tuple[int, list[tuple[bytes, bytes, Event]]]:
        """How many were new, and which are in the ledger; the others are set aside."""
        total, done = 0, []
        for stream, position, event in batch:
            try:
                total += await asyncio.to_thread(self.ledger.post, [event])
                done.append((stream, position, event))
            except Conflict as refused:
                _log.error("an event contradicts the ledger; it is set aside: %s %s", event.fill_id, refused)
                await self.budgets.set_aside([(stream, position)])
        return total, done
