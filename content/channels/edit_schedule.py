"""An editor saves a channel's loop, or asks what it would look like; the rest of the plan stays."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from content.channels.channel import Channel
from content.channels.check_plan import check_loop
from content.channels.guide import RundownEntry, rundown
from content.channels.lineup import ChannelLineup
from content.channels.plan import Entry
from content.channels.save_plan import SavePlan, find_channel
from content.channels.schedule import ScheduleVersion, Start, effective
from content.ports import Channels, Programmes

PREVIEW_MS = 2 * 3600 * 1000


@dataclass(frozen=True)
class EditSchedule:
    """Gives a channel a new loop from a position that nobody holds yet."""

    channels: Channels
    programmes: Programmes
    save: SavePlan

    def __call__(
        self,
        editor_id: str,
        channel_id: str,
        expected: int,
        entries: Sequence[Entry],
        start: Start = Start.AFTER_CURRENT,
    ) -> ScheduleVersion:
        """The version saved.

        Args:
            editor_id: account that saves.
            channel_id: whose schedule.
            expected: number of the version that the editor changed.
            entries: the whole loop, in order.
            start: after the programme then playing, or as soon as viewers allow.

        Raises:
            NotFound: ``channel-unknown``.
            Invalid: what :func:`content.channels.check_plan.check_loop` raises; ``programme-unknown``.
            Conflict: ``schedule-changed`` if somebody saved since; ``asset-not-ready``.
        """
        find_channel(self.channels, channel_id)
        check_loop(entries)
        plan = self.channels.versions(channel_id)[-1].plan()
        plan = msgspec.structs.replace(plan, loop=tuple(entries))
        return self.save(editor_id, channel_id, expected, plan, start).version

    def preview(
        self, channel_id: str, entries: Sequence[Entry], start: Start = Start.AFTER_CURRENT
    ) -> tuple[ScheduleVersion, list[RundownEntry]]:
        """The version that a save would make now, and what would play in the next two hours."""
        channel = find_channel(self.channels, channel_id)
        check_loop(entries)
        plan = self.channels.versions(channel_id)[-1].plan()
        planned = self.save.plan(channel, msgspec.structs.replace(plan, loop=tuple(entries)), start)
        return planned.version, self._rundown(channel, planned.versions)

    def current(self, channel_id: str) -> tuple[Channel, ScheduleVersion, list[RundownEntry]]:
        """The channel, its newest version and what plays in the next two hours.

        Raises:
            NotFound: ``channel-unknown``.
        """
        channel = find_channel(self.channels, channel_id)
        versions = self.channels.versions(channel_id)
        return channel, versions[-1], self._rundown(channel, versions)

    def _rundown(self, channel: Channel, versions: Sequence[ScheduleVersion]) -> list[RundownEntry]:
        names = {programme_id for version in versions for programme_id in version.facts}
        lineup = ChannelLineup(
            channel_id=channel.channel_id,
            name=channel.name,
            slug=channel.slug,
            schedule=effective(channel.channel_id, versions),
            programmes=self.programmes.by_ids(names),
        )
        now_ms = self.save.clock.now_ms()
        return rundown(lineup, now_ms, now_ms + PREVIEW_MS)
