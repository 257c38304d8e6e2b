"""What cannot be planned, refused by name: the entry at fault, what is wrong with it and what to do."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import time

import msgspec

from content.channels.facts import Facts
from content.channels.local_time import (
    DATE_MEANT,
    MIDNIGHT,
    date_near,
    end_of,
    is_midnight,
    time_of_day,
    zone_of,
)
from content.channels.plan import (
    HOUR_S,
    WEEKDAYS,
    Block,
    BreakEntry,
    BreakRules,
    Entry,
    FillRule,
    Outline,
    Plan,
    ProgrammeEntry,
)
from content.library.programme import Programme
from kernel.country import COUNTRIES
from kernel.errors import Conflict, Invalid
from media.house_format import SEGMENT_MS

BREAK_SEGMENTS_LIMIT = 160
ENTRIES_LIMIT = 500
BLOCKS_LIMIT = 500
DAYS_LIMIT = 800
FILLERS_LIMIT = 100
TOTAL_LIMIT = 60_000

Named = tuple[str, str]
"""Where in the plan, and the id of the programme there."""


def check_loop(entries: Sequence[Entry], field: str = "loop") -> None:
    """Nothing where it can repeat.

    Raises:
        Invalid: ``schedule-empty``, ``schedule-too-long``, ``break-too-short``, ``break-too-long``,
            ``breaks-adjacent``.
    """
    if not any(isinstance(entry, ProgrammeEntry) for entry in entries):
        raise Invalid("schedule-empty", "The schedule has no programme.", fix="Add at least one programme.")
    _check_entries(entries, field)
    following = [*entries[1:], entries[0]]
    for index, (entry, after) in enumerate(zip(entries, following, strict=True)):
        if isinstance(entry, BreakEntry) and isinstance(after, BreakEntry):
            raise Invalid(
                "breaks-adjacent",
                f"Entry {index + 1} is a break, and so is the one after it (the schedule repeats).",
                fix="Make one longer break of the two, or put a programme between them.",
                fields={f"{field}[{index}]": "Two breaks follow each other."},
            )


def check_plan(plan: Plan, now_ms: int, held: Collection[str] = ()) -> None:
    """Nothing where ``plan`` has a good shape.

    Args:
        plan: as :func:`tidy_plan` makes it.
        now_ms: new dates lie from a year before that to three years after.
        held: dates that the plan had before.

    Raises:
        Invalid: what :func:`check_loop` raises; ``timezone-unknown``, ``day-unknown``, ``time-malformed``,
            ``block-empty``, ``block-reversed``, ``blocks-collide``, ``rules-out-of-range``,
            ``territory-unknown``.
    """
    if zone_of(plan.timezone) is None:
        raise _wrong("timezone-unknown", "timezone", "An IANA name such as Europe/Paris.")
    if plan.loop:
        check_loop(plan.loop)
    _check_lengths(plan)
    _check_keys(plan, now_ms, held)
    for field, blocks in parts(plan):
        check_blocks(blocks, field)
    _check_rules(plan.breaks)
    if not COUNTRIES.issuperset(plan.territories):
        raise _wrong("territory-unknown", "territories", "Countries by their two letters, such as FR BE.")


def check_blocks(blocks: Sequence[Block], field: str) -> None:
    """Nothing where the blocks of a day have a good shape.

    Raises:
        Invalid: as :func:`check_plan`.
    """
    if len(blocks) > BLOCKS_LIMIT:
        raise _too_long(f"{BLOCKS_LIMIT} blocks a day are allowed.")
    seen = set()
    for index, block in enumerate(blocks):
        at, until, where = time_of_day(block.at), block.until, f"{field}[{index}]"
        if at is None:
            raise _wrong("time-malformed", f"{where}.at", "A time such as 20:30 or 20:30:15.")
        if until is not None and end_of(until) is None:
            raise _wrong("time-malformed", f"{where}.until", "A time such as 20:30, 20:30:15 or 24:00.")
        if until is not None and (end_of(until) or at) <= at:
            raise _wrong("block-reversed", f"{where}.until", "It must be later than the beginning.")
        if at in seen:
            raise _wrong("blocks-collide", f"{where}.at", "Another block begins at the same time.")
        seen.add(at)
        if not block.entries:
            raise _wrong("block-empty", where, "Add a programme, or remove the block.")
        _check_entries(block.entries, f"{where}.entries")


def check_named(
    changed: Sequence[Named],
    programmes: Mapping[str, Programme],
    facts: Mapping[str, Facts],
    territories: tuple[str, ...],
    now_ms: int,
) -> None:
    """Nothing where all of ``changed`` can be shown, sooner or later.

    Raises:
        Invalid: ``programme-unknown``, ``rights-ended``, ``rights-territory-excluded``.
        Conflict: ``asset-not-ready``.
    """
    for field, programme_id in changed:
        programme, known = programmes.get(programme_id), facts.get(programme_id)
        if programme is None or known is None or programme.withdrawn_ms is not None:
            raise Invalid(
                "programme-unknown",
                f"The entry {field} names a programme that is not in the library.",
                fix="Remove the entry, or choose another programme.",
                fields={field: "Unknown programme."},
            )
        if not known.asset_id:
            raise Conflict(
                "asset-not-ready",
                f"“{programme.title}” ({field}) is not ready to play.",
                fix="Wait until its preparation is done, or leave it out for now.",
                fields={field: "Not ready to play."},
            )
        excluded = known.standing_refusal(territories)
        if excluded:
            raise no_rights(excluded, field, programme.title)
        until_ms = known.rights.window.until_ms
        if until_ms is not None and until_ms <= now_ms:
            raise no_rights("rights-ended", field, programme.title)


def no_rights(reason: str, field: str, title: str) -> Invalid:
    """A programme is planned where its rights do not allow it."""
    return Invalid(
        reason,
        f"“{title}” ({field}) may not be shown there: {_WHY.get(reason, 'its rights do not allow it')}.",
        fix="Choose another programme or another time, or correct what was agreed on it.",
        fields={field: "Its rights do not allow it."},
    )


def parts(plan: Plan) -> Iterator[tuple[str, tuple[Block, ...]]]:
    """The blocks of each weekday and date, with where they stand."""
    for key, blocks in plan.week.items():
        yield f"week.{key}", blocks
    for key, blocks in plan.days.items():
        yield f"days.{key}", blocks


def named_entries(
    plan: Plan, before: Outline | None = None, changed: Collection[str] | None = None
) -> Iterator[Named]:
    """Each programme that ``plan`` names; only where that part of it is other than in ``before``.

    Of weekdays and dates only those that are ``changed``, if they are told.

    Loop and fillers go on for years, and what stands in them may lose its rights one day: fill stands in.
    Who changes something else there need not take it out first: only what ``before`` did not have is given.
    """
    elsewhere = before is None or plan.territories != before.territories
    yield from _added(_named("loop", plan.loop), [] if before is None or elsewhere else before.loop)
    fill, filled = plan.fill, FillRule() if before is None else before.fill
    for index, filler in enumerate(fill.fillers):
        if filler not in filled.fillers:
            yield f"fill.fillers[{index}]", filler
    if fill.opener and fill.opener != filled.opener:
        yield "fill.opener", fill.opener
    if fill.closer and fill.closer != filled.closer:
        yield "fill.closer", fill.closer
    for field, blocks in parts(plan):
        if changed is None or field.partition(".")[2] in changed:
            for index, block in enumerate(blocks):
                yield from _named(f"{field}[{index}].entries", block.entries)


def tidy_plan(plan: Plan) -> Plan:
    """``plan`` with blocks in order of time, the end of the day by its one name, and each country once."""

    def sort(days: Mapping[str, tuple[Block, ...]]) -> dict[str, tuple[Block, ...]]:
        return {key: tuple(_ended(one) for one in sorted(blocks, key=_at)) for key, blocks in days.items()}

    codes = tuple(sorted({code.strip().upper() for code in plan.territories}))
    return msgspec.structs.replace(plan, week=sort(plan.week), days=sort(plan.days), territories=codes)


_WHY = {
    "rights-ended": "its rights are over by then",
    "rights-not-begun": "its rights have not begun by then",
    "rights-territory-excluded": "not in any country of this channel",
}


def _named(field: str, entries: Sequence[Entry]) -> Iterator[Named]:
    for index, entry in enumerate(entries):
        if isinstance(entry, ProgrammeEntry):
            yield f"{field}[{index}]", entry.programme_id


def _added(named: Iterator[Named], before: Sequence[Entry]) -> Iterator[Named]:
    """Of ``named`` those that ``before`` did not have, or not as often."""
    had = Counter(entry.programme_id for entry in before if isinstance(entry, ProgrammeEntry))
    for field, programme_id in named:
        if had[programme_id]:
            had[programme_id] -= 1
        else:
            yield field, programme_id


def _check_entries(entries: Sequence[Entry], field: str) -> None:
    if len(entries) > ENTRIES_LIMIT:
        raise Invalid(
            "schedule-too-long",
            f"The schedule has {len(entries)} entries; {ENTRIES_LIMIT} are allowed.",
            fix="Remove some: the schedule repeats by itself.",
        )
    for index, entry in enumerate(entries):
        if not isinstance(entry, BreakEntry):
            continue
        where = f"{field}[{index}]"
        if entry.segments < 1:
            raise _wrong("break-too-short", where, "At least one segment.")
        if entry.segments > BREAK_SEGMENTS_LIMIT:
            raise _wrong("break-too-long", where, f"At most {BREAK_SEGMENTS_LIMIT} segments of 1.92 s.")


def _check_lengths(plan: Plan) -> None:
    if len(plan.days) > DAYS_LIMIT or len(plan.fill.fillers) > FILLERS_LIMIT:
        raise _too_long(f"{DAYS_LIMIT} dates and {FILLERS_LIMIT} fillers are allowed.")
    if sum(1 for _ in named_entries(plan)) > TOTAL_LIMIT:
        raise _too_long(f"{TOTAL_LIMIT} entries are allowed in all.")


def _check_keys(plan: Plan, now_ms: int, held: Collection[str]) -> None:
    for key in plan.week:
        if key not in WEEKDAYS:
            raise _wrong("day-unknown", f"week.{key}", "One of mon, tue, wed, thu, fri, sat, sun.")
    for key in plan.days:
        if key not in held and date_near(key, now_ms) is None:
            raise _wrong("day-unknown", f"days.{key}", DATE_MEANT)


def _check_rules(rules: BreakRules) -> None:
    longest_s = BREAK_SEGMENTS_LIMIT * SEGMENT_MS // 1000
    for name, low, high in (
        ("max_s_per_hour", 0, HOUR_S),
        ("min_spacing_s", 0, HOUR_S),
        ("length_s", 2, longest_s),
    ):
        if not low <= getattr(rules, name) <= high:
            raise _wrong("rules-out-of-range", f"breaks.{name}", f"Between {low} and {high} s.")


def _ended(block: Block) -> Block:
    by_midnight = block.until is not None and is_midnight(block.until)
    return msgspec.structs.replace(block, until=MIDNIGHT) if by_midnight else block


def _at(block: Block) -> time:
    return time_of_day(block.at) or time.min


def _wrong(code: str, field: str, message: str) -> Invalid:
    return Invalid(code, f"Something is wrong with {field}.", fix=message, fields={field: message})


def _too_long(message: str) -> Invalid:
    return Invalid("schedule-too-long", f"The schedule is too long: {message}", fix="Leave some out.")
