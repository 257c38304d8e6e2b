"""The measured bit rates that a multivariant playlist may not promise less than."""

from collections.abc import Iterable

import msgspec

from media.manifest import AssetManifest


class Rates(msgspec.Struct, frozen=True):
    """The largest measured bit rates of a rendition over every published asset, in bits a second."""

    peak_bps: int
    average_bps: int


def measured_rates(manifests: Iterable[AssetManifest]) -> dict[str, Rates]:
    """By rendition name; renditions without a published asset are missing."""
    found: dict[str, Rates] = {}
    for manifest in manifests:
        for name, track in manifest.tracks.items():
            known = found.get(name, Rates(0, 0))
            found[name] = Rates(
                max(known.peak_bps, track.peak_bps), max(known.average_bps, track.average_bps)
            )
    return found
