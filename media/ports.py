"""What the media room asks of the world."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from kernel.errors import Unavailable
from media.asset import Asset
from media.cue import CueCandidate
from media.cue_sheet import CueDecision, CueRejection
from media.manifest import AssetManifest
from media.source import Source
from media.upload import Upload

Report = Callable[[int], Awaitable[None]]
"""Takes progress in permille; awaited at least every few seconds while work goes on."""

Announce = Callable[[str], Awaitable[None]]
"""Tells every process that a topic changed."""

Manifests = Callable[[str], Awaitable[AssetManifest | None]]
"""The manifest of a ready asset, else None. Cheap and cached: for hot paths."""


class Assets(Protocol):
    """Records of assets. Synchronous; every method is one transaction."""

    def add(self, asset: Asset) -> bool:
        """Store a new asset; False if its id is already there (nothing changes then)."""

    def find(self, asset_id: str) -> Asset | None:
        """The asset, or None."""

    def by_ids(self, asset_ids: Collection[str]) -> Mapping[str, Asset]:
        """Those of ``asset_ids`` that exist."""

    def begin(self, asset_id: str) -> None:
        """To preparing, at no progress, without reasons; allowed from every state but ready."""

    def progress(self, asset_id: str, permille: int) -> bool:
        """Progress of an asset that is preparing; False, and nothing changes, if it no longer is."""

    def publish(self, manifest: AssetManifest) -> None:
        """To ready, with its manifest; refused silently if it is ready already."""

    def fail(self, asset_id: str, reasons: tuple[str, ...]) -> None:
        """To failed, with coded reasons."""

    def unfinished(self) -> tuple[str, ...]:
        """Ids of the assets that are queued or preparing, oldest first."""


class Cues(Protocol):
    """Records of what editors decided about cues. Synchronous; every method is one transaction."""

    def find(self, asset_id: str) -> CueDecision | None:
        """The newest decision about an asset, or None."""

    def decide(self, decision: CueDecision) -> bool:
        """Store a decision; False, and nothing changes, unless it is the next revision."""

    def rejected(self, asset_id: str) -> tuple[int, ...]:
        """Frames of the candidates that are not to be suggested, rising."""

    def reject(self, rejection: CueRejection) -> None:
        """Store that a candidate is not to be suggested; nothing changes if that was said before."""

    def restore(self, asset_id: str, frame: int) -> None:
        """The candidate is suggested again; unknown ones are ignored."""

    def playing(self, asset_ids: Collection[str]) -> Mapping[str, str]:
        """The asset id to play for each of ``asset_ids`` that was ever decided about."""

    def made_from(self, asset_ids: Collection[str]) -> set[str]:
        """Every version of ``asset_ids`` that was made around cues, and is still there."""

    def version(self, asset_id: str, frames: tuple[int, ...]) -> str | None:
        """The version of an asset around ``frames`` that is there, and from now on not a spare one."""

    def spare(self) -> set[str]:
        """Ready versions that no decision names, or only as what played until the wanted one was ready."""

    def retire(self, spare: Collection[str], now_ms: int, before_ms: int) -> tuple[str, ...]:
        """Notes which versions are spare, and forgets those that have been since ``before_ms``; which.

        Args:
            spare: ids of all that are now; of others it is no longer noted.
            now_ms: the moment noted of those that were not before.
            before_ms: those noted at that moment or earlier go.
        """


class Uploads(Protocol):
    """Records of uploads in progress. Synchronous; every method is one transaction."""

    def add(self, upload: Upload) -> None:
        """Store a new upload."""

    def find(self, upload_id: str) -> Upload | None:
        """The upload, or None."""

    def open_by(self, owner: str) -> tuple[int, int]:
        """How many an owner has, and the bytes that they promised in all."""

    def expired(self, now_ms: int) -> tuple[str, ...]:
        """Ids of those that are past their time."""

    def remove(self, upload_id: str) -> None:
        """Forget one; unknown ids are ignored."""


class Spool(Protocol):
    """Bytes of uploads in progress, on a disk of this machine. They survive any crash."""

    def create(self, upload_id: str) -> None:
        """An empty file."""

    def free_bytes(self) -> int:
        """How much more the disk takes."""

    def offset(self, upload_id: str) -> int:
        """How many bytes are safely there."""

    async def append(self, upload_id: str, offset: int, chunks: AsyncIterable[bytes], limit: int) -> int:
        """Write ``chunks`` at ``offset`` as far as they come, flush to the disk, return the new offset.

        Raises:
            Conflict: ``upload-offset-wrong`` if ``offset`` is not the present one, ``upload-busy``
                if another request is writing.
            TooLarge: ``upload-overrun`` when more than ``limit`` bytes in all would be there.
        """

    def path(self, upload_id: str) -> Path:
        """Where the bytes lie."""

    def idle(self, before_ms: int) -> tuple[str, ...]:
        """Ids of those to which nothing was written since that moment."""

    def remove(self, upload_id: str) -> None:
        """Delete the bytes; unknown ids are ignored."""


class StoredObject(msgspec.Struct, frozen=True):
    """What a listing tells of an object."""

    key: str
    size_bytes: int
    modified_ms: int


def store_unavailable() -> Unavailable:
    """What a store that fails or hangs is called outside."""
    return Unavailable(
        "store-unavailable", "The store of media does not answer.", fix="Try again in a moment."
    )


class Objects(Protocol):
    """The store of media objects. A write is whole or not there at all."""

    async def put(self, key: str, data: bytes) -> None:
        """Write or overwrite."""

    async def put_new(self, key: str, data: bytes) -> bool:
        """Write unless it exists; False if it did."""

    async def put_file(self, key: str, path: Path) -> None:
        """Write or overwrite from a file, without holding it in memory."""

    async def get(self, key: str) -> bytes:
        """All of an object.

        Raises:
            NotFound: ``object-missing``.
        """

    async def get_range(self, key: str, start: int, end: int) -> bytes:
        """Bytes [start, end).

        Raises:
            NotFound: ``object-missing``.
            Unavailable: ``store-unavailable``; the same may be there the next time.
        """

    async def fetch(self, key: str, path: Path) -> None:
        """Copy an object into a new file, without holding it in memory.

        Raises:
            NotFound: ``object-missing``.
        """

    def pages(self, folder: str) -> AsyncIterator[Sequence[StoredObject]]:
        """Every object whose key begins with ``folder`` and a slash, some at a time."""

    async def delete(self, keys: Collection[str]) -> None:
        """Delete; keys that are not there are ignored."""

    async def delete_drafts(self, before_ms: int) -> int:
        """Delete what writers that were killed before then left half-written; how many."""


class Probe(Protocol):
    """Looks into a file that nobody can vouch for."""

    async def __call__(self, path: Path) -> Source:
        """What is in it; never hangs, never fetches anything."""


class MadeTrack(msgspec.Struct, frozen=True):
    """One rendition as a file: init, then segments; ``offsets`` as in ``media.manifest.Track``."""

    rendition: str
    path: str
    offsets: tuple[int, ...]


class Made(msgspec.Struct, frozen=True):
    """What a transcode left in its folder; the fields mean what they mean in ``AssetManifest``."""

    tracks: tuple[MadeTrack, ...]
    poster: str
    segments: int
    duration_ms: int
    has_picture: bool
    has_sound: bool
    candidates: tuple[CueCandidate, ...] = ()
    cues: tuple[int, ...] = ()


class Transcode(Protocol):
    """Makes every rendition of a source, and of the slate."""

    async def __call__(
        self, source: Path, folder: Path, seed: str, report: Report, cues: Sequence[int] = ()
    ) -> Made:
        """Every rendition of ``source`` as files in ``folder``; ``seed`` colours a generated card.

        ``cues``: rising source frames, at 25 a second, each of which shall begin a segment.

        Raises:
            media.acceptance.Unpreparable: if the source turns out to be unfit.
            media.acceptance.Hindered: if the machine lacks memory or disk; later it may succeed.
        """

    async def slate(self, folder: Path) -> Made:
        """One segment of black and silence."""


class PrepareQueue(Protocol):
    """The queued hop to a worker."""

    async def enqueue(self, asset_id: str) -> None:
        """Have the asset prepared, once, however often this is called meanwhile."""
