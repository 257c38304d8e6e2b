"""What a schedule needs to know of the programmes that it names, as it was when it was saved."""

from collections.abc import Mapping
from typing import Any

import msgspec

from content.library.programme import Programme
from content.library.rights import Rights, RightsRefusal, RightsWindow
from media.asset import Asset, AssetState

MISSING = "asset-missing"


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """One programme.

    Args:
        asset_id: what plays: the version around its cues where there is one; empty where nothing can.
        segments: its length; the last known one where nothing can play.
        cues: segments before which a break may stand.
        children: it was made for them.
    """

    asset_id: str
    segments: int
    title: str = ""
    cues: tuple[int, ...] = ()
    children: bool = False
    rights: Rights = Rights()

    def refusal(self, from_ms: int, until_ms: int, territories: tuple[str, ...]) -> str:
        """Why not in [``from_ms``, ``until_ms``) on a channel of ``territories``; empty if it can."""
        window = self.rights.window
        return (
            self.standing_refusal(territories)
            or window.refusal(from_ms)
            or window.refusal(max(from_ms, until_ms - 1))
            or ""
        )

    @property
    def unlimited(self) -> bool:
        """Whether it may be shown always and everywhere."""
        return self.rights.window == RightsWindow() and not self.rights.territories.codes

    def shown_in(self, territories: tuple[str, ...]) -> tuple[str, ...]:
        """Where a channel of ``territories`` may show it: in both, if both name any; empty for everywhere."""
        codes = self.rights.territories.codes
        if not codes or not territories:
            return codes or territories
        return tuple(code for code in codes if code in territories)

    def plays_like(self, other: "Facts") -> bool:
        """Whether nothing but the title differs, which editors see and viewers do not."""
        return msgspec.structs.replace(other, title=self.title) == self

    def standing_refusal(self, territories: tuple[str, ...]) -> str:
        """Why it can never be shown on a channel of ``territories``, whenever; empty if it can."""
        if not self.asset_id:
            return MISSING
        if self.rights.territories.codes and territories and not self.shown_in(territories):
            return RightsRefusal.TERRITORY_EXCLUDED
        return ""


def gather(
    programmes: Mapping[str, Programme],
    assets: Mapping[str, Asset],
    playing: Mapping[str, str],
    before: Mapping[str, Facts],
) -> dict[str, Facts]:
    """The facts of ``programmes``.

    Args:
        programmes: by id.
        assets: by asset id; those of the programmes and those of ``playing``.
        playing: what plays instead of an asset, where it was made anew around its cues.
        before: facts known earlier: the length of what has gone since.
    """
    return {
        programme_id: _facts(programme, assets, playing, before.get(programme_id))
        for programme_id, programme in programmes.items()
    }


def _facts(
    programme: Programme, assets: Mapping[str, Asset], playing: Mapping[str, str], before: Facts | None
) -> Facts:
    told: dict[str, Any] = {
        "title": programme.title,
        "children": programme.for_children,
        "rights": programme.rights,
    }
    for asset_id in (playing.get(programme.asset_id, ""), programme.asset_id):
        asset = assets.get(asset_id)
        ready = asset is not None and asset.state is AssetState.READY and programme.withdrawn_ms is None
        if ready and asset is not None and asset.manifest is not None:
            return Facts(asset_id, asset.manifest.segments, cues=asset.manifest.cues, **told)
    return Facts("", before.segments if before else 0, **told)
