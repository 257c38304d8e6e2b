"""A channel gets another name, or is offered to cars otherwise."""

from dataclasses import dataclass

from content.channels.channel import Channel, ChannelEdit, edited
from content.channels.save_plan import find_channel
from content.library.audit import AuditEntry, differences
from content.ports import Announce, Channels
from kernel.clock import Clock


@dataclass(frozen=True)
class ChangeChannel:
    """Keeps what an editor says about a channel; whoever watches it is not disturbed."""

    channels: Channels
    announce: Announce
    clock: Clock

    def __call__(self, editor_id: str, channel_id: str, edit: ChannelEdit) -> Channel:
        """The channel as it is now.

        Raises:
            NotFound: ``channel-unknown``.
            Invalid: ``channel-invalid``.
        """
        before = find_channel(self.channels, channel_id)
        after = edited(before, edit)
        if after != before:
            told = differences(before, after)
            change = AuditEntry(editor_id, self.clock.now_ms(), "channel-changed", channel_id, told)
            self.channels.replace(after, change)
            self.announce("content")
        return find_channel(self.channels, channel_id)

    def is_offered(self, channel: Channel) -> bool:
        """Whether cars are offered it now; countries aside."""
        versions = self.channels.versions(channel.channel_id)
        return channel.offer.holds(filled=any(version.facts for version in versions))
