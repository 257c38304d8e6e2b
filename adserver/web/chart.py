"""A small chart of delivery over time, as numbers for an SVG: columns on a time axis, and the even plan."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from adserver.billing.delivery import By, Delivery, Slice
from adserver.booking.campaign import LineItem
from adserver.booking.terms import GoalUnit, Pacing

COLUMNS = {By.DAY: 60, By.HOUR: 72}
"""The newest of them at most."""
WIDTH, HEIGHT = 600, 120
_STEP_MS = {By.DAY: 86_400_000, By.HOUR: 3_600_000}


class Column(NamedTuple):
    """A slice of time: where it stands, how high it is (both of the chart's own units), and what it says."""

    x: float
    height: float
    slice: Slice


class Chart(NamedTuple):
    """What the page draws.

    Args:
        width: of a column.
        money: whether columns are costs; else they are showings, as nothing was charged.
        most: what the highest stands for.
        plan_y: where the line of an even plan stands; None without one.
        plan_micros: what an even plan spends in one column.
    """

    columns: tuple[Column, ...]
    width: float
    money: bool
    most: int
    plan_y: float | None = None
    plan_micros: int = 0


def chart(slices: Sequence[Slice], by: By, item: LineItem) -> Chart | None:
    """The newest days or hours; None of what is no time, or where nothing was delivered."""
    if by not in COLUMNS or not any(one.shown for one in slices):
        return None
    last = _number(slices[-1].key, by)
    recent = [one for one in slices if last - _number(one.key, by) < COLUMNS[by]]
    first = _number(recent[0].key, by)
    money = any(one.spent_micros for one in recent)
    values = [one.spent_micros if money else one.shown for one in recent]
    plan = _plan_micros(item, by) if money else 0
    # A plan far above what is delivered would leave nothing to see of it.
    plan = plan if plan <= 4 * max(values) else 0
    most, width = max(*values, plan, 1), WIDTH / (last - first + 1)
    columns = tuple(
        Column((_number(one.key, by) - first) * width, HEIGHT * value / most, one)
        for one, value in zip(recent, values, strict=True)
    )
    return Chart(columns, width, money, most, HEIGHT - HEIGHT * plan / most if plan else None, plan)


def _number(key: str, by: By) -> int:
    """Of a day or an hour, counted through; hours without a gap where clocks change."""
    if by is By.DAY:
        return date.fromisoformat(key).toordinal()
    return int(datetime.fromisoformat(key).timestamp()) // 3600


def _plan_micros(item: LineItem, by: By) -> int:
    if item.goal.unit is not GoalUnit.SPEND or item.pacing is not Pacing.EVEN:
        return 0
    return item.budget_micros * _STEP_MS[by] // max(1, item.ends_ms - item.starts_ms)


ROWS = 100


def newest(delivery: Delivery) -> list[Slice]:
    """What the page lists, at most a hundred: the newest in their order, or where it was shown most."""
    if delivery.by in COLUMNS:
        return list(delivery.slices[-ROWS:])
    return sorted(delivery.slices, key=lambda one: -one.shown)[:ROWS]
