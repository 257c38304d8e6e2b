"""A new channel goes on air."""

from collections.abc import Sequence
from dataclasses import dataclass

from content.channels.channel import Channel, ChannelDraft, checked
from content.channels.place_entries import PlaceEntries
from content.channels.plan import Entry
from content.channels.schedule import ScheduleVersion
from content.ports import Announce, Channels
from kernel.clock import Clock
from kernel.errors import Conflict
from kernel.ids import NewId
from media.house_format import position_at


@dataclass(frozen=True)
class CreateChannel:
    """Keeps a channel with its first schedule, which starts at once: nobody watches yet."""

    channels: Channels
    place: PlaceEntries
    announce: Announce
    clock: Clock
    new_id: NewId

    def __call__(self, editor_id: str, draft: ChannelDraft, entries: Sequence[Entry] = ()) -> Channel:
        """The new channel; it plays slate while ``entries`` is empty.

        Raises:
            Invalid: ``channel-invalid``, or what :func:`content.channels.schedule.place` raises.
            Conflict: ``slug-taken``; ``asset-not-ready``.
        """
        fit = checked(draft)
        placed = self.place(entries) if entries else ()
        now_ms = self.clock.now_ms()
        channel = Channel(self.new_id("chn"), fit.slug, fit.name, now_ms)
        first = ScheduleVersion(channel.schedule_version, position_at(now_ms), placed, editor_id, now_ms)
        if not self.channels.add(channel, first):
            raise Conflict(
                "slug-taken",
                f"Another channel is called “{fit.slug}”.",
                fix="Choose another short name.",
                fields={"slug": "Taken."},
            )
        self.announce("content")
        return channel
