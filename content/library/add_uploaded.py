"""A finished upload becomes a programme of the library, or an item of a partner."""

import asyncio
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from content.ports import AdmitUpload

Draft = TypeVar("Draft")
Kept_co = TypeVar("Kept_co", covariant=True)


class Add(Protocol[Draft, Kept_co]):
    """The use case that keeps what a draft says of an asset. Synchronous: SQL."""

    def check(self, draft: Draft) -> Draft:
        """The draft as it will be kept; raises ``Invalid`` for one that cannot be."""

    def needs_picture(self, draft: Draft) -> bool:
        """Whether the file has to have a moving picture."""

    def __call__(self, asset_id: str, draft: Draft) -> Kept_co:
        """What was kept; asking twice keeps once."""


@dataclass(frozen=True)
class AddUploaded(Generic[Draft, Kept_co]):
    """Admits an upload and keeps what was said of it."""

    admit: AdmitUpload
    add: Add[Draft, Kept_co]

    async def __call__(self, owner: str, upload_id: str, draft: Draft) -> Kept_co:
        """What was kept; its asset is queued for preparation.

        Raises:
            Invalid: what ``add`` raises (the upload is untouched then), ``media-…`` from admission,
                or ``picture-needed``, which leaves the upload for another try.
            NotFound: ``upload-unknown``.
            Conflict: ``upload-unfinished``.
        """
        fit = await asyncio.to_thread(self.add.check, draft)
        asset = await self.admit(owner, upload_id, film=self.add.needs_picture(fit))
        return await asyncio.to_thread(self.add, asset.asset_id, fit)
