"""An asset: one source file on its way to the house format, and what became of it."""

from dataclasses import dataclass
from enum import StrEnum

from media.manifest import AssetManifest

SLATE_ID = "slate"


class AssetState(StrEnum):
    """Where an asset stands."""

    QUEUED = "queued"
    PREPARING = "preparing"
    READY = "ready"
    FAILED = "failed"


# Preparing may begin again (a worker died); ready is final, because manifests are immutable.
TRANSITIONS: dict[AssetState, frozenset[AssetState]] = {
    AssetState.QUEUED: frozenset({AssetState.PREPARING, AssetState.FAILED}),
    AssetState.PREPARING: frozenset({AssetState.PREPARING, AssetState.READY, AssetState.FAILED}),
    AssetState.READY: frozenset(),
    AssetState.FAILED: frozenset({AssetState.PREPARING}),
}


@dataclass(frozen=True, slots=True)
class Asset:
    """What is known of one asset.

    Args:
        owner: account id of whoever brought it.
        filename: as the owner called it; for people only.
        source_key: object key of the file as it was brought.
        progress_permille: 0..1000.
        reasons: coded reasons (``media-…``), where it failed.
        manifest: present exactly when the state is ready.
        cut_from: the asset that this is a version of, made around ``cue_frames``; both empty otherwise.
    """

    asset_id: str
    owner: str
    filename: str
    source_key: str
    state: AssetState
    progress_permille: int
    reasons: tuple[str, ...]
    manifest: AssetManifest | None
    created_ms: int
    cut_from: str = ""
    cue_frames: tuple[int, ...] = ()


def track_key(asset_id: str, rendition: str, digest: str) -> str:
    """Object key of one rendition: init and every segment in one object.

    ``digest`` follows from the bytes: what one run has published, another can never overwrite by
    something else.
    """
    return f"assets/{asset_id}/{rendition}-{digest}.mp4"


def poster_key(asset_id: str) -> str:
    """Object key of the poster."""
    return f"assets/{asset_id}/poster.jpg"


def source_key(asset_id: str) -> str:
    """Object key of the source as it was brought."""
    return f"sources/{asset_id}"


def asset_id_in(key: str) -> str:
    """The asset that an object belongs to by its key; empty where it is no asset's."""
    match key.split("/"):
        case ["assets", asset_id, _] | ["sources", asset_id]:
            return asset_id
    return ""


def house_init_key(rendition: str) -> str:
    """Object key of the house init (ftyp+moov) that every asset of a rendition shares."""
    return f"house/{rendition}.mp4"
