"""Programmes that wait to join a schedule join it once their asset is ready."""

from dataclasses import dataclass

from content.channels.edit_schedule import EditSchedule
from content.channels.plan import ProgrammeEntry
from content.channels.schedule import appended
from content.library.programme import Programme
from content.ports import Assets, Channels, Programmes
from kernel.errors import Conflict, Invalid
from media.asset import AssetState

_ATTEMPTS = 3


@dataclass(frozen=True)
class PublishPending:
    """To be called after every preparation and at start; calling it again changes nothing."""

    programmes: Programmes
    channels: Channels
    assets: Assets
    edit: EditSchedule

    def __call__(self) -> list[Programme]:
        """The programmes that joined a schedule now."""
        waiting = self.programmes.awaiting_schedule()
        assets = self.assets.by_ids({p.asset_id for p in waiting})
        joined = []
        for programme in waiting:
            asset = assets.get(programme.asset_id)
            if asset is not None and asset.state is AssetState.READY and self._join(programme):
                joined.append(programme)
            if asset is None or asset.state in (AssetState.READY, AssetState.FAILED):
                self.programmes.settle_schedule(programme.programme_id)
        return joined

    def _join(self, programme: Programme) -> bool:
        """False if it stands there already, or there is no room or no such channel."""
        for _ in range(_ATTEMPTS):
            channel = self.channels.get(programme.schedule_on)
            if channel is None:
                return False
            entries = self.channels.versions(channel.channel_id)[-1].entries
            if ProgrammeEntry(programme.programme_id) in entries:
                return False
            longer = appended(entries, programme.programme_id)
            try:
                self.edit("", channel.channel_id, channel.schedule_version, longer)
            except Invalid:
                return False
            except Conflict:
                continue
            return True
        raise Conflict("schedule-changed", "The schedule keeps changing.", fix="Try again in a moment.")
