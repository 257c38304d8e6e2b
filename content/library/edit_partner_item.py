"""An editor corrects a partner's item, or withdraws it."""

from dataclasses import dataclass

import msgspec

from content.library.audit import AuditEntry, differences
from content.library.partner_item import ItemDraft, PartnerItem, checked, needs_picture
from content.ports import Announce, Assets, PartnerItems
from kernel.clock import Clock
from kernel.errors import NotFound
from media.acceptance import picture_needed


@dataclass(frozen=True)
class EditPartnerItem:
    """Replaces what is said of an item; its file stays what it is."""

    items: PartnerItems
    assets: Assets
    announce: Announce
    clock: Clock

    def __call__(self, actor: str, item_id: str, draft: ItemDraft) -> PartnerItem:
        """The item as it is now; nothing is kept where nothing differs.

        Raises:
            NotFound: ``item-not-found``.
            Invalid: ``item-invalid`` with a message per field; ``picture-needed`` of a video without picture.
        """
        fit, before = checked(draft), self.read(item_id)
        after = msgspec.structs.replace(
            before, partner=fit.partner, title=fit.title, kind=fit.kind, for_children=fit.for_children
        )
        if after == before:
            return before
        asset = self.assets.by_ids({before.asset_id}).get(before.asset_id)
        if needs_picture(fit) and asset and asset.manifest and not asset.manifest.has_picture:
            raise picture_needed()
        self._keep(after, actor, "item-changed", differences(before, after))
        return after

    def withdraw(self, actor: str, item_id: str) -> None:
        """Offers it no more; whoever plays it is told at the next playlist.

        Raises:
            NotFound: ``item-not-found``.
        """
        item = self.read(item_id)
        gone = msgspec.structs.replace(item, withdrawn_ms=self.clock.now_ms())
        self._keep(gone, actor, "item-withdrawn", {"title": item.title})

    def read(self, item_id: str) -> PartnerItem:
        """The item.

        Raises:
            NotFound: ``item-not-found``.
        """
        item = self.items.get(item_id)
        if item is None or item.withdrawn_ms is not None:
            raise _unknown()
        return item

    def _keep(self, item: PartnerItem, actor: str, action: str, detail: dict[str, object]) -> None:
        told = AuditEntry(actor, self.clock.now_ms(), action, item.item_id, detail)
        if not self.items.replace(item, told):
            raise _unknown()
        self.announce("content")


def _unknown() -> NotFound:
    return NotFound(
        "item-not-found",
        "There is no such item, or it was withdrawn.",
        fix="Go back to the partner items and choose another one.",
    )
