"""The numbered versions of a channel's schedule: when each begins, and what they make together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from content.channels.compile_day import Resumption
from content.channels.day_schedule import DaySchedule
from content.channels.facts import Facts
from content.channels.kept_plan import KeptPlan
from content.channels.plan import BreakEntry, Entry, Plan, ProgrammeEntry
from content.channels.versioned_schedule import VersionedSchedule
from media.house_format import position_at, starts_at_ms
from media.timeline import PAUSE_SLOTS, Slot, SlotKind

LEAD_MS = 30_000
KEEP_MS = 8 * 86_400_000
"""What aired may be watched again for a week, and is told of for as long."""
_AIRING_SEGMENTS = 10_000
"""The longest film, with breaks."""

ChannelSchedule = VersionedSchedule[DaySchedule]


class Start(StrEnum):
    """When a changed schedule begins, where it differs at once."""

    AFTER_CURRENT = "after-current"
    SOON = "soon"


@dataclass(frozen=True)
class ScheduleVersion:
    """One saved plan; immutable.

    Args:
        number: 1 for a channel's first, rising by one.
        from_position: the grid position from which on it plays.
        kept: the plan, with what was known of its programmes when it was saved.
        saved_by: an account; empty for the service itself, when what is known has changed.
        resumption: how it takes over in the middle of a day; None as though it had always been.
    """

    number: int
    from_position: int
    kept: KeptPlan
    saved_by: str
    saved_ms: int
    resumption: Resumption | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The loop."""
        return self.kept.outline.loop

    @property
    def facts(self) -> Mapping[str, Facts]:
        """By id, of every programme that the plan names."""
        return self.kept.facts

    def plan(self) -> Plan:
        """The whole plan."""
        return self.kept.plan()


def effective(channel_id: str, versions: Sequence[ScheduleVersion]) -> ChannelSchedule:
    """The schedule that ``versions`` (oldest first, at least one) make together."""
    return VersionedSchedule(
        tuple((v.from_position, DaySchedule(channel_id, v.kept, v.resumption)) for v in versions)
    )


def earliest_position(now_ms: int) -> int:
    """The first position that nobody holds yet: 30 s ahead."""
    return position_at(now_ms + LEAD_MS) + 1


def begin_position(current: ChannelSchedule, now_ms: int, start: Start) -> int:
    """Where a schedule saved at ``now_ms`` begins: never within the next 30 s, never inside a break.

    With ``AFTER_CURRENT`` it waits for the end of the programme that plays then, with the breaks in it.
    """
    return after_what_is_on(current, earliest_position(now_ms), start)


def after_what_is_on(current: ChannelSchedule, position: int, start: Start) -> int:
    """``position``, or the end of the break there, or (``AFTER_CURRENT``) of the programme there."""
    slots = current.slots(position - 1, position + _AIRING_SEGMENTS)
    slot = next(one for one in slots if one.end > position)
    if start is Start.AFTER_CURRENT:
        airing = _airing_over(current, slots, position)
        last = max((one.end for one in slots if one.airing_id == airing), default=position)
        if airing:
            return last
    if slot.start == position:
        return position
    return slot.end if slot.kind is SlotKind.BREAK else position


def _airing_over(current: ChannelSchedule, slots: Sequence[Slot], position: int) -> str:
    """The airing of a programme that goes on at ``position`` or behind the break there; empty for none."""
    on_air = next(one for one in slots if one.end > position)
    begun = on_air.airing_id if on_air.start < position and on_air.programme_id else ""
    if not on_air.aside and begun:
        return begun
    before = slots[0]
    for _ in range(PAUSE_SLOTS):
        if before.aside:
            before = current.slots(before.start - 1, before.start - 1)[0]
    ahead = next((one for one in slots if one.end > position and not one.aside), on_air)
    return ahead.airing_id if ahead.programme_id and ahead.airing_id == before.airing_id else begun


def loop_index_after(current: ChannelSchedule, begin: int, entries: Sequence[Entry]) -> int:
    """Index in ``entries`` of what follows the entry of the loop that is on air just before ``begin``."""
    schedule = current.at(begin - 1)
    held, origin = schedule.kept.outline.loop, schedule.origin_at(begin - 1)
    if origin.block >= 0 or not 0 <= origin.entry < len(held) or not entries:
        return 0
    following = schedule.origin_at(begin)
    if following == origin._replace(source=following.source) and following.source is not origin.source:
        return going_on(held, (origin.entry - 1) % len(held), entries)  # a break that stands before its entry
    return going_on(held, origin.entry, entries)


def going_on(held: Sequence[Entry], on_air: int, entries: Sequence[Entry]) -> int:
    """Index in ``entries`` of what follows that of ``held`` with the index ``on_air``.

    That is the one after it; if it is gone, the nearest later one that was kept; else the first.
    """
    alike = [index for index, entry in enumerate(entries) if entry == held[on_air]]
    if len(alike) == 1 and isinstance(held[on_air], ProgrammeEntry):
        return (alike[0] + 1) % len(entries)
    kept = {
        block.a + step: block.b + step
        for block in SequenceMatcher(None, held, entries, autojunk=False).get_matching_blocks()
        for step in range(block.size)
    }
    if on_air in kept:
        return (kept[on_air] + 1) % len(entries)
    later = (*range(on_air + 1, len(held)), *range(on_air))
    return next((kept[index] for index in later if index in kept), 0)


def superseding(versions: Sequence[ScheduleVersion], new: ScheduleVersion) -> tuple[ScheduleVersion, ...]:
    """``versions`` with ``new`` at the end, without those that would have begun at its position or later."""
    return (*(v for v in versions if v.from_position < new.from_position), new)


def worth_keeping(
    versions: Sequence[ScheduleVersion], now_ms: int, *, keep_ms: int = KEEP_MS
) -> tuple[ScheduleVersion, ...]:
    """``versions`` (oldest first) without those that ended more than ``keep_ms`` (eight days) ago."""
    ends = [starts_at_ms(v.from_position) for v in versions[1:]] + [now_ms + 1]
    return tuple(v for v, end_ms in zip(versions, ends, strict=True) if end_ms > now_ms - keep_ms)


def appended(entries: Sequence[Entry], programme_id: str) -> tuple[Entry, ...]:
    """``entries`` with a programme at the end, in the schedule's own rhythm of breaks."""
    programme = ProgrammeEntry(programme_id)
    breaks = [entry for entry in entries if isinstance(entry, BreakEntry)]
    if not entries:
        return (programme, BreakEntry())
    if not breaks:
        return (*entries, programme)
    if isinstance(entries[-1], BreakEntry):
        return (*entries, programme, breaks[-1])
    return (*entries, breaks[-1], programme)
