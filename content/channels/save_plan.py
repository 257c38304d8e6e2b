"""A plan becomes a version of a channel's schedule."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from content.channels.broadcast_days import BroadcastDays
from content.channels.channel import Channel
from content.channels.check_plan import check_named, check_plan, named_entries, no_rights, tidy_plan
from content.channels.day_schedule import DaySchedule
from content.channels.day_view import Effect
from content.channels.gather_facts import GatherFacts
from content.channels.kept_plan import EMPTY, KeptPlan, kept, named
from content.channels.plan import WEEKDAYS, FindingCode, Plan, day_key
from content.channels.schedule import (
    KEEP_MS,
    ScheduleVersion,
    Start,
    begin_position,
    earliest_position,
    effective,
    superseding,
    worth_keeping,
)
from content.channels.takeover import first_change, take_over
from content.library.audit import AuditEntry
from content.ports import Announce, Channels
from kernel.clock import Clock, from_ms
from kernel.errors import Conflict, NotFound, Unavailable
from media.house_format import position_at, starts_at_ms

EFFECT_SEGMENTS = 14 * 45_000
DETAIL_PARTS = 20
_TRIES = 4


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
class _Change:
    """What is to be kept, whenever it begins.

    Args:
        before: the versions there are, the newest last.
        renewed: whether nobody changed the plan, but what is known of its programmes has changed.
        gone: the programme that has to leave the air at once, if there is one.
    """

    channel: Channel
    before: tuple[ScheduleVersion, ...]
    keeping: KeptPlan
    start: Start = Start.AFTER_CURRENT
    editor_id: str = ""
    renewed: bool = False
    gone: str = ""


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
            Unavailable: ``save-too-slow``.
        """
        channel = find_channel(self.channels, channel_id)
        if channel.schedule_version != expected:
            raise _changed()
        change = self._checked(channel, plan, start, editor_id)
        return _planned(change, self._keep(change))

    def plan(self, channel: Channel, plan: Plan, start: Start) -> Planned:
        """What a save would keep now; raises what a save would, but for ``schedule-changed``."""
        change = self._checked(channel, plan, start)
        return _planned(change, _versions(change, self.clock.now_ms()))

    def renew(self, channel: Channel, gone: str = "") -> bool:
        """The same plan with what is known of its programmes now; False where nothing has changed.

        ``gone`` is a programme that may not stay on air until its end, nor until a plan without it begins.
        """
        versions = tuple(self.channels.versions(channel.channel_id))
        held = versions[-1]
        _, facts = self.gather(held.facts.keys(), held.facts)
        alike = all(one.plays_like(held.facts[name]) for name, one in facts.items())
        if alike and not (gone and self._has_ahead(versions, gone)):
            return False
        keeping = KeptPlan(held.kept.outline, held.kept.blocks, facts)
        self._keep(_Change(channel, versions, keeping, renewed=True, gone=gone))
        return True

    def _has_ahead(self, versions: Sequence[ScheduleVersion], gone: str) -> bool:
        """Whether a version that is to give way to another has the programme, and time to play it."""
        earliest = earliest_position(self.clock.now_ms())
        ahead = (one for one, after in pairwise(versions) if after.from_position > earliest)
        return any(gone in one.facts for one in ahead)

    def _checked(self, channel: Channel, plan: Plan, start: Start, editor_id: str = "") -> _Change:
        versions = tuple(self.channels.versions(channel.channel_id))
        held, now_ms = versions[-1].kept, self.clock.now_ms()
        fit = tidy_plan(plan)
        check_plan(fit, now_ms, held.blocks.keys() - set(WEEKDAYS))
        keeping = kept(fit, {})
        # What aired is told by the versions that played it.
        keeping = keeping.since(_first_date(keeping, now_ms - KEEP_MS))
        fit = msgspec.structs.replace(
            fit, days={k: one for k, one in fit.days.items() if k in keeping.blocks}
        )
        programmes, facts = self.gather(named(fit), held.facts)
        keeping = replace(keeping, facts=facts)
        changed = keeping.changed(held)
        entries = list(named_entries(fit, held.outline, changed))
        check_named(entries, programmes, facts, fit.territories, now_ms)
        _check_rights(keeping, channel.channel_id, [key for key in fit.days if key in changed])
        return _Change(channel, versions, keeping, start, editor_id)

    def _keep(self, change: _Change) -> tuple[ScheduleVersion, ...]:
        """The versions kept, the new one last. It begins 30 s after it is there for all, or later.

        Where the work and the wait for the database have used up some of that, it is done again, with as much
        time for it as it has turned out to need.
        """
        channel, needed_ms = change.channel, 0
        for _ in range(_TRIES):
            began_ms = self.clock.now_ms()
            versions = _versions(change, began_ms, needed_ms)
            entry = _entry(change, versions[-1])
            if self.channels.replace_versions(
                channel.channel_id,
                channel.schedule_version,
                versions,
                entry,
                partial(self._is_ahead, versions[-1]),
            ):
                self.announce("content")
                return versions
            if find_channel(self.channels, channel.channel_id).schedule_version != channel.schedule_version:
                raise _changed()
            needed_ms = 2 * (self.clock.now_ms() - began_ms)
        raise Unavailable(
            "save-too-slow",
            "The schedule could not be saved in time for its own beginning.",
            fix="Save it again in a moment.",
        )

    def _is_ahead(self, version: ScheduleVersion) -> bool:
        return version.from_position >= earliest_position(self.clock.now_ms())


