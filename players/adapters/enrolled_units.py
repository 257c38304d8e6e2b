"""Who is enrolled still, of the thousands that speak: one query answers for many."""

import asyncio
from collections.abc import Sequence

from players.adapters.batches import Batches
from players.adapters.sql_head_units import SqlHeadUnits

UNITS_LIMIT = 500
EVERY_S = 0.02
"""What a vehicle says meanwhile waits for the answer."""


class EnrolledUnits:
    """Whether a head unit has not been revoked."""

    def __init__(self, units: SqlHeadUnits) -> None:
        self._units = units
        self._ask = Batches(self._answer, UNITS_LIMIT, EVERY_S)

    async def __call__(self, head_unit_id: str) -> bool:
        """Whether there is such a unit."""
        return await self._ask(head_unit_id)

    async def _answer(self, asked: Sequence[str]) -> list[bool]:
        known = await asyncio.to_thread(self._units.known, asked)
        return [head_unit_id in known for head_unit_id in asked]
