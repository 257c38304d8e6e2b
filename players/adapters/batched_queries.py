"""Questions to the records that thousands ask at once, when a network comes back: one query for many."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from players.adapters.batches import Batches
from players.adapters.sql_head_units import SqlHeadUnits
from players.adapters.sql_markets import SqlMarkets

Answer = TypeVar("Answer")

ASKED_LIMIT = 500
EVERY_S = 0.02
"""What a vehicle says meanwhile waits for the answer."""


class BatchedQuery(Generic[Answer]):
    """Answers by id, for callers of one event loop.

    Args:
        query: takes ids, gives an answer for each, in order; runs in a thread.
    """

    def __init__(self, query: Callable[[Sequence[str]], Sequence[Answer]]) -> None:
        self._query = query
        self._ask = Batches(self._answer, ASKED_LIMIT, EVERY_S)

    async def __call__(self, asked: str) -> Answer:
        """The answer for the id ``asked``."""
        return await self._ask(asked)

    async def _answer(self, asked: Sequence[str]) -> Sequence[Answer]:
        return await asyncio.to_thread(self._query, asked)


class EnrolledUnits(BatchedQuery[bool]):
    """Whether a head unit has not been revoked."""

    def __init__(self, units: SqlHeadUnits) -> None:
        def query(asked: Sequence[str]) -> list[bool]:
            known = units.known(asked)
            return [head_unit_id in known for head_unit_id in asked]

        super().__init__(query)


class GoverningMarkets(BatchedQuery[tuple[str, ...]]):
    """The markets that govern a vehicle, as :meth:`players.ports.Markets.governing`."""

    def __init__(self, markets: SqlMarkets) -> None:
        def query(asked: Sequence[str]) -> list[tuple[str, ...]]:
            found = markets.governing_each(asked)
            return [found[vehicle_id] for vehicle_id in asked]

        super().__init__(query)
