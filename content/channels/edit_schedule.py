"""An editor saves a schedule, or asks what it would look like."""

from collections.abc import Sequence
from dataclasses import dataclass

from content.channels.channel import Channel
from content.channels.guide import RundownEntry, rundown
from content.channels.lineup import ChannelLineup
from content.channels.place_entries import PlaceEntries
from content.channels.plan import Entry
from content.channels.schedule import (
    PlacedEntry,
    ScheduleVersion,
    Start,
    begin_position,
    effective,
    going_on,
    superseding,
    worth_keeping,
)
from content.ports import Announce, Channels, Programmes
from kernel.clock import Clock
from kernel.errors import Conflict, NotFound

PREVIEW_MS = 2 * 3600 * 1000


@dataclass(frozen=True)
class EditSchedule:
    """Gives a channel a new schedule from a position that nobody holds yet."""

    channels: Channels
    programmes: Programmes
    place: PlaceEntries
    announce: Announce
    clock: Clock

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
            Invalid: what :func:`content.channels.schedule.place` raises.
            Conflict: ``schedule-changed`` if somebody saved since; ``asset-not-ready``.
        """
        channel = find_channel(self.channels, channel_id)
        if channel.schedule_version != expected:
            raise _changed()
        versions = self._planned(channel, editor_id, entries, start)
        if not self.channels.replace_versions(channel_id, expected, versions):
            raise _changed()
        self.announce("content")
        return versions[-1]

    def preview(
        self, channel_id: str, entries: Sequence[Entry], start: Start = Start.AFTER_CURRENT
    ) -> tuple[ScheduleVersion, list[RundownEntry]]:
        """The version that a save would make now, and what would play in the next two hours."""
        channel = find_channel(self.channels, channel_id)
        versions = self._planned(channel, "", entries, start)
        return versions[-1], self._rundown(channel, versions)

    def current(self, channel_id: str) -> tuple[Channel, ScheduleVersion, list[RundownEntry]]:
        """The channel, its newest version and what plays in the next two hours.

        Raises:
            NotFound: ``channel-unknown``.
        """
        channel = find_channel(self.channels, channel_id)
        versions = self.channels.versions(channel_id)
        return channel, versions[-1], self._rundown(channel, versions)

    def _planned(
        self, channel: Channel, editor_id: str, entries: Sequence[Entry], start: Start
    ) -> tuple[ScheduleVersion, ...]:
        placed = self.place(entries)
        now_ms = self.clock.now_ms()
        kept = self.channels.versions(channel.channel_id)
        begin = begin_position(effective(channel.channel_id, kept), now_ms, start)
        new = ScheduleVersion(
            number=channel.schedule_version + 1,
            from_position=begin,
            entries=placed,
            saved_by=editor_id,
            saved_ms=now_ms,
            first=going_on(kept, begin, placed),
        )
        return worth_keeping(superseding(kept, new), now_ms)

    def _rundown(self, channel: Channel, versions: Sequence[ScheduleVersion]) -> list[RundownEntry]:
        named = {entry.programme_id for version in versions for entry in version.entries}
        lineup = ChannelLineup(
            channel_id=channel.channel_id,
            name=channel.name,
            slug=channel.slug,
            schedule=effective(channel.channel_id, versions),
            programmes=self.programmes.by_ids(named),
        )
        now_ms = self.clock.now_ms()
        return rundown(lineup, now_ms, now_ms + PREVIEW_MS)


def entries_of(placed: Sequence[PlacedEntry]) -> tuple[Entry, ...]:
    """What an editor would arrange to get ``placed``."""
    return tuple(entry.as_entry() for entry in placed)


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


def _changed() -> Conflict:
    return Conflict(
        "schedule-changed",
        "Somebody else saved this schedule while you were changing it.",
        fix="Load it again, then make your change to the new one.",
    )
