"""What an address on demand stands for: an item that is offered, or an airing that may be watched again."""

import asyncio
from dataclasses import dataclass

from adserver.booking.targeting import Genre
from content.channels.catch_up import FindAiring
from content.library.partner_item import ItemKind, PartnerItem
from kernel.errors import NotFound
from media.manifest import AssetManifest
from players.playback.about_car import genre_of
from players.playback.on_demand import ON_DEMAND_LIMIT, Airing, Film, Kind, Source
from players.playback.ports import Manifests, ReadLineups


@dataclass(frozen=True, slots=True)
class FindFilm:
    """Answers from the snapshot of what is on."""

    lineups: ReadLineups
    find_airing: FindAiring
    manifests: Manifests

    async def __call__(self, source: Source, territory: str, now_ms: int) -> Film:
        """What is played.

        Args:
            source: the item or airing.
            territory: ISO 3166-1 alpha-2; empty for unknown.
            now_ms: the moment at which rights are asked.

        Raises:
            NotFound: ``item-unknown``, ``item-withdrawn`` or ``airing-unknown``.
            Forbidden: ``not-aired-yet``, ``catch-up-expired``, ``catch-up-not-cleared`` or
                ``not-cleared-here``.
        """
        if isinstance(source, Airing):
            return await self._airing(source, territory, now_ms)
        item = self._item(source.item_id)
        manifest = await self._manifest(item.asset_id)
        return Film(
            source=source,
            content_id=item.item_id,
            title=item.title,
            subtitle=item.partner,
            kind=Kind(item.kind.value),
            asset_id=item.asset_id,
            segments=manifest.segments,
            duration_ms=manifest.duration_ms,
            cues=manifest.cues,
            for_children=item.for_children,
            genre=Genre.MUSIC if item.kind is ItemKind.MUSIC else None,
        )

    async def _airing(self, source: Airing, territory: str, now_ms: int) -> Film:
        # A day of the past may have to be compiled anew, and others are waiting.
        aired = await asyncio.to_thread(self.find_airing, source.airing_id, now_ms, territory)
        programme = aired.programme
        manifest = await self._manifest(aired.asset_id)
        return Film(
            source=source,
            content_id=programme.programme_id,
            title=programme.title,
            subtitle=self.lineups().channels[aired.channel_id].name,
            kind=Kind.PROGRAMME,
            asset_id=aired.asset_id,
            # What a later block cut off was never shown.
            segments=min(manifest.segments, aired.reached[-1][1]),
            duration_ms=min(manifest.duration_ms, aired.duration_ms),
            cues=manifest.cues,
            for_children=programme.for_children,
            reached=aired.reached,
            genre=genre_of(programme),
        )

    def _item(self, item_id: str) -> PartnerItem:
        lineups = self.lineups()
        if item_id in lineups.withdrawn:
            raise NotFound(
                "item-withdrawn",
                "This item is no longer offered.",
                fix="Choose another one.",
            )
        if item_id not in lineups.items:
            raise unknown()
        return lineups.items[item_id]

    async def _manifest(self, asset_id: str) -> AssetManifest:
        manifest = await self.manifests(asset_id)
        if manifest is None or manifest.segments >= ON_DEMAND_LIMIT // 2:
            raise unknown()
        return manifest


def unknown() -> NotFound:
    """There is no such item."""
    return NotFound("item-unknown", "There is no such item, or it is not ready.")
