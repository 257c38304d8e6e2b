"""What editors decided about an asset's cues, and what is made of it.

An asset made around cues is an asset of its own (a version): immutable, and prepared like any other. What
plays changes over only once the version is ready.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from media.asset import Asset, AssetState
from media.cue import CueCandidate
from media.house_format import FPS

SUPERSEDED = ("cues-superseded",)
"""Reasons of a version that was decided otherwise before it was ready."""
_DIGEST_CHARS = 12


@dataclass(frozen=True, slots=True)
class CueDecision:
    """The newest decision about one asset.

    Args:
        frames: the cues, rising; none where the asset plays as it was prepared.
        revision: 1 for the first decision, and one more for each.
        wanted_id: the version made around ``frames``; the asset itself without cues.
        fallback_id: what plays until that is ready.
        decided_by: account id.
    """

    asset_id: str
    frames: tuple[int, ...]
    revision: int
    wanted_id: str
    fallback_id: str
    decided_by: str
    decided_ms: int


@dataclass(frozen=True, slots=True)
class CueRejection:
    """Somebody looked at a candidate and left it out: nobody needs to look again."""

    asset_id: str
    frame: int
    rejected_by: str
    rejected_ms: int


def undecided(asset_id: str) -> CueDecision:
    """How things are before anybody decided."""
    return CueDecision(asset_id, (), 0, asset_id, asset_id, "", 0)


def version_id(asset_id: str, frames: Sequence[int], revision: int) -> str:
    """The id of the version around ``frames`` that the decision ``revision`` would have made.

    No decision comes twice, so an id never names anything else, even after the version was deleted: what is
    remembered of one (a manifest) is never wrong. Who decides the same at the same moment gets the same.
    """
    if not frames:
        return asset_id
    told = " ".join(map(str, (revision, *frames)))
    return f"{asset_id}-{hashlib.sha256(told.encode()).hexdigest()[:_DIGEST_CHARS]}"


class Conditioning(msgspec.Struct, frozen=True):
    """How far the version is that the newest decision asks for; fields as in ``media.asset.Asset``."""

    asset_id: str
    state: AssetState
    progress_permille: int
    reasons: tuple[str, ...] = ()


class CueSheet(msgspec.Struct, frozen=True):
    """Everything about the cues of one asset.

    Args:
        frames: how many the source has, at 25 a second; cues are numbers of these.
        revision: to be sent back with the next decision.
        candidates: where black and silence meet.
        cues: the frames that are decided, rising.
        plays: the asset id to play now: of a version that is ready.
        rejected: the frames of candidates that editors left out, rising.
    """

    asset_id: str
    frames: int
    revision: int
    candidates: tuple[CueCandidate, ...]
    cues: tuple[int, ...]
    conditioning: Conditioning
    plays: str
    rejected: tuple[int, ...] = ()


def source_frames(asset: Asset) -> int:
    """How many frames a ready asset's source has, a begun one counted."""
    return -(-asset.manifest.duration_ms * FPS // 1000) if asset.manifest else 0


def sheet(asset: Asset, decision: CueDecision, wanted: Asset, rejected: tuple[int, ...] = ()) -> CueSheet:
    """The sheet of a ready ``asset``."""
    return CueSheet(
        asset_id=asset.asset_id,
        frames=source_frames(asset),
        revision=decision.revision,
        candidates=asset.manifest.candidates if asset.manifest else (),
        cues=decision.frames,
        conditioning=Conditioning(wanted.asset_id, wanted.state, wanted.progress_permille, wanted.reasons),
        plays=decision.wanted_id if wanted.state is AssetState.READY else decision.fallback_id,
        rejected=rejected,
    )
