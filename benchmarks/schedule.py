"""A year of schedule: loading it, asking what is on, what a change costs, and what it takes of memory.

17,520 programmes at fixed times over 365 dates, weekly templates besides, 500 programmes in the library,
on SQLite as the service uses it. ``python benchmarks/schedule.py``.
"""

import itertools
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import msgspec
from sqlalchemy import Engine

from content.adapters.sql_channels import SqlChannels
from content.adapters.sql_programmes import SqlProgrammes
from content.channels.channel import Channel
from content.channels.facts import Facts
from content.channels.gather_facts import GatherFacts
from content.channels.kept_plan import kept
from content.channels.plan import (
    WEEKDAYS,
    Block,
    BreakEntry,
    BreakRules,
    FillRule,
    Plan,
    ProgrammeEntry,
    day_key,
)
from content.channels.save_plan import SavePlan, find_channel
from content.channels.schedule import ChannelSchedule, ScheduleVersion, effective
from content.channels.takeover import take_over
from content.library.programme import Category, Programme
from kernel.clock import from_ms
from media.adapters.sql_assets import SqlAssets
from media.adapters.sql_cues import SqlCues
from media.asset import Asset, AssetState
from media.house_format import SEGMENT_MS, position_at, starts_at_ms
from media.manifest import AssetManifest
from media.timeline import Slot, SlotKind
from server.engines.database import open_database
from server.records import migrate

FIRST = date(2026, 6, 1)
LIBRARY = 500
RULES = BreakRules(max_s_per_hour=720, min_spacing_s=600, length_s=60)
NOW_MS = 1_780_300_800_000  # 2026-06-01, 08:00 UTC
ROUNDS = 7


def name(number: int) -> str:
    """A programme's id, as long as real ones are."""
    return f"prg_{number:022}"


def year(days: int) -> Plan:
    """Each date with a programme at every half hour."""
    dates = {
        day_key(FIRST + timedelta(d)): tuple(
            Block(f"{n // 2:02}:{n % 2 * 30:02}", (ProgrammeEntry(name((d * 48 + n) % LIBRARY)),))
            for n in range(48)
        )
        for d in range(days)
    }
    week = {key: dates[day_key(FIRST)] for key in WEEKDAYS}
    loop = (ProgrammeEntry(name(0)), BreakEntry(16))
    return Plan(loop=loop, week=week, days=dates, fill=FillRule((name(1), name(2))), breaks=RULES)


def facts() -> dict[str, Facts]:
    """Programmes of 20 to 29 minutes with a cue in the middle."""
    return {
        name(n): Facts(f"ast_{n:022}", 625 + n % 281, f"Programme {n}", cues=(300,)) for n in range(LIBRARY)
    }


class Standing:
    """A clock that stands."""

    def now_ms(self) -> int:
        """The moment of the measurement."""
        return NOW_MS

    def now(self) -> datetime:
        """The same."""
        return from_ms(NOW_MS)


def library(engine: Engine) -> GatherFacts:
    """The programmes of :func:`facts`, in the library."""
    programmes, assets = SqlProgrammes(engine), SqlAssets(engine)
    for key, one in facts().items():
        duration_ms = one.segments * SEGMENT_MS
        assets.add(Asset(one.asset_id, "acc", "", "", AssetState.QUEUED, 0, (), None, NOW_MS))
        assets.begin(one.asset_id)
        assets.publish(AssetManifest(one.asset_id, one.segments, duration_ms, {}, "", cues=one.cues))
        programmes.add(Programme(key, one.asset_id, one.title, "", Category.OTHER, "fr", NOW_MS))
    return GatherFacts(programmes, assets, SqlCues(engine))


def saves(channels: SqlChannels, save: SavePlan, channel_id: str) -> Callable[[], object]:
    """A save as an editor makes one: all of the plan, in which a date is another."""
    turns = itertools.count(1)

    def work() -> object:
        turn, channel = next(turns), find_channel(channels, channel_id)
        plan = channels.versions(channel_id)[-1].plan()
        blocks = (Block("06:00", (ProgrammeEntry(name(turn)),)),)
        changed = msgspec.structs.replace(plan, days={**plan.days, day_key(FIRST): blocks})
        return save("acc", channel_id, channel.schedule_version, changed)

    return work


def took_ms(work: Callable[[], object]) -> float:
    """The median of the processor's time for some rounds."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        times.append((time.process_time() - began) * 1000)
    return statistics.median(times)


def measure(folder: Path) -> None:
    """Print what was seen."""
    engine = open_database(f"sqlite:///{folder}/bench.db")
    migrate(engine)
    channels = SqlChannels(engine)
    save = SavePlan(channels, library(engine), lambda _topic: None, Standing())
    begin, known = position_at(NOW_MS), facts()
    for days in (1, 30, 365):
        version = ScheduleVersion(1, begin, kept(year(days), known), "", NOW_MS)
        channels.add(Channel(f"chn_{days}", f"c{days}", "", 0), version)

    print(
        "dates planned |  SQL to schedule |  first look, at a day | 12 positions then | plan changed today"
        " |  whole save"
    )
    for days in (1, 30, 365):
        channel_id = f"chn_{days}"

        def load(channel_id: str = channel_id) -> object:
            return effective(channel_id, channels.versions(channel_id))

        fresh = iter([load() for _ in range(ROUNDS)])
        first = took_ms(lambda fresh=fresh: next(fresh).slots(begin, begin + 11))
        schedule = effective(channel_id, channels.versions(channel_id))
        many = took_ms(lambda s=schedule: [s.slots(k, k + 11) for k in range(begin, begin + 1000)])
        changed = kept(year(days), known | {name(3): Facts("", 700)})
        moved = took_ms(lambda s=schedule, c=changed, i=channel_id: take_over(i, s, c, NOW_MS))
        loaded = took_ms(load)
        saved = took_ms(saves(channels, save, channel_id))
        print(
            f"{days:13} | {loaded:13.1f} ms | {first:18.1f} ms | {many:14.2f} µs | {moved:15.1f} ms"
            f" | {saved:8.1f} ms"
        )

    tracemalloc.start()
    schedule = effective("chn_365", channels.versions("chn_365")[:1])
    loaded, _ = tracemalloc.get_traced_memory()
    schedule.slots(begin, begin + 11)
    with_a_day, _ = tracemalloc.get_traced_memory()
    for day in range(30):
        schedule.slots(begin + day * 45_000, begin + day * 45_000 + 11)
    at_most, _ = tracemalloc.get_traced_memory()
    print(
        f"memory of a channel with a year: {loaded / 1024:.0f} KiB, with the day on air "
        f"{with_a_day / 1024:.0f} KiB, after looking at a month {at_most / 1024:.0f} KiB"
    )
    tracemalloc.stop()
    compiled = took_ms(lambda: [schedule.at(begin).compiled_at(begin + d * 45_000) for d in range(10)]) / 10
    print(
        f"a day of 48 programmes and {len(breaks(schedule, begin))} breaks is compiled in {compiled:.1f} ms"
    )


def breaks(schedule: ChannelSchedule, begin: int) -> list[Slot]:
    """Those of the next 24 hours."""
    return [slot for slot in schedule.slots(begin, begin + 45_000) if slot.kind is SlotKind.BREAK]


if __name__ == "__main__":
    assert starts_at_ms(position_at(NOW_MS)) <= NOW_MS
    with tempfile.TemporaryDirectory() as place:
        measure(Path(place))
