"""A channel gets a logo of its own, or the generated one again."""

import asyncio
from dataclasses import dataclass
from hashlib import blake2b

from content.channels.channel import Channel, logo_key
from content.channels.save_plan import find_channel
from content.library.audit import AuditEntry
from content.ports import Announce, Channels, Pictures, RedrawPicture
from kernel.clock import Clock
from kernel.errors import Invalid

LOGO_LIMIT_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True)
class ChangeLogo:
    """Keeps a picture as it was drawn anew, never the file that was brought."""

    channels: Channels
    pictures: Pictures
    redraw: RedrawPicture
    announce: Announce
    clock: Clock

    async def __call__(self, editor_id: str, channel_id: str, data: bytes) -> Channel:
        """The channel with the picture ``data`` as its logo.

        Raises:
            NotFound: ``channel-unknown``.
            Invalid: ``logo-too-large``; ``logo-unreadable`` or ``logo-too-wide``.
        """
        channel = await asyncio.to_thread(find_channel, self.channels, channel_id)
        if len(data) > LOGO_LIMIT_BYTES:
            raise Invalid(
                "logo-too-large",
                "The picture is larger than 2 MB.",
                fix="Choose a smaller one.",
                fields={"logo": "A picture of at most 2 MB."},
            )
        drawn = await self.redraw(data)
        picture = blake2b(drawn, digest_size=8).hexdigest()
        if channel.logo.startswith(picture):
            return channel
        # A name of its own each time: who takes the picture before away must never meet this one.
        logo = f"{picture}{self.clock.now_ms():012x}"
        await self.pictures.put(logo_key(channel_id, logo), drawn)
        return await self._take(editor_id, channel, logo)

    async def remove(self, editor_id: str, channel_id: str) -> Channel:
        """The channel with the generated logo.

        Raises:
            NotFound: ``channel-unknown``.
        """
        channel = await asyncio.to_thread(find_channel, self.channels, channel_id)
        return await self._take(editor_id, channel, "") if channel.logo else channel

    async def _take(self, editor_id: str, channel: Channel, logo: str) -> Channel:
        change = AuditEntry(editor_id, self.clock.now_ms(), "logo-changed", channel.channel_id)
        before = await asyncio.to_thread(self.channels.replace_logo, channel.channel_id, logo, change)
        await asyncio.to_thread(self.announce, "content")
        if before:
            await self.pictures.delete([logo_key(channel.channel_id, before)])
        return await asyncio.to_thread(find_channel, self.channels, channel.channel_id)
