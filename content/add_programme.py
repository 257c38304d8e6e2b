"""An asset, or a finished upload, becomes a programme of the library."""

import asyncio
from dataclasses import dataclass

from content.ports import AdmitUpload, Announce, Programmes
from content.programme import Programme, ProgrammeDraft, checked
from kernel.clock import Clock


@dataclass(frozen=True)
class AddProgramme:
    """Keeps a programme for an asset that was admitted already."""

    programmes: Programmes
    announce: Announce
    clock: Clock

    def __call__(self, asset_id: str, draft: ProgrammeDraft) -> Programme:
        """The asset's programme; its id follows from the asset's, so that asking twice adds once.

        Raises:
            Invalid: ``programme-invalid`` with a message per field.
        """
        fit = checked(draft)
        new = Programme(
            programme_id="prg_" + asset_id.partition("_")[2],
            asset_id=asset_id,
            title=fit.title,
            synopsis=fit.synopsis,
            category=fit.category,
            language=fit.language,
            created_ms=self.clock.now_ms(),
            schedule_on=fit.schedule_on,
        )
        programme = self.programmes.add(new)
        self.announce("content")
        return programme


@dataclass(frozen=True)
class AddUploadedProgramme:
    """Admits an upload and keeps a programme for it."""

    admit: AdmitUpload
    add: AddProgramme

    async def __call__(self, owner: str, upload_id: str, draft: ProgrammeDraft) -> Programme:
        """The new programme, whose asset is queued for preparation.

        Raises:
            Invalid: ``programme-invalid`` (the upload is untouched), or ``media-…`` from admission.
            NotFound: ``upload-unknown``.
            Conflict: ``upload-unfinished``.
        """
        fit = checked(draft)
        asset = await self.admit(owner, upload_id)
        return await asyncio.to_thread(self.add, asset.asset_id, fit)
