"""Take an extract of OpenStreetMap that is sent, for a worker to import."""

import asyncio
from dataclasses import dataclass
from typing import BinaryIO

import msgspec

from geotarget.extract import (
    HEAD_BYTES,
    KEPT_MS,
    SENT_LIMIT_BYTES,
    ExtractForm,
    ExtractImport,
    check_form,
    check_size,
    encoding_of,
    no_extract,
)
from geotarget.ports import ExtractFiles, ExtractImports, ExtractQueue
from kernel.clock import Clock
from kernel.errors import Conflict, NotFound
from kernel.ids import NewId

_NAME_LIMIT = 200


@dataclass(frozen=True)
class SendExtract:
    """Keeps the file where every worker finds it, and has it imported."""

    files: ExtractFiles
    imports: ExtractImports
    queue: ExtractQueue
    clock: Clock
    new_id: NewId

    async def __call__(self, file: BinaryIO, file_name: str, form: ExtractForm) -> ExtractImport:
        """The import, which waits.

        Args:
            file: at its beginning; it can be read again from there.
            file_name: as people know it.
            form: what to take of it.

        Raises:
            Invalid: ``format-unknown``, ``source-malformed``, ``category-unknown`` or ``level-unknown``.
            TooLarge: ``file-too-large`` above 1 GiB.
        """
        one = await asyncio.to_thread(self._keep, file, file_name, form)
        await self.queue.enqueue(one.import_id)
        return one

    async def in_earnest(self, import_id: str) -> ExtractImport:
        """The import of what a dry run has read, which waits.

        Raises:
            NotFound: ``import-not-kept``.
            Conflict: ``import-not-tried`` of what is no dry run, or has not come to its end.
        """
        tried = await asyncio.to_thread(self.find, import_id)
        if not tried.tried:
            detail = "Only what a dry run has read can be imported in earnest."
            raise Conflict(
                "import-not-tried", detail, fix="Send the file again, or wait for the end of the dry run."
            )
        form = msgspec.structs.replace(tried.form, dry_run=False)
        # Of a dry run there is one import, however often it is asked for.
        earnest = f"{tried.import_id}i"
        if (begun := await asyncio.to_thread(self.imports.find, earnest)) is not None:
            return begun
        one = await asyncio.to_thread(self._saved, earnest, tried.file_name, form, tried.file_id)
        await self.queue.enqueue(one.import_id)
        return one

    def find(self, import_id: str) -> ExtractImport:
        """How far an import is, and what came of it.

        Raises:
            NotFound: ``import-not-kept``.
        """
        found = self.imports.find(import_id)
        if found is None:
            raise NotFound("import-not-kept", "This import is no longer kept.", fix="Send the file again.")
        return found

    def expire(self) -> int:
        """Let go of files whose imports nobody remembers; how many. To be called now and then by a worker."""
        return self.files.expire(self.clock.now_ms() - KEPT_MS)

    def _keep(self, file: BinaryIO, file_name: str, form: ExtractForm) -> ExtractImport:
        check_form(form)
        if encoding_of(file.read(HEAD_BYTES)) is None:
            raise no_extract()
        check_size(file.seek(0, 2), SENT_LIMIT_BYTES)
        file.seek(0)
        file_id = self.new_id("ext")
        self.files.keep(file_id, file)
        return self._saved(file_id, file_name[:_NAME_LIMIT], form, file_id)

    def _saved(self, import_id: str, file_name: str, form: ExtractForm, file_id: str) -> ExtractImport:
        one = ExtractImport(import_id, file_name, form, self.clock.now_ms(), file_id)
        self.imports.save(one)
        return one
