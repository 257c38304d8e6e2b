"""A channel gets another name, or is offered to cars otherwise; a channel is removed."""

import asyncio
from dataclasses import dataclass

import msgspec

from content.channels.channel import Channel, ChannelEdit, edited, logo_key
from content.channels.save_plan import find_channel
from content.library.audit import AuditEntry, differences
from content.ports import Announce, Channels, Pictures
from kernel.clock import Clock
from kernel.errors import Conflict


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


@dataclass(frozen=True)
class RemoveChannel:
    """Forgets a channel that no car is offered any more, with its schedule and its logo."""

    change: ChangeChannel
    pictures: Pictures

    async def __call__(self, editor_id: str, channel_id: str) -> None:
        """Remove it; who watches it still loses it at once.

        Raises:
            NotFound: ``channel-unknown``.
            Conflict: ``channel-offered``.
        """
        channel = await asyncio.to_thread(self._remove, editor_id, channel_id)
        if channel.logo:
            await self.pictures.delete([logo_key(channel_id, channel.logo)])

    def _remove(self, editor_id: str, channel_id: str) -> Channel:
        verbs = self.change
        channel = find_channel(verbs.channels, channel_id)
        if verbs.is_offered(channel):
            fix = "Stop offering it first, and remove it once nobody watches it any more."
            raise Conflict("channel-offered", "Cars are offered this channel.", fix=fix)
        told = msgspec.to_builtins(channel)
        verbs.channels.remove(
            channel_id,
            AuditEntry(editor_id, verbs.clock.now_ms(), "channel-removed", channel_id, told),
        )
        verbs.announce("content")
        return channel
