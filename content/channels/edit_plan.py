"""An editor reads and changes a channel's plan, and looks at its days before they come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from content.channels.channel import Channel
from content.channels.compiled import Origin, field_of
from content.channels.day_view import DayView, Effect, PlannedSlot, Source
from content.channels.local_time import DATE_MEANT, date_near, position_of
from content.channels.plan import WEEKDAYS, Block, Finding, Plan
from content.channels.save_plan import Planned, SavePlan, find_channel
from content.channels.schedule import ChannelSchedule, ScheduleVersion, Start, effective
from content.library.audit import AuditEntry
from content.ports import Audit, Channels
from kernel.clock import from_ms
from kernel.errors import Invalid
from media.house_format import position_at, starts_at_ms
from media.timeline import Slot, SlotKind

SLOTS_LIMIT = 5_000
DAYS_LIMIT = 31
HISTORY_LIMIT = 100
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Found:
    """What editors should know, in order of time, and how much more there is that weighs less."""

    findings: tuple[Finding, ...]
    untold: int


@dataclass(frozen=True)
class EditPlan:
    """Everything an editor does with a plan."""

    channels: Channels
    audit: Audit
    save: SavePlan

    def read(self, channel_id: str) -> tuple[Channel, ScheduleVersion]:
        """The channel and its newest version.

        Raises:
            NotFound: ``channel-unknown``.
        """
        channel = find_channel(self.channels, channel_id)
        return channel, self.channels.versions(channel_id)[-1]

    def put_day(
        self,
        editor_id: str,
        channel_id: str,
        expected: int,
        key: str,
        blocks: Sequence[Block] | None,
        start: Start = Start.AFTER_CURRENT,
    ) -> Planned:
        """Other blocks for one weekday or date.

        Args:
            editor_id: account that saves.
            channel_id: whose plan.
            expected: number of the version that the editor changed.
            key: ``mon`` to ``sun``, or ``YYYY-MM-DD``.
            blocks: those of that day; None takes back what was said of a date, or of a weekday.
            start: as in :class:`SavePlan`.

        Raises:
            NotFound, Invalid, Conflict: as :class:`SavePlan`.
        """
        _, version = self.read(channel_id)
        plan = version.plan()
        name = "week" if key in WEEKDAYS else "days"
        days = dict(plan.week if name == "week" else plan.days)
        if blocks is None:
            days.pop(key, None)
        else:
            days[key] = tuple(blocks)
        changed = msgspec.structs.replace(plan, **{name: days})
        return self.save(editor_id, channel_id, expected, changed, start)

    def preview(
        self, channel_id: str, day: str, plan: Plan | None, start: Start = Start.AFTER_CURRENT
    ) -> tuple[Effect | None, DayView]:
        """What plays on a local date, with ``plan`` if one is given, and then when that would go on air.

        Raises:
            NotFound: ``channel-unknown``.
            Invalid: ``day-unknown``; what a save raises.
            Conflict: ``asset-not-ready``.
        """
        channel = find_channel(self.channels, channel_id)
        shown = _date(day, self.save.clock.now_ms())
        planned = None if plan is None else self.save.plan(channel, plan, start)
        versions = planned.versions if planned else self.channels.versions(channel_id)
        return planned.effect if planned else None, view_day(channel_id, versions, shown)

    def findings(self, channel_id: str, days: int) -> Found:
        """What editors should know of the next ``days`` days, in order of time.

        Raises:
            NotFound: ``channel-unknown``.
            Invalid: ``days-out-of-range`` unless 1 ≤ days ≤ 31.
        """
        if not 1 <= days <= DAYS_LIMIT:
            message = f"From 1 to {DAYS_LIMIT}."
            raise Invalid("days-out-of-range", f"{days} days.", fix=message, fields={"days": message})
        find_channel(self.channels, channel_id)
        schedule = effective(channel_id, self.channels.versions(channel_id))
        now_ms = self.save.clock.now_ms()
        last = position_at(now_ms + days * 86_400_000)
        return found_in(schedule, position_at(now_ms), last)

    def history(self, channel_id: str) -> list[AuditEntry]:
        """What was changed of the schedule, the newest first.

        Raises:
            NotFound: ``channel-unknown``.
        """
        find_channel(self.channels, channel_id)
        return self.audit.of(channel_id, HISTORY_LIMIT)


def view_day(channel_id: str, versions: Sequence[ScheduleVersion], day: date) -> DayView:
    """A local date, from midnight to midnight, as ``versions`` play it."""
    schedule = effective(channel_id, versions)
    zone = ZoneInfo(versions[-1].kept.outline.timezone)
    first, last = position_of(day, time.min, zone), position_of(day + _DAY, time.min, zone) - 1
    slots, found = schedule.slots(first, last), found_in(schedule, first, last)
    return DayView(
        date=day.isoformat(),
        timezone=zone.key,
        starts_at_ms=starts_at_ms(first),
        ends_at_ms=starts_at_ms(last + 1),
        slots=tuple(_shown(schedule, slot, zone) for slot in slots[:SLOTS_LIMIT]),
        findings=found.findings,
        truncated=len(slots) > SLOTS_LIMIT,
        untold=found.untold,
    )


def found_in(schedule: ChannelSchedule, first: int, last: int) -> Found:
    """The findings between two positions; a day's are those of the version that plays it."""
    found: list[Finding] = []
    at, untold = first, 0
    while at <= last:
        day = schedule.at(at).compiled_at(at)
        index = schedule.index_at(at)
        untold += day.untold
        found += (
            one
            for one in day.findings
            if starts_at_ms(first) <= one.at_ms <= starts_at_ms(last)
            and schedule.index_at(position_at(one.at_ms)) == index
        )
        ends = [end for end in (day.end, schedule.ends(at)) if end is not None]
        if not ends:
            break
        at = min(ends)
    return Found(tuple(found), untold)


def _shown(schedule: ChannelSchedule, slot: Slot, zone: ZoneInfo) -> PlannedSlot:
    at = schedule.at(slot.start)
    origin: Origin = at.origin_at(slot.start)
    day = at.days.at(slot.start).field if origin.block >= 0 else ""
    facts = at.kept.facts.get(slot.programme_id)
    stands_in = not slot.programme_id and slot.kind is SlotKind.PROGRAMME
    local: datetime = from_ms(starts_at_ms(slot.start)).astimezone(zone)
    return PlannedSlot(
        kind=slot.kind,
        source=Source.FILL if stands_in else origin.source,
        programme_id=slot.programme_id,
        title=facts.title if facts else "",
        starts_at_ms=starts_at_ms(slot.start),
        ends_at_ms=starts_at_ms(slot.end),
        starts_at_local=local.isoformat(timespec="seconds"),
        field=field_of(origin, day),
        airing_id=slot.airing_id,
        territories=() if slot.territories == at.kept.outline.territories else slot.territories,
    )


def _date(text: str, now_ms: int) -> date:
    day = date_near(text, now_ms)
    if day is None:
        raise Invalid("day-unknown", f"{text} is no date.", fix=DATE_MEANT, fields={"date": DATE_MEANT})
    return day
