"""When a new plan takes over from the one on air, without disturbing the present."""

from dataclasses import dataclass, replace

from content.channels.break_ledger import HOUR_SEGMENTS, BreakLedger
from content.channels.compile_day import BroadcastDay, Resumption
from content.channels.compiled import Origin
from content.channels.day_schedule import DaySchedule
from content.channels.day_view import Source
from content.channels.first_difference import first_difference
from content.channels.kept_plan import KeptPlan, named_in
from content.channels.schedule import (
    ChannelSchedule,
    Start,
    after_what_is_on,
    earliest_position,
    loop_index_after,
)
from media.timeline import SlotKind

_AHEAD_SEGMENTS = 14 * 45_000
DAYS_LIMIT = 800
"""No plan reaches further ahead."""


@dataclass(frozen=True)
class Takeover:
    """Where a plan begins, and how."""

    position: int
    resumption: Resumption | None


@dataclass(frozen=True)
class _Compare:
    channel_id: str
    old: ChannelSchedule
    new: DaySchedule
    start: Start


def take_over(
    channel_id: str,
    old: ChannelSchedule,
    kept: KeptPlan,
    now_ms: int,
    start: Start = Start.AFTER_CURRENT,
    gone: str = "",
) -> Takeover:
    """The first position, 30 s ahead or later, at which ``kept`` plays something else than ``old``.

    A day that begins after that is taken over whole. Within the day on air what both play the same goes on;
    if they differ at once, what is on air is first played to its end. Unless that is the programme ``gone``:
    fill stands in up to where it would have ended, so that what follows comes when it was announced.
    """
    compare = _Compare(channel_id, old, DaySchedule(channel_id, kept), start)
    earliest = position = earliest_position(now_ms)
    given_way = _given_way(compare, earliest, gone) if gone else None
    if given_way is not None:
        return given_way
    for _ in range(DAYS_LIMIT):
        day = compare.new.days.at(position)
        if not _same_day(compare.old, compare.new.kept, day, position):
            if position > earliest:
                return Takeover(position, None)
            return _within(compare, day, earliest)
        if day.end is None:
            break
        position = day.end
    if position > earliest:
        return Takeover(position, None)
    return _resumed(compare, after_what_is_on(old, earliest, start))


def first_change(old: ChannelSchedule, new: ChannelSchedule, first: int, last: int) -> int | None:
    """The first position, ``first`` to ``last``, at which ``new`` plays something else; None for none.

    Args:
        old: before a version was added.
        new: with it.
        first: where the new version takes over.
        last: where nobody looks any further.

    A day that begins later and is made of the same plays the same, and is not compiled to be compared.
    """
    version, at = new.at(first), first
    while at <= last:
        day = version.days.at(at)
        end = last if day.end is None else min(day.end - 1, last)
        whole = day.start is not None and day.start >= first
        if not (whole and _same_day(old, version.kept, day, at)):
            found = first_difference(old, new, at, end)
            if found is not None:
                return found
        at = end + 1
    return None


def _same_day(old: ChannelSchedule, kept: KeptPlan, day: BroadcastDay, position: int) -> bool:
    """Whether a day is made of the same in both."""
    held = old.at(position)
    before = held.days.at(position)
    last = position if day.end is None else day.end - 1
    if (before.start, before.end) != (day.start, day.end) or before.blocks != day.blocks:
        return False
    if before.before_children != day.before_children or old.at(last) is not held:
        return False
    if held.kept.outline != kept.outline or before.field != day.field:
        return False
    if held.kept.facts == kept.facts:
        return True
    fill = kept.outline.fill
    names = {fill.opener, fill.closer, *fill.fillers, *named_in(kept.outline.loop)}
    names |= {name for block in day.blocks for name in named_in(block.entries)}
    return all(held.kept.facts.get(name) == kept.facts.get(name) for name in names)


def _within(compare: _Compare, day: BroadcastDay, earliest: int) -> Takeover:
    """In the day on air."""
    old, likely = compare.old, _as_though_before(compare, day, earliest)
    if likely is not None:
        limited = BreakLedger(likely.kept.outline.breaks).limited
        first = earliest - (HOUR_SEGMENTS if limited else 1)
        last = earliest + _AHEAD_SEGMENTS if day.end is None else day.end - 1
        differs = first_difference(old, likely, first, last)
        if differs is None and day.end is not None:
            return Takeover(day.end, None)
        slot = old.slots(differs, differs)[0] if differs is not None else None
        if differs is not None and slot is not None and differs > earliest:
            if slot.kind is not SlotKind.BREAK or slot.start == differs:
                return Takeover(differs, likely.resumption)
            earliest = differs
    return _resumed(compare, after_what_is_on(old, earliest, compare.start))


def _as_though_before(compare: _Compare, day: BroadcastDay, earliest: int) -> DaySchedule | None:
    """The new plan as it would play had it been there all day; None where that cannot be told.

    Where the plan on air took over in the middle of the day, the new one is given the same beginning.
    """
    held, kept = compare.old.at(earliest), compare.new.kept
    resumed = held.resumption
    if resumed is None or (day.start is not None and resumed.at <= day.start):
        return None if day.start is None else compare.new
    if held.kept.outline != kept.outline:
        return None
    if resumed.origin.block >= 0:
        before = held.days.at(earliest).blocks
        block = before[resumed.origin.block]
        if block not in day.blocks:
            return None
        origin = resumed.origin._replace(block=day.blocks.index(block))
        resumed = replace(resumed, origin=origin)
    return DaySchedule(compare.channel_id, kept, resumed)


def _given_way(compare: _Compare, earliest: int, gone: str) -> Takeover | None:
    """What is on air is ``gone``; None where it is something else."""
    old = compare.old
    begin = after_what_is_on(old, earliest, Start.SOON)
    # What begins just there is on, too.
    end = after_what_is_on(old, begin + 1, Start.AFTER_CURRENT)
    on_air = (slot for slot in old.slots(begin, end - 1) if not slot.aside)
    if all(slot.programme_id != gone for slot in on_air):
        return None
    taken = _resumed(compare, begin).resumption
    if taken is None:
        return None
    day = compare.new.days.at(begin)
    if day.end is not None and end >= day.end:
        return Takeover(begin, replace(taken, origin=Origin(Source.LOOP), fill_until=day.end))
    held = old.at(end)
    alike = held.kept.outline == compare.new.kept.outline and held.days.at(end).blocks == day.blocks
    origin = held.origin_at(end) if alike else compare.new.origin_at(end)
    following = origin if origin.block >= 0 else Origin(Source.LOOP)
    return Takeover(begin, replace(taken, origin=following, fill_until=end))


def _resumed(compare: _Compare, begin: int) -> Takeover:
    """From ``begin`` on, with the entry that the new plan has there, from its beginning."""
    old, new = compare.old, compare.new
    origin = new.origin_at(begin)
    if origin.block < 0:
        origin = Origin(Source.LOOP)
    index = loop_index_after(old, begin, new.kept.outline.loop)
    taken = tuple(
        (max(slot.start, begin - HOUR_SEGMENTS), min(slot.end, begin))
        for slot in old.slots(begin - HOUR_SEGMENTS, begin - 1)
        if slot.kind is SlotKind.BREAK
    )
    last = old.slots(begin - 1, begin - 1)[0]
    facts = old.at(begin - 1).kept.facts.get(last.programme_id)
    children = facts is not None and facts.children
    return Takeover(begin, Resumption(begin, origin, index, taken, children))
