"""A linear channel."""

import re

import msgspec

from content.library.programme import refuse, text_faults, tidy

NAME_LIMIT = 60
SLUG_LIMIT = 40
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Channel(msgspec.Struct, frozen=True):
    """One channel; the oldest is the default.

    Args:
        slug: short name for addresses, unique.
        schedule_version: number of the newest schedule; an editor's save must name it.
    """

    channel_id: str
    slug: str
    name: str
    created_ms: int
    schedule_version: int = 1


class ChannelDraft(msgspec.Struct, frozen=True):
    """What an editor says about a channel; :func:`checked` makes it fit to keep."""

    name: str
    slug: str


def checked(draft: ChannelDraft) -> ChannelDraft:
    """``draft`` with tidy white space.

    Raises:
        Invalid: ``channel-invalid`` with a message per field.
    """
    name = tidy(draft.name)
    fields = text_faults({"name": (name, NAME_LIMIT), "slug": (draft.slug, SLUG_LIMIT)})
    if "slug" not in fields and not _SLUG.fullmatch(draft.slug):
        fields["slug"] = "Small letters, digits and single hyphens only."
    refuse("channel-invalid", fields)
    return ChannelDraft(name, draft.slug)
