"""A linear channel."""

import re
from enum import StrEnum

import msgspec

from content.channels.plan import DEFAULT_TIMEZONE
from content.library.programme import refuse, text_faults, tidy

NAME_LIMIT = 60
SLUG_LIMIT = 40
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Offer(StrEnum):
    """Whether cars are offered a channel: not before it has a programme to play, at any time, or never."""

    ONCE_FILLED = "once-filled"
    ALWAYS = "always"
    NEVER = "never"

    def holds(self, *, filled: bool) -> bool:
        """Whether they are, given whether it has a programme to play."""
        return self is Offer.ALWAYS or (self is Offer.ONCE_FILLED and filled)


class Channel(msgspec.Struct, frozen=True):
    """One channel; the oldest is the default.

    Args:
        slug: short name for addresses, unique.
        schedule_version: number of the newest schedule; an editor's save must name it.
        logo: names the picture of its own that :func:`logo_key` is the place of; empty for the generated one.
        offer: whether cars are offered it.
    """

    channel_id: str
    slug: str
    name: str
    created_ms: int
    schedule_version: int = 1
    logo: str = ""
    offer: Offer = Offer.ONCE_FILLED


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


class ChannelEdit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be otherwise about a channel; None stays. Its short name, which addresses hold, stays."""

    name: str | None = None
    offer: Offer | None = None


def edited(channel: Channel, edit: ChannelEdit) -> Channel:
    """``channel`` with what ``edit`` names.

    Raises:
        Invalid: ``channel-invalid`` with a message per field.
    """
    name = channel.name if edit.name is None else tidy(edit.name)
    refuse("channel-invalid", text_faults({"name": (name, NAME_LIMIT)}))
    return msgspec.structs.replace(channel, name=name, offer=edit.offer or channel.offer)


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
