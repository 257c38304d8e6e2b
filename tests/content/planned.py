"""Plans and versions for tests, made of programmes that are named by their id."""

from collections.abc import Mapping
from datetime import date

from content.channels.compile_day import Resumption
from content.channels.compiled import Origin
from content.channels.day_schedule import DaySchedule
from content.channels.day_view import Source
from content.channels.facts import Facts
from content.channels.kept_plan import KeptPlan, kept
from content.channels.local_time import local_at
from content.channels.plan import Begin, Block, BreakEntry, Entry, Plan, ProgrammeEntry
from content.channels.schedule import ScheduleVersion
from media.timeline import Slot, SlotKind

MINUTE = 31.25
"""Segments."""


def known(**lengths: int) -> dict[str, Facts]:
    """Facts of programmes by id, each so many segments long."""
    return {name: Facts(f"ast_{name}", segments, name) for name, segments in lengths.items()}


def entries(text: str) -> tuple[Entry, ...]:
    """``"a - b"``: programmes by id, and breaks of 16 segments, or of so many: ``-8``."""
    return tuple(
        BreakEntry(int(word[1:] or 16)) if word[0] == "-" else ProgrammeEntry(word) for word in text.split()
    )


def block(at: str, text: str, until: str | None = None, repeat: bool = False, cut: bool = False) -> Block:
    """One block."""
    return Block(at, entries(text), until, repeat, Begin.CUT if cut else Begin.WAIT)


def schedule(plan: Plan, facts: Mapping[str, Facts]) -> DaySchedule:
    """As though it had always been."""
    return DaySchedule("chn", kept(plan, facts))


def loop_version(
    number: int, start: int, loop: tuple[Entry, ...], facts: Mapping[str, Facts], first: int = 0
) -> ScheduleVersion:
    """A version that is nothing but a loop."""
    resumed = Resumption(start, Origin(Source.LOOP), first)
    return ScheduleVersion(number, start, loop_plan(loop, facts), "acc_1", 0, resumed)


def loop_plan(loop: tuple[Entry, ...], facts: Mapping[str, Facts]) -> KeptPlan:
    """A plan that is nothing but a loop."""
    return kept(Plan(loop=loop), facts)


def on(plan: DaySchedule, first: int, last: int) -> list[tuple[str, str, int]]:
    """What plays: local time of day, name (``-`` for a break, ``.`` for the slate) and segments."""
    return [
        (f"{local_at(slot.start, plan.zone):%H:%M:%S}", name_of(slot), slot.segments)
        for slot in plan.slots(first, last)
    ]


def names(slots: tuple[Slot, ...]) -> list[str]:
    """Who plays."""
    return [name_of(slot) for slot in slots]


def name_of(slot: Slot) -> str:
    """``-`` for a break, ``.`` for the slate, else the programme's id."""
    return "-" if slot.kind is SlotKind.BREAK else slot.programme_id or "."


def day_of(plan: DaySchedule, day: date) -> list[tuple[str, str, int]]:
    """What plays in the broadcast day of a date."""
    compiled = plan.compiled_at(plan.days.start(day))
    assert compiled.start is not None
    assert compiled.end is not None
    return on(plan, compiled.start, compiled.end - 1)
