"""An airing: one showing of a programme, from its first part to its last, breaks within it included."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from media.house_format import position_at, starts_at_ms
from media.timeline import PAUSE_SLOTS, Schedule, Slot

PARTS_LIMIT = 500
"""Parts and breaks that one airing is looked for in, each way."""
_STRIDE_SEGMENTS = 1_000


@dataclass(frozen=True, slots=True)
class Airing:
    """One showing.

    Args:
        airing_id: shared by the slots of its parts.
        start: first grid position.
        end: first position after its last part.
        territories: where the channel may show it; empty for everywhere.
    """

    airing_id: str
    programme_id: str
    start: int
    end: int
    territories: tuple[str, ...] = ()

    @property
    def starts_at_ms(self) -> int:
        """When it begins, in milliseconds since 1970."""
        return starts_at_ms(self.start)

    @property
    def ends_at_ms(self) -> int:
        """When it has ended."""
        return starts_at_ms(self.end)


def airings(schedule: Schedule, from_ms: int, until_ms: int) -> Iterator[Airing]:
    """The airings that touch [from_ms, until_ms), oldest first, whole: with what lies outside it too.

    What only fills or marks time is none, nor are slots without a programme. Costs the slots between, however
    long the schedule is.
    """
    first, last = position_at(from_ms), position_at(until_ms - 1)
    current: Airing | None = None
    aside = 0
    for slot in _from(schedule, _beginning(schedule, first), last):
        aside = aside + 1 if slot.aside else 0
        if 0 < aside <= PAUSE_SLOTS:
            continue
        if current is not None and not aside and _id(slot) == current.airing_id:
            current = replace(current, end=slot.end)
            continue
        if current is not None and current.end > first:
            yield current
        current = None
        if slot.start > last:
            return
        if slot.programme_id and not aside:
            current = Airing(_id(slot), slot.programme_id, slot.start, slot.end, slot.territories)
    if current is not None and current.end > first:
        yield current


def _from(schedule: Schedule, at: int, last: int) -> Iterator[Slot]:
    """The slots from ``at`` on; those after ``last`` one by one, so that an airing can be seen to its end."""
    while at <= last:
        slots = schedule.slots(at, min(last, at + _STRIDE_SEGMENTS))
        yield from slots
        at = slots[-1].end
    for _ in range(PARTS_LIMIT):
        slot = schedule.slots(at, at)[0]
        yield slot
        at = slot.end


def _beginning(schedule: Schedule, first: int) -> int:
    """The first position of the airing on air at ``first``, which may be in a break within it."""
    on_air = schedule.slots(first, first)[0]
    start, airing_id, at, aside = on_air.start, _whose(schedule, on_air), on_air.start, 0
    for _ in range(PARTS_LIMIT):
        before = schedule.slots(at - 1, at - 1)[0]
        aside = aside + 1 if before.aside else 0
        if aside > PAUSE_SLOTS or not (before.aside or _id(before) == airing_id):
            break
        at = before.start
        if not before.aside:
            start = at
    return start


def _whose(schedule: Schedule, slot: Slot) -> str:
    """The airing that ``slot`` is a part of; of what stands aside, that which comes after it."""
    for _ in range(PAUSE_SLOTS):
        if not slot.aside:
            break
        slot = schedule.slots(slot.end, slot.end)[0]
    return _id(slot)


def _id(slot: Slot) -> str:
    return slot.airing_id or slot.slot_id
