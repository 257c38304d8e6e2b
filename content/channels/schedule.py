"""What editors arrange: an ordered loop of programmes and breaks, in numbered versions."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import accumulate

import msgspec

from content.channels.plan import BreakEntry, Entry, ProgrammeEntry
from content.channels.versioned_schedule import VersionedSchedule
from content.library.programme import Programme
from kernel.errors import Conflict, Invalid
from media.asset import SLATE_ID, Asset, AssetState
from media.house_format import SEGMENT_MS, position_at, starts_at_ms
from media.timeline import Loop, LoopItem, SlotKind

BREAK_SEGMENTS_LIMIT = 160
ENTRIES_LIMIT = 500
LEAD_MS = 30_000
KEEP_MS = 600_000
_IDLE = (LoopItem(64, SLATE_ID, 1, SlotKind.PROGRAMME),)


class Start(StrEnum):
    """When a changed schedule begins."""

    AFTER_CURRENT = "after-current"
    SOON = "soon"


class PlacedEntry(msgspec.Struct, frozen=True):
    """An entry with what it needs to play, fixed when it was saved; a break holds filler."""

    kind: SlotKind
    asset_id: str
    segments: int
    asset_segments: int
    programme_id: str = ""

    def as_entry(self) -> Entry:
        """As an editor would place it."""
        if self.kind is SlotKind.BREAK:
            return BreakEntry(self.segments)
        return ProgrammeEntry(self.programme_id)


class ScheduleVersion(msgspec.Struct, frozen=True):
    """One saved schedule; immutable.

    Args:
        number: 1 for a channel's first, rising by one.
        from_position: the grid position from which on it plays.
        entries: empty where the channel plays slate.
        first: index of the entry that starts there; the loop goes on from it.
    """

    number: int
    from_position: int
    entries: tuple[PlacedEntry, ...]
    saved_by: str
    saved_ms: int
    first: int = 0

    @property
    def anchor(self) -> int:
        """The position at which the loop's own first entry would have started."""
        return self.from_position - sum(entry.segments for entry in self.entries[: self.first])


def place(
    entries: Sequence[Entry], programmes: Mapping[str, Programme], assets: Mapping[str, Asset]
) -> tuple[PlacedEntry, ...]:
    """``entries`` with their assets.

    Args:
        entries: the loop, in order.
        programmes: by programme id; at least those that the entries name.
        assets: by asset id; at least those of these programmes.

    Raises:
        Invalid: ``schedule-empty``, ``schedule-too-long``, ``break-too-short``, ``break-too-long``,
            ``breaks-adjacent``, ``programme-unknown``.
        Conflict: ``asset-not-ready``.
    """
    _check_shape(entries)
    return tuple(
        _place_break(number, entry)
        if isinstance(entry, BreakEntry)
        else _place_programme(number, entry, programmes, assets)
        for number, entry in enumerate(entries, 1)
    )


def begin_position(current: VersionedSchedule, now_ms: int, start: Start) -> int:
    """Where a schedule saved at ``now_ms`` begins: never within the next 30 s, never inside a break.

    With ``AFTER_CURRENT`` it waits for the end of the programme that plays then.
    """
    earliest = position_at(now_ms + LEAD_MS) + 1
    slot = current.slots(earliest, earliest)[0]
    if slot.start == earliest:
        return earliest
    whole = slot.kind is SlotKind.BREAK or (start is Start.AFTER_CURRENT and slot.programme_id != "")
    return slot.end if whole else earliest


def going_on(versions: Sequence[ScheduleVersion], begin: int, entries: Sequence[PlacedEntry]) -> int:
    """Index in ``entries`` of what follows the entry that ``versions`` have on air just before ``begin``.

    That is the one after it; if it is gone, the nearest later one that was kept; else the first.
    """
    told = [version for version in versions if version.from_position < begin]
    held = told[-1] if told else versions[0]
    if not held.entries:
        return 0
    on_air = _index_at(held, begin - 1)
    alike = [index for index, entry in enumerate(entries) if entry == held.entries[on_air]]
    if len(alike) == 1 and held.entries[on_air].kind is SlotKind.PROGRAMME:
        return (alike[0] + 1) % len(entries)
    kept = {
        block.a + step: block.b + step
        for block in SequenceMatcher(None, held.entries, entries, autojunk=False).get_matching_blocks()
        for step in range(block.size)
    }
    if on_air in kept:
        return (kept[on_air] + 1) % len(entries)
    later = (*range(on_air + 1, len(held.entries)), *range(on_air))
    return next((kept[index] for index in later if index in kept), 0)


