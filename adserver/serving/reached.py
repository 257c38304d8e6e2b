"""What line items reach of what is offered."""

from collections.abc import Iterable, Sequence

import msgspec


class Cell(msgspec.Struct, frozen=True):
    """Opportunities of an hour at a place, and the line items that reach it."""

    opportunities: float
    line_item_ids: Sequence[str]


def supply_of(cells: Iterable[Cell]) -> dict[str, float]:
    """Opportunities of an hour that each line item reaches; those that reach no known cell are missing."""
    found: dict[str, float] = {}
    for cell in cells:
        for line_item_id in cell.line_item_ids:
            found[line_item_id] = found.get(line_item_id, 0.0) + cell.opportunities
    return found
