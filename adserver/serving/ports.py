"""What is asked of those who keep what there was to sell."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from adserver.booking.history import History
from adserver.booking.suited import Traits
from adserver.serving.returning import Came, Returns, Scale
from adserver.serving.supply import Slot, TraitSlot


class Supply(Protocol):
    """How many opportunities there were: by hour, coarse cell, market and kind, and by day and trait."""

    def add(self, counted: Mapping[Slot, int], traits: Mapping[TraitSlot, int] | None = None) -> None:
        """Add numbers."""

    def history(self, before_hour: int) -> History:
        """All that is kept of the hours before one."""

    def traits(self, before_hour: int) -> Traits:
        """How often each value of a trait was seen, of the days that begin before an hour."""

    def keep_returns(self, week: int, came: Mapping[Scale, Came]) -> None:
        """Keep how often cars came back in a week, in place of what was kept of it."""

    def returns(self, before_hour: int) -> Returns:
        """How often the same car comes back, by the weeks that begin before an hour."""

    def forget(self, now_hour: int) -> int:
        """Drop what is older than four weeks, and the oldest where it is too much; how many rows."""


class Returning(Protocol):
    """Sketches of how often the same car comes back, by week."""

    async def add(
        self, marks: Mapping[tuple[int, Scale], Sequence[bytes]], seen: Mapping[tuple[int, bool], int]
    ) -> None:
        """Add marks by week and scale, and of how many opportunities, by week and whether of cards."""

    async def read(self, week: int) -> dict[Scale, Came]:
        """What they estimate of a week; empty where nothing was noted."""
