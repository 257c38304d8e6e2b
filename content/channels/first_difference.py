"""Where two schedules part."""

from media.timeline import Schedule, Slot

STRETCH_SEGMENTS = 2_000
"""An hour or so: most that differ do so soon, and a fortnight of short films is very many slots."""


def first_difference(old: Schedule, new: Schedule, first: int, last: int) -> int | None:
    """The first position, ``first`` to ``last``, at which they play something else; None for none."""
    for begin in range(first, last + 1, STRETCH_SEGMENTS):
        found = _within(old, new, begin, min(begin + STRETCH_SEGMENTS - 1, last))
        if found is not None:
            return found
    return None


def _within(old: Schedule, new: Schedule, first: int, last: int) -> int | None:
    olds, news = old.slots(first, last), new.slots(first, last)
    a = b = 0
    at = first
    while at <= last:
        one, other = olds[a], news[b]
        run = _alike(one, other, at)
        if run == 0:
            return at
        at += run
        a += one.end <= at
        b += other.end <= at
    return None


def _alike(one: Slot, other: Slot, at: int) -> int:
    """For how many positions from ``at`` on two slots play the same."""
    if _what(one) != _what(other) or one.position(at) != other.position(at):
        return 0
    run = min(one.end, other.end) - at
    if one.asset_segments == other.asset_segments:
        return run
    return min(run, _until_again(one, at), _until_again(other, at))


def _what(slot: Slot) -> tuple[object, ...]:
    return slot.kind, slot.programme_id, slot.territories, slot.substitute, slot.fill


def _until_again(slot: Slot, at: int) -> int:
    """How far it is until a slot that repeats its asset begins it again."""
    return slot.asset_segments - (at - slot.start) % slot.asset_segments
