"""The shapes of what editors send."""

import msgspec

from content.partner_item import ItemKind
from content.programme import DEFAULT_LANGUAGE, Category
from content.schedule import Entry, Start


class NewProgramme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``POST /v1/programmes``."""

    upload_id: str
    title: str
    synopsis: str = ""
    category: Category = Category.OTHER
    language: str = DEFAULT_LANGUAGE
    schedule_on: str = ""


class NewItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``POST /v1/items``."""

    upload_id: str
    partner: str
    title: str
    kind: ItemKind = ItemKind.VIDEO


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
