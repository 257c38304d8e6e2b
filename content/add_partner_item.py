"""An asset, or a finished upload, becomes an item of a partner."""

import asyncio
from dataclasses import dataclass

from content.partner_item import ItemDraft, PartnerItem, checked
from content.ports import AdmitUpload, Announce, PartnerItems
from kernel.clock import Clock


@dataclass(frozen=True)
class AddPartnerItem:
    """Keeps an item for an asset that was admitted already."""

    items: PartnerItems
    announce: Announce
    clock: Clock

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
        )
        item = self.items.add(new)
        self.announce("content")
        return item


@dataclass(frozen=True)
class AddUploadedItem:
    """Admits an upload and keeps a partner item for it."""

    admit: AdmitUpload
    add: AddPartnerItem

    async def __call__(self, owner: str, upload_id: str, draft: ItemDraft) -> PartnerItem:
        """The new item, whose asset is queued for preparation.

        Raises:
            Invalid: ``item-invalid`` (the upload is untouched), or ``media-…`` from admission.
            NotFound: ``upload-unknown``.
            Conflict: ``upload-unfinished``.
        """
        fit = checked(draft)
        asset = await self.admit(owner, upload_id)
        return await asyncio.to_thread(self.add, asset.asset_id, fit)
