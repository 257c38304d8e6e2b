"""Channels as an extended M3U, as players of internet television read it.

Nobody has standardised the attributes; these are the ones that Kodi's IPTV Simple, VLC, TiviMate and
their like agree on. The library ``m3u8`` writes HLS only.
"""

from collections.abc import Iterable

import msgspec


class Tuned(msgspec.Struct, frozen=True):
    """One channel of the list; addresses are whole.

    Args:
        tvg_id: its name in the XMLTV document.
        language: BCP 47 tag; empty where several are spoken.
        again_url: address of what was on, with ``{utc}`` where the moment in seconds goes; empty for none.
        again_days: how far back.
    """

    tvg_id: str
    name: str
    logo_url: str
    group: str
    language: str
    url: str
    again_url: str = ""
    again_days: int = 0


def playlist(channels: Iterable[Tuned], guide_url: str) -> str:
    """The list, whose guide is the XMLTV at ``guide_url``."""
    lines = [f'#EXTM3U url-tvg="{_safe(guide_url)}" x-tvg-url="{_safe(guide_url)}"']
    for channel in channels:
        attributes = {"tvg-id": channel.tvg_id, "tvg-name": channel.name, "tvg-logo": channel.logo_url}
        if channel.language:
            attributes["tvg-language"] = channel.language
        attributes["group-title"] = channel.group
        if channel.again_url:
            attributes |= {
                "catchup": "default",
                "catchup-days": str(channel.again_days),
                "catchup-source": channel.again_url,
            }
        written = " ".join(f'{name}="{_safe(value)}"' for name, value in attributes.items())
        lines += [f"#EXTINF:-1 {written},{_safe(channel.name)}", channel.url]
    return "\n".join(lines) + "\n"


def _safe(text: str) -> str:
    """On one line and without the quote that would end it; nobody agreed how to escape one."""
    return "".join(letter for letter in text.replace('"', "'") if letter.isprintable())
