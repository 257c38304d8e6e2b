"""All that a forecast rests on, and where its busiest cells lie."""

from dataclasses import dataclass
from typing import Self

from adserver.booking.forecast import Past
from adserver.booking.history import History
from geotarget.coarsen import middle

CELLS_LIMIT = 20_000
"""The busiest cells are looked at, and no others."""


@dataclass(frozen=True)
class Known:
    """The history, and where its busiest cells lie, the busiest first."""

    past: Past
    busiest: tuple[str, ...]
    middles: tuple[tuple[float, float], ...]
    at_ms: int

    @classmethod
    def of(cls, past: Past, at_ms: int) -> Self:
        """What is known at some moment."""
        cells = past.history.cells
        busiest = sorted(filter(None, cells), key=lambda cell: -sum(cells[cell].values()))[:CELLS_LIMIT]
        return cls(past, tuple(busiest), tuple(map(middle, busiest)), at_ms)

    @property
    def history(self) -> History:
        """What was offered."""
        return self.past.history
