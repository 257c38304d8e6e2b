"""The shapes of what editors send."""

import msgspec

from content.channels.plan import DEFAULT_TIMEZONE, Block, Entry, Plan
from content.channels.schedule import Start
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
    for_children: bool = False


class EditedItem(ItemDraft, frozen=True, forbid_unknown_fields=True):
    """Body of ``PUT /v1/items/…``."""


class NewChannel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``POST /v1/channels``."""

    name: str
    slug: str
    timezone: str = DEFAULT_TIMEZONE
    territories: tuple[str, ...] = ()


class Arrangement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of a schedule's preview."""

    entries: list[Entry]
    start: Start = Start.AFTER_CURRENT


class Save(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``PUT …/schedule``: ``version`` is the number that the editor changed."""

    version: int
    entries: list[Entry]
    start: Start = Start.AFTER_CURRENT


class SavedPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``PUT …/plan``: ``version`` is the number that the editor changed."""

    version: int
    plan: Plan
    start: Start = Start.AFTER_CURRENT


class SavedDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``PUT …/plan/days/…``: the blocks of one weekday or date."""

    version: int
    blocks: tuple[Block, ...]
    start: Start = Start.AFTER_CURRENT


class PlanToPreview(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``POST …/plan/preview``: the local date to show, and of which plan if not the newest."""

    date: str
    plan: Plan | None = None
    start: Start = Start.AFTER_CURRENT
