"""An item that a partner supplies for watching or listening on demand."""

from enum import StrEnum

import msgspec

from content.library.programme import TITLE_LIMIT, refuse, text_faults, tidy

PARTNER_LIMIT = 80
ITEMS_LIMIT = 1_000
"""On offer at once, of all partners together: every process has them at hand."""


class ItemKind(StrEnum):
    """How the screen presents it."""

    VIDEO = "video"
    MUSIC = "music"
    PODCAST = "podcast"


class PartnerItem(msgspec.Struct, frozen=True):
    """One item of a partner.

    Args:
        partner: the partner's name as it is shown.
        duration_ms: the asset's length; 0 until the asset is ready.
        withdrawn_ms: when it was withdrawn; None while it is offered.
        for_children: it was made for them, and bears no ads.
    """

    item_id: str
    partner: str
    title: str
    kind: ItemKind
    asset_id: str
    created_ms: int
    duration_ms: int = 0
    withdrawn_ms: int | None = None
    for_children: bool = False


class ItemDraft(msgspec.Struct, frozen=True):
    """What an editor says about an item; :func:`checked` makes it fit to keep."""

    partner: str
    title: str
    kind: ItemKind = ItemKind.VIDEO
    for_children: bool = False


def checked(draft: ItemDraft) -> ItemDraft:
    """``draft`` with tidy white space.

    Raises:
        Invalid: ``item-invalid`` with a message per field.
    """
    partner, title = tidy(draft.partner), tidy(draft.title)
    refuse("item-invalid", text_faults({"partner": (partner, PARTNER_LIMIT), "title": (title, TITLE_LIMIT)}))
    return ItemDraft(partner, title, draft.kind, draft.for_children)


def needs_picture(draft: ItemDraft) -> bool:
    """Whether its file has to have a moving picture."""
    return draft.kind is ItemKind.VIDEO
