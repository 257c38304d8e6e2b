"""An asset becomes an item of a partner."""

from dataclasses import dataclass

from content.library.partner_item import ITEMS_LIMIT, ItemDraft, PartnerItem, checked, needs_picture
from content.ports import Announce, PartnerItems
from kernel.clock import Clock
from kernel.errors import Conflict


@dataclass(frozen=True)
class AddPartnerItem:
    """Keeps an item for an asset that was admitted already."""

    items: PartnerItems
    announce: Announce
    clock: Clock

    def check(self, draft: ItemDraft) -> ItemDraft:
        """The draft as it will be kept; see :func:`content.library.partner_item.checked`.

        Raises:
            Invalid: ``item-invalid``.
            Conflict: ``items-too-many``.
        """
        fit = checked(draft)
        if self.items.offered() >= ITEMS_LIMIT:
            raise Conflict(
                "items-too-many",
                f"{ITEMS_LIMIT} items are offered, and no more can be.",
                fix="Withdraw some that nobody needs any more.",
            )
        return fit

    def needs_picture(self, draft: ItemDraft) -> bool:
        """See :func:`content.library.partner_item.needs_picture`."""
        return needs_picture(draft)

    def __call__(self, asset_id: str, draft: ItemDraft) -> PartnerItem:
        """The asset's item; its id follows from the asset's, so that asking twice adds once.

        Raises:
            Invalid: ``item-invalid`` with a message per field.
        """
        fit = checked(draft)
        new = PartnerItem(
            item_id="itm_" + asset_id.partition("_")[2],
            partner=fit.partner,
            title=fit.title,
            kind=fit.kind,
            asset_id=asset_id,
            created_ms=self.clock.now_ms(),
            for_children=fit.for_children,
        )
        item = self.items.add(new)
        self.announce("content")
        return item
