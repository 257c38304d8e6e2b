"""Programmes that wait to join a schedule join it once their asset is ready."""

import logging
from dataclasses import dataclass

from content.channels.edit_schedule import EditSchedule
from content.channels.plan import ProgrammeEntry
from content.channels.schedule import appended
from content.library.audit import AuditEntry
from content.library.programme import Programme
from content.ports import Assets, Audit, Channels, Programmes
from kernel.clock import Clock
from kernel.errors import Conflict, Invalid, NotFound, Unavailable
from media.asset import Asset, AssetState

NOT_JOINED = "programme-not-joined"
"""What the audit calls it; the detail has the channel's name and the code of the refusal."""
_ATTEMPTS = 3
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class PublishPending:
    """To be called after every preparation, at start and now and then; again, it changes nothing.

    What a schedule refuses is settled, and its editor told. What cannot be done just now is left for the next
    time. Neither holds up the others.
    """

    programmes: Programmes
    channels: Channels
    assets: Assets
    edit: EditSchedule
    audit: Audit
    clock: Clock

    def __call__(self) -> list[Programme]:
        """The programmes that joined a schedule now."""
        waiting = self.programmes.awaiting_schedule()
        assets = self.assets.by_ids({p.asset_id for p in waiting})
        return [programme for programme in waiting if self._settle(programme, assets.get(programme.asset_id))]

    def _settle(self, programme: Programme, asset: Asset | None) -> bool:
        """Whether it joined now."""
        joined = False
        if asset is not None and asset.state is AssetState.READY:
            try:
                joined = self._join(programme)
            except (Conflict, Unavailable) as busy:
                told = {"programme_id": programme.programme_id, "reason": busy.code}
                _LOG.warning("programme waits to join its schedule", extra=told)
                return False
        elif asset is not None and asset.state is not AssetState.FAILED:
            return False
        self.programmes.settle_schedule(programme.programme_id)
        return joined

    def _join(self, programme: Programme) -> bool:
        """False if it stands there already, or never will."""
        for _ in range(_ATTEMPTS):
            channel = self.channels.get(programme.schedule_on)
            if channel is None:
                self._refused(programme, programme.schedule_on, "channel-unknown")
                return False
            entries = self.channels.versions(channel.channel_id)[-1].entries
            if ProgrammeEntry(programme.programme_id) in entries:
                return False
            longer = appended(entries, programme.programme_id)
            try:
                self.edit("", channel.channel_id, channel.schedule_version, longer)
            except Invalid as refusal:
                self._refused(programme, channel.name, refusal.code)
                return False
            except NotFound:
                continue  # it was removed at this moment, and is looked for anew
            except Conflict as busy:
                if busy.code != "schedule-changed":
                    raise
                continue
            return True
        raise Conflict("schedule-changed", "The schedule keeps changing.", fix="Try again in a moment.")

    def _refused(self, programme: Programme, channel: str, reason: str) -> None:
        told = {"programme_id": programme.programme_id, "channel": channel, "reason": reason}
        _LOG.warning("programme refused by the schedule that it was to join", extra=told)
        detail = {"channel": channel, "reason": reason}
        self.audit.record(AuditEntry("", self.clock.now_ms(), NOT_JOINED, programme.programme_id, detail))
