"""The shapes of what editors send."""

import msgspec

from content.channels.schedule import Entry, Start
from content.library.partner_item import ItemDraft, ItemKind
from content.library.programme import ProgrammeDraft, ProgrammeFacts


class NewProgramme(ProgrammeDraft, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of ``POST /v1/programmes``."""

    upload_id: str


class EditedProgramme(ProgrammeFacts, frozen=True, forbid_unknown_fields=True):
    """Body of ``PUT /v1/programmes/…``: what is left out goes back to its default."""


class NewItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``POST /v1/items``."""

    upload_id: str
    partner: str
    title: str
    kind: ItemKind = ItemKind.VIDEO


class EditedItem(ItemDraft, frozen=True, forbid_unknown_fields=True):
    """Body of ``PUT /v1/items/…``."""


class NewChannel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``POST /v1/channels``."""

    name: str
    slug: str


class Arrangement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of a schedule's preview."""

    entries: list[Entry]
    start: Start = Start.AFTER_CURRENT


class Save(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``PUT …/schedule``: ``version`` is the number that the editor changed."""

    version: int
    entries: list[Entry]
    start: Start = Start.AFTER_CURRENT