def _versions(change: _Change, now_ms: int, needed_ms: int = 0) -> tuple[ScheduleVersion, ...]:
    """What would be kept if that took ``needed_ms`` from ``now_ms`` on: all versions, the new one last."""
    channel, old = change.channel, effective(change.channel.channel_id, change.before)
    at_ms = now_ms + needed_ms
    taken = take_over(channel.channel_id, old, change.keeping, at_ms, change.start, change.gone)
    new = ScheduleVersion(
        number=channel.schedule_version + 1,
        from_position=taken.position,
        kept=change.keeping,
        saved_by=change.editor_id,
        saved_ms=now_ms,
        resumption=taken.resumption,
    )
    return worth_keeping(superseding(change.before, new), now_ms)


def _planned(change: _Change, versions: tuple[ScheduleVersion, ...]) -> Planned:
    """With the effect, for which a fortnight is compared: a save has been kept before that."""
    channel_id, version = change.channel.channel_id, versions[-1]
    old, begin = effective(channel_id, change.before), version.from_position
    differs = first_change(old, effective(channel_id, versions), begin, begin + EFFECT_SEGMENTS)
    effect = Effect(
        version=version.number,
        begins_at_ms=starts_at_ms(begin),
        effective_at_ms=None if differs is None else starts_at_ms(differs),
        frozen_until_ms=starts_at_ms(begin_position(old, version.saved_ms, change.start)),
    )
    return Planned(change.channel, versions, effect)


def _entry(change: _Change, version: ScheduleVersion) -> AuditEntry:
    """What the audit tells."""
    channel, before = change.channel, change.before[-1]
    detail: dict[str, Any] = {"version": [channel.schedule_version, version.number]}
    detail["begins_at_ms"] = starts_at_ms(version.from_position)
    if change.renewed:
        names = sorted(k for k, v in version.facts.items() if before.facts.get(k) != v)
        detail["programmes"] = names[:DETAIL_PARTS]
    else:
        first = _first_date(before.kept, version.saved_ms - KEEP_MS)
        detail |= _differences(before.kept, version.kept, first)
    action = "schedule-renewed" if change.renewed else "schedule-changed"
    return AuditEntry(version.saved_by, version.saved_ms, action, channel.channel_id, detail)


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


def _first_date(plan: KeptPlan, since_ms: int) -> str:
    """The key of the first date of which ``plan`` may play anything at ``since_ms`` or later.

    A broadcast day lasts until the next date with blocks begins: the one on air may have begun long ago.
    """
    zone = ZoneInfo(plan.outline.timezone)
    day = BroadcastDays(plan, zone).at(position_at(since_ms)).day
    return day_key(day or from_ms(since_ms).astimezone(zone).date() - timedelta(days=1))


def _check_rights(keeping: KeptPlan, channel_id: str, dates: list[str]) -> None:
    """The dates that were changed play nothing outside its rights."""
    schedule = DaySchedule(channel_id, keeping)
    for key in dates:
        if keeping.blocks[key] == EMPTY:
            continue
        for finding in schedule.compiled_at(schedule.days.start(date.fromisoformat(key))).findings:
            if finding.code is FindingCode.RIGHTS and finding.field.startswith(f"days.{key}["):
                raise no_rights(finding.reason, finding.field, finding.title)


def _differences(before: KeptPlan, after: KeptPlan, first: str) -> dict[str, Any]:
    """``{part: [before, after]}``; beyond twenty parts their names only.

    Dates gone before ``first``, of which nothing could play any more, are told apart: ``over``.
    """
    keys = after.changed(before)
    over = sorted(key for key in keys if key not in WEEKDAYS and key < first and key not in after.blocks)
    old, new = msgspec.to_builtins(before.outline), msgspec.to_builtins(after.outline)
    parts = {name: name for name in new if old[name] != new[name]}
    parts |= {f"{'week' if key in WEEKDAYS else 'days'}.{key}": key for key in keys if key not in over}
    changed = sorted(parts)
    told: dict[str, Any] = {"over": over[-DETAIL_PARTS:]} if over else {}
    if len(changed) > DETAIL_PARTS:
        return told | {"parts": changed[:DETAIL_PARTS], "more": len(changed) - DETAIL_PARTS}
    old |= {key: msgspec.json.decode(before.blocks[key]) for key in keys if key in before.blocks}
    new |= {key: msgspec.json.decode(after.blocks[key]) for key in keys if key in after.blocks}
    return told | {part: [old.get(parts[part]), new.get(parts[part])] for part in changed}


def _changed() -> Conflict:
    return Conflict(
        "schedule-changed",
        "Somebody else saved this schedule while you were changing it.",
        fix="Load it again, then make your change to the new one.",
    )
