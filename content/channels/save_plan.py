"""A plan becomes a version of a channel's schedule."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from content.channels.broadcast_days import BroadcastDays
from content.channels.channel import Channel
from content.channels.check_plan import check_named, check_plan, named_entries, no_rights, tidy_plan
from content.channels.day_schedule import DaySchedule
from content.channels.day_view import Effect
from content.channels.first_difference import first_difference
from content.channels.gather_facts import GatherFacts
from content.channels.kept_plan import EMPTY, KeptPlan, kept, named
from content.channels.plan import FindingCode, Plan, day_key
from content.channels.schedule import (
    KEEP_MS,
    ScheduleVersion,
    Start,
    begin_position,
    effective,
    superseding,
    worth_keeping,
)
from content.channels.takeover import take_over
from content.library.audit import AuditEntry
from content.ports import Announce, Channels
from kernel.clock import Clock, from_ms
from kernel.errors import Conflict, NotFound
from media.house_format import position_at, starts_at_ms

EFFECT_SEGMENTS = 14 * 45_000
DETAIL_PARTS = 20


@dataclass(frozen=True)
class Planned:
    """What a save would keep: all versions, the new one last, and when it shows."""

    channel: Channel
    versions: tuple[ScheduleVersion, ...]
    effect: Effect

    @property
    def version(self) -> ScheduleVersion:
        """The new one."""
        return self.versions[-1]


@dataclass(frozen=True)
class SavePlan:
    """Gives a channel a new plan from the first position at which it changes anything."""

    channels: Channels
    gather: GatherFacts
    announce: Announce
    clock: Clock

    def __call__(
        self, editor_id: str, channel_id: str, expected: int, plan: Plan, start: Start = Start.AFTER_CURRENT
    ) -> Planned:
        """The version saved.

        Args:
            editor_id: account that saves; empty for the service itself.
            channel_id: whose plan.
            expected: number of the version that the editor changed.
            plan: all of it.
            start: where it differs at once: after the programme then playing, or as soon as viewers allow.

        Raises:
            NotFound: ``channel-unknown``.
            Invalid: what :mod:`content.channels.check_plan` raises; ``rights-not-begun``.
            Conflict: ``schedule-changed`` if somebody saved since; ``asset-not-ready``.
        """
        channel = find_channel(self.channels, channel_id)
        if channel.schedule_version != expected:
            raise _changed()
        planned = self.plan(channel, plan, start, editor_id)
        return self._keep(planned, expected, planned.version.plan())

    def plan(self, channel: Channel, plan: Plan, start: Start, editor_id: str = "") -> Planned:
        """What a save would keep now; raises what a save would, but for ``schedule-changed``."""
        versions = self.channels.versions(channel.channel_id)
        before, now_ms = versions[-1].plan(), self.clock.now_ms()
        fit = tidy_plan(plan)
        check_plan(fit, now_ms, before.days.keys())
        fit = _without_past(fit, now_ms - KEEP_MS)
        programmes, facts = self.gather(named(fit), versions[-1].facts)
        changed = list(named_entries(fit, before))
        check_named(changed, programmes, facts, fit.territories, now_ms)
        keeping = kept(fit, facts)
        planned = self._planned(channel, versions, keeping, start, editor_id)
        dates = [key for key, blocks in fit.days.items() if before.days.get(key) != blocks]
        _check_rights(planned.version, channel.channel_id, dates)
        return planned

    def renew(self, channel: Channel) -> bool:
        """The same plan with what is known of its programmes now; False where nothing has changed."""
        versions = self.channels.versions(channel.channel_id)
        held = versions[-1]
        _, facts = self.gather(held.facts.keys(), held.facts)
        if all(one.plays_like(held.facts[name]) for name, one in facts.items()):
            return False
        keeping = KeptPlan(held.kept.outline, held.kept.blocks, facts)
        planned = self._planned(channel, versions, keeping, Start.AFTER_CURRENT, "")
        self._keep(planned, channel.schedule_version, None)
        return True

    def _planned(
        self,
        channel: Channel,
        versions: list[ScheduleVersion],
        keeping: KeptPlan,
        start: Start,
        editor_id: str,
    ) -> Planned:
        now_ms, old = self.clock.now_ms(), effective(channel.channel_id, versions)
        taken = take_over(channel.channel_id, old, keeping, now_ms, start)
        new = ScheduleVersion(
            number=channel.schedule_version + 1,
            from_position=taken.position,
            kept=keeping,
            saved_by=editor_id,
            saved_ms=now_ms,
            resumption=taken.resumption,
        )
        after = superseding(versions, new)
        begin = taken.position
        differs = first_difference(old, effective(channel.channel_id, after), begin, begin + EFFECT_SEGMENTS)
        effect = Effect(
            version=new.number,
            begins_at_ms=starts_at_ms(begin),
            effective_at_ms=None if differs is None else starts_at_ms(differs),
            frozen_until_ms=starts_at_ms(begin_position(old, now_ms, start)),
        )
        return Planned(channel, worth_keeping(after, now_ms), effect)

    def _keep(self, planned: Planned, expected: int, plan: Plan | None) -> Planned:
        channel, version = planned.channel, planned.version
        before = self.channels.versions(channel.channel_id)[-1]
        detail: dict[str, Any] = {"version": [expected, version.number]}
        detail["begins_at_ms"] = planned.effect.begins_at_ms
        if plan is None:
            names = sorted(k for k, v in version.facts.items() if before.facts.get(k) != v)
            detail["programmes"] = names[:DETAIL_PARTS]
        else:
            held = before.plan()
            detail |= _differences(held, plan, _first_date(held, version.saved_ms - KEEP_MS))
        action = "schedule-renewed" if plan is None else "schedule-changed"
        change = AuditEntry(version.saved_by, version.saved_ms, action, channel.channel_id, detail)
        if not self.channels.replace_versions(channel.channel_id, expected, planned.versions, change):
            raise _changed()
        self.announce("content")
        return planned


def find_channel(channels: Channels, channel_id: str) -> Channel:
    """The channel.

    Raises:
        NotFound: ``channel-unknown``.
    """
    channel = channels.get(channel_id)
    if channel is None:
        raise NotFound(
            "channel-unknown", "There is no such channel.", fix="Choose one of the channels listed."
        )
    return channel


def _first_date(plan: Plan, since_ms: int) -> str:
    """The key of the first date of which ``plan`` may play anything at ``since_ms`` or later.

    A broadcast day lasts until the next date with blocks begins: the one on air may have begun long ago.
    """
    zone = ZoneInfo(plan.timezone)
    day = BroadcastDays(kept(plan, {}), zone).at(position_at(since_ms)).day
    return day_key(day or from_ms(since_ms).astimezone(zone).date() - timedelta(days=1))


def _without_past(plan: Plan, since_ms: int) -> Plan:
    """``plan`` without dates that are over: what aired is told by the versions that played it."""
    first = _first_date(plan, since_ms)
    return msgspec.structs.replace(plan, days={key: one for key, one in plan.days.items() if key >= first})


def _check_rights(version: ScheduleVersion, channel_id: str, dates: list[str]) -> None:
    """The dates that were changed play nothing outside its rights."""
    schedule = DaySchedule(channel_id, version.kept)
    for key in dates:
        if version.kept.blocks[key] == EMPTY:
            continue
        for finding in schedule.compiled_at(schedule.days.start(date.fromisoformat(key))).findings:
            if finding.code is FindingCode.RIGHTS and finding.field.startswith(f"days.{key}["):
                raise no_rights(finding.reason, finding.field, finding.title)


def _differences(before: Plan, after: Plan, first: str) -> dict[str, Any]:
    """``{part: [before, after]}``; beyond twenty parts their names only.

    Dates gone before ``first``, of which nothing could play any more, are told apart: ``over``.
    """
    over = sorted(key for key in before.days.keys() - after.days.keys() if key < first)
    old, new = _flat(before), _flat(after)
    gone = {f"days.{key}" for key in over}
    parts = sorted(old.keys() | new.keys())
    changed = [part for part in parts if old.get(part) != new.get(part) and part not in gone]
    told: dict[str, Any] = {"over": over[-DETAIL_PARTS:]} if over else {}
    if len(changed) > DETAIL_PARTS:
        return told | {"parts": changed[:DETAIL_PARTS], "more": len(changed) - DETAIL_PARTS}
    return told | {part: [old.get(part), new.get(part)] for part in changed}


def _flat(plan: Plan) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(plan)
    week, days = plain.pop("week"), plain.pop("days")
    plain |= {f"week.{key}": blocks for key, blocks in week.items()}
    return plain | {f"days.{key}": blocks for key, blocks in days.items()}


def _changed() -> Conflict:
    return Conflict(
        "schedule-changed",
        "Somebody else saved this schedule while you were changing it.",
        fix="Load it again, then make your change to the new one.",
    )
