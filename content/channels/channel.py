"""A linear channel."""

import re

import msgspec

from content.channels.plan import DEFAULT_TIMEZONE
from content.library.programme import refuse, text_faults, tidy

NAME_LIMIT = 60
SLUG_LIMIT = 40
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Channel(msgspec.Struct, frozen=True):
    """One channel; the oldest is the default.

    Args:
        slug: short name for addresses, unique.
        schedule_version: number of the newest schedule; an editor's save must name it.
        logo: names the picture of its own that :func:`logo_key` is the place of; empty for the generated one.
    """

    channel_id: str
    slug: str
    name: str
    created_ms: int
    schedule_version: int = 1
    logo: str = ""


class ChannelDraft(msgspec.Struct, frozen=True):
    """What an editor says about a new channel; :func:`checked` makes it fit to keep.

    Args:
        timezone: IANA name of the time that its days are reckoned in.
        territories: ISO 3166-1 countries that it is for; none for everywhere.
    """

    name: str
    slug: str
    timezone: str = DEFAULT_TIMEZONE
    territories: tuple[str, ...] = ()


def checked(draft: ChannelDraft) -> ChannelDraft:
    """``draft`` with tidy white space; timezone and countries are its first plan's to check.

    Raises:
        Invalid: ``channel-invalid`` with a message per field.
    """
    name = tidy(draft.name)
    fields = text_faults({"name": (name, NAME_LIMIT), "slug": (draft.slug, SLUG_LIMIT)})
    if "slug" not in fields and not _SLUG.fullmatch(draft.slug):
        fields["slug"] = "Small letters, digits and single hyphens only."
    refuse("channel-invalid", fields)
    return msgspec.structs.replace(draft, name=name)


def logo_key(channel_id: str, logo: str) -> str:
    """Where in the store of objects a channel's logo lies."""
    return f"logos/{channel_id}/{logo}.png"
