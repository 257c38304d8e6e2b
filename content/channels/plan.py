"""What editors arrange for a channel: templates by weekday, single dates, a loop for the rest, and rules.

All times of day are the channel's own wall clock; :mod:`content.channels.local_time` has their instants.
Every struct here is also the JSON that the API reads and writes.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import msgspec

DEFAULT_BREAK_SEGMENTS = 16
HOUR_S = 3600
DEFAULT_TIMEZONE = "Europe/Paris"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class ProgrammeEntry(
    msgspec.Struct, frozen=True, tag_field="kind", tag="programme", forbid_unknown_fields=True
):
    """A programme, as an editor places it. Where its asset has cues, breaks may part it."""

    programme_id: str


class BreakEntry(msgspec.Struct, frozen=True, tag_field="kind", tag="break", forbid_unknown_fields=True):
    """A break for promotions, as an editor places it; a segment lasts 1.92 s."""

    segments: int = DEFAULT_BREAK_SEGMENTS


Entry = ProgrammeEntry | BreakEntry


class Begin(StrEnum):
    """What a block does while something else is still on."""

    WAIT = "wait"
    CUT = "cut"


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Entries that follow one another from a time of day on.

    Args:
        at: ``HH:MM`` or ``HH:MM:SS``, local. It begins at the first position of the grid not before.
        until: local time, after ``at`` on the same date, by which it is over (``24:00``, or ``00:00``, for
            the day's end): what does not fit whole is left out. None: when its entries are.
        repeat: they begin again, as long as they fit whole, until ``until``, the next block or the day's end.
        start: ``wait`` for what is on, or ``cut`` it. The first block of a date always cuts.
    """

    at: str
    entries: tuple[Entry, ...]
    until: str | None = None
    repeat: bool = False
    start: Begin = Begin.WAIT


class FillRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands where nothing is planned and no item of the loop fits.

    Args:
        fillers: programme ids; taken in turn, none twice running where there are two, the last cut at the
            end of the gap. The slate where there are none.
        opener, closer: programme ids of the bumpers before and after each break; empty for none.
    """

    fillers: tuple[str, ...] = ()
    opener: str = ""
    closer: str = ""


class BreakRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where breaks may stand. There is none in or next to a programme made for children, whatever is planned.

    Args:
        max_s_per_hour: in any stretch of an hour, seconds; 3600 for no limit.
        min_spacing_s: from the end of a break to the begin of the next, seconds.
        length_s: of those that these rules insert, seconds (rounded to the grid).
        at_cues: insert one at each cue of a programme.
        between: insert one between two programmes of a block, or of the loop, where no entry stands for one.
    """

    max_s_per_hour: int = HOUR_S
    min_spacing_s: int = 0
    length_s: int = 30
    at_cues: bool = True
    between: bool = False


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """A plan but for its days.

    Args:
        timezone: an IANA name.
        loop: what plays in turn whenever no block does; the slate where it is empty.
        territories: ISO 3166-1 countries in which the channel is offered: elsewhere no list names it, and a
            filler plays in place of its programmes. Empty for all.
    """

    timezone: str = DEFAULT_TIMEZONE
    loop: tuple[Entry, ...] = ()
    fill: FillRule = FillRule()
    breaks: BreakRules = BreakRules()
    territories: tuple[str, ...] = ()


class Plan(Outline, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that a channel plays.

    Args:
        week: blocks by weekday, ``mon`` to ``sun``.
        days: blocks by local date, ``YYYY-MM-DD``: they replace that weekday's. No blocks: the loop all day.
    """

    week: dict[str, tuple[Block, ...]] = {}
    days: dict[str, tuple[Block, ...]] = {}


class Severity(StrEnum):
    """How bad a finding is."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


class FindingCode(StrEnum):
    """What was found; ``content.web.wording.FINDINGS`` has the sentence and what to do about it."""

    LATE = "starts-late"
    CUT = "cut-short"
    LEFT_OUT = "left-out"
    GAP = "gap"
    SLATE = "slate"
    RIGHTS = "rights"
    TERRITORY = "territory"
    MISSING = "missing-asset"
    BREAK_RULE = "break-rule"
    CHILDREN = "break-children"
    CLOCK = "clock-change"


SEVERITIES: Mapping[FindingCode, Severity] = {
    FindingCode.LATE: Severity.WARNING,
    FindingCode.CUT: Severity.WARNING,
    FindingCode.LEFT_OUT: Severity.WARNING,
    FindingCode.GAP: Severity.NOTE,
    FindingCode.SLATE: Severity.WARNING,
    FindingCode.RIGHTS: Severity.ERROR,
    FindingCode.TERRITORY: Severity.NOTE,
    FindingCode.MISSING: Severity.ERROR,
    FindingCode.BREAK_RULE: Severity.NOTE,
    FindingCode.CHILDREN: Severity.NOTE,
    FindingCode.CLOCK: Severity.NOTE,
}


class Finding(msgspec.Struct, frozen=True):
    """Something in a day's schedule that its editor should know of.

    Args:
        at_ms: where, in milliseconds since 1970.
        seconds: how much: late, cut, empty …; 0 where there is no measure.
        title: of the programme that it concerns; empty for none.
        field: where it stands in the plan: ``days.2026-12-24[0].entries[2]``, ``loop[1]``; empty for none.
        reason: a coded reason where there are several, such as ``rights-ended``.
    """

    code: FindingCode
    severity: Severity
    at_ms: int
    seconds: int = 0
    title: str = ""
    field: str = ""
    reason: str = ""


def day_key(day: date) -> str:
    """The key of a date in :class:`Plan`."""
    return day.isoformat()


def weekday_key(day: date) -> str:
    """The key of a date's weekday in :class:`Plan`."""
    return WEEKDAYS[day.weekday()]