def _index_at(version: ScheduleVersion, position: int) -> int:
    ends = list(accumulate(entry.segments for entry in version.entries))
    return bisect_right(ends, (position - version.anchor) % ends[-1])


def effective(channel_id: str, versions: Sequence[ScheduleVersion]) -> VersionedSchedule:
    """The schedule that ``versions`` (oldest first, at least one) make together."""
    return VersionedSchedule(
        tuple(
            (v.from_position, Loop(channel_id, v.anchor, tuple(map(_loop_item, v.entries)) or _IDLE))
            for v in versions
        )
    )


def superseding(versions: Sequence[ScheduleVersion], new: ScheduleVersion) -> tuple[ScheduleVersion, ...]:
    """``versions`` with ``new`` at the end, without those that would have begun at its position or later."""
    return (*(v for v in versions if v.from_position < new.from_position), new)


def worth_keeping(
    versions: Sequence[ScheduleVersion], now_ms: int, *, keep_ms: int = KEEP_MS
) -> tuple[ScheduleVersion, ...]:
    """``versions`` (oldest first) without those that ended more than ``keep_ms`` (ten minutes) ago."""
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


def _check_shape(entries: Sequence[Entry]) -> None:
    if not any(isinstance(entry, ProgrammeEntry) for entry in entries):
        raise Invalid("schedule-empty", "The schedule has no programme.", fix="Add at least one programme.")
    if len(entries) > ENTRIES_LIMIT:
        raise Invalid(
            "schedule-too-long",
            f"The schedule has {len(entries)} entries; {ENTRIES_LIMIT} are allowed.",
            fix="Remove some: the schedule repeats by itself.",
        )
    following = [*entries[1:], entries[0]]
    for number, (entry, after) in enumerate(zip(entries, following, strict=True), 1):
        if isinstance(entry, BreakEntry) and isinstance(after, BreakEntry):
            raise Invalid(
                "breaks-adjacent",
                f"Entry {number} is a break, and so is the one after it (the schedule repeats).",
                fix="Make one longer break of the two, or put a programme between them.",
                fields={_field(number): "Two breaks follow each other."},
            )


def _place_break(number: int, entry: BreakEntry) -> PlacedEntry:
    if entry.segments < 1:
        raise Invalid(
            "break-too-short",
            f"Entry {number} is a break of {entry.segments} segments.",
            fix="Give it at least one segment, or remove it.",
            fields={_field(number): "At least one segment."},
        )
    if entry.segments > BREAK_SEGMENTS_LIMIT:
        raise Invalid(
            "break-too-long",
            f"Entry {number} is a break of {entry.segments} segments.",
            fix=f"Give it at most {BREAK_SEGMENTS_LIMIT} segments of {SEGMENT_MS / 1000} s.",
            fields={_field(number): f"At most {BREAK_SEGMENTS_LIMIT} segments."},
        )
    return PlacedEntry(SlotKind.BREAK, SLATE_ID, entry.segments, 1)


def _place_programme(
    number: int, entry: ProgrammeEntry, programmes: Mapping[str, Programme], assets: Mapping[str, Asset]
) -> PlacedEntry:
    programme = programmes.get(entry.programme_id)
    if programme is None or programme.withdrawn_ms is not None:
        raise Invalid(
            "programme-unknown",
            f"Entry {number} names a programme that is not in the library.",
            fix="Remove the entry, or choose another programme.",
            fields={_field(number): "Unknown programme."},
        )
    asset = assets.get(programme.asset_id)
    if asset is None or asset.state is not AssetState.READY or asset.manifest is None:
        raise Conflict(
            "asset-not-ready",
            f"“{programme.title}” (entry {number}) is not ready to play.",
            fix="Wait until its preparation is done, or leave it out for now.",
            fields={_field(number): "Not ready to play."},
        )
    segments = asset.manifest.segments
    return PlacedEntry(SlotKind.PROGRAMME, asset.asset_id, segments, segments, programme.programme_id)


def _loop_item(entry: PlacedEntry) -> LoopItem:
    return LoopItem(entry.segments, entry.asset_id, entry.asset_segments, entry.kind, entry.programme_id)


def _field(number: int) -> str:
    return f"entries[{number - 1}]"
