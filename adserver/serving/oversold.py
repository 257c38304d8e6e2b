"""Where more is booked than there is: who gets which share of its plan, priority by priority.

Contracts take what they need, then what is sold, each class of what those before it left. Within a class a
cell whose opportunities do not suffice is shared by what each of them wants there; so nobody of a class is
short while another of it, who wants the same opportunities, has all.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import msgspec


class Want(msgspec.Struct, frozen=True):
    """What a line item wants.

    Args:
        rank: of its priority; the lowest goes first.
        showings: an hour, on the average of its flight.
    """

    line_item_id: str
    rank: int
    showings: float


class Cell(msgspec.Struct, frozen=True):
    """Opportunities of an hour at a place, and the line items that reach it."""

    opportunities: float
    line_item_ids: Sequence[str]


def supply_of(cells: Iterable[Cell]) -> dict[str, float]:
    """Opportunities of an hour that each line item reaches."""
    found: dict[str, float] = {}
    for cell in cells:
        for line_item_id in cell.line_item_ids:
            found[line_item_id] = found.get(line_item_id, 0.0) + cell.opportunities
    return found


def scales(wants: Iterable[Want], cells: Sequence[Cell]) -> dict[str, float]:
    """Which share of its plan each can have, in [0, 1]; those that reach no known cell are missing."""
    left = [cell.opportunities for cell in cells]
    found: dict[str, float] = {}
    for _, members in groupby(sorted(wants, key=lambda want: want.rank), key=lambda want: want.rank):
        by_id = {want.line_item_id: want.showings for want in members}
        found |= _share(by_id, cells, left)
    return found


def _share(wants: Mapping[str, float], cells: Sequence[Cell], left: list[float]) -> dict[str, float]:
    """Of one class; takes from ``left`` what it uses."""
    reached = dict.fromkeys(wants, 0.0)
    at = [[one for one in cell.line_item_ids if one in wants] for cell in cells]
    for number, ids in enumerate(at):
        for line_item_id in ids:
            reached[line_item_id] += left[number]
    had = {line_item_id: 0.0 for ids in at for line_item_id in ids}
    for number, ids in enumerate(at):
        opportunities = left[number]
        wanted = {one: wants[one] * opportunities / reached[one] for one in ids if reached[one] > 0}
        whole = sum(wanted.values())
        share = min(1.0, opportunities / whole) if whole > 0 else 1.0
        for line_item_id, showings in wanted.items():
            had[line_item_id] += showings * share
        left[number] = max(0.0, opportunities - whole)
    return {one: min(1.0, had[one] / wants[one]) if wants[one] > 0 else 1.0 for one in had}


def shorted(short: Iterable[str], ranks: Mapping[str, int], cells: Iterable[Cell]) -> set[str]:
    """Line items that want the same opportunities as one of their class that goes short."""
    short, found = set(short), set[str]()
    for cell in cells:
        going = {ranks[one] for one in cell.line_item_ids if one in short}
        found |= {one for one in cell.line_item_ids if one in ranks and ranks[one] in going}
    return found
