"""A channel is removed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from content.channels.channel import Channel, logo_key
from content.channels.save_plan import find_channel
from content.library.audit import AuditEntry
from content.ports import Announce, Channels, Pictures
from kernel.clock import Clock
from kernel.errors import Conflict


@dataclass(frozen=True)
class RemoveChannel:
    """Forgets a channel that no car is offered any more, with its schedule and its logo.

    Args:
        is_offered: whether cars are offered a channel now.
    """

    channels: Channels
    is_offered: Callable[[Channel], bool]
    pictures: Pictures
    announce: Announce
    clock: Clock

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
        channel = find_channel(self.channels, channel_id)
        if self.is_offered(channel):
            fix = "Stop offering it first, and remove it once nobody watches it any more."
            raise Conflict("channel-offered", "Cars are offered this channel.", fix=fix)
        told = msgspec.to_builtins(channel)
        change = AuditEntry(editor_id, self.clock.now_ms(), "channel-removed", channel_id, told)
        self.channels.remove(channel_id, change)
        self.announce("content")
        return channel
