"""Builds the snapshot of what is on."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import msgspec

from content.channels.channel import Channel
from content.channels.lineup import ChannelLineup, Lineups
from content.channels.schedule import ChannelSchedule, effective
from content.library.partner_item import ITEMS_LIMIT, PartnerItem
from content.ports import Assets, Channels, PartnerItems, PlayedInstead, Programmes
from kernel.clock import Clock
from media.asset import AssetState
from media.house_format import SEGMENT_MS, position_at

SOON_SEGMENTS = 300_000 // SEGMENT_MS
"""Well beyond the next time that the snapshot is taken."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Known:
    """What never changes while the newest version of a channel's schedule has that number."""

    number: int
    schedule: ChannelSchedule
    names: frozenset[str]
    timezone: str
    territories: tuple[str, ...]
    known_from: int


@dataclass(frozen=True)
class LoadLineups:
    """Reads everything that can play; to be called on the topic ``content`` and from time to time.

    A schedule is read again only where it has a new version: until then its compiled days are kept, too.
    """

    channels: Channels
    programmes: Programmes
    items: PartnerItems
    assets: Assets
    instead: PlayedInstead
    clock: Clock
    _known: dict[str, _Known] = field(default_factory=dict)

    def __call__(self) -> Lineups:
        """The snapshot, immutable."""
        kept = self.channels.all()
        channels = {c.channel_id: self._lineup(c) for c in kept}
        self._compile_ahead(channels)
        shown = [c.channel_id for c in kept if channels[c.channel_id].offered]
        waiting = [c.channel_id for c in kept if c.offer.holds(filled=True)]
        offered = self._offered_items()
        withdrawn = self.items.withdrawn()
        return Lineups(
            channels=channels,
            default_channel_id=next(iter(shown or waiting), ""),
            items=self._playable(offered),
            withdrawn=frozenset(withdrawn),
            withdrawn_assets=self._withdrawn_assets(channels.values(), offered, withdrawn.values()),
        )

    def _lineup(self, channel: Channel) -> ChannelLineup:
        known = self._known.get(channel.channel_id)
        if known is None or known.number != channel.schedule_version:
            versions = self.channels.versions(channel.channel_id)
            known = self._known[channel.channel_id] = _Known(
                number=versions[-1].number,
                schedule=effective(channel.channel_id, versions),
                names=frozenset(name for version in versions for name in version.facts),
                timezone=versions[-1].kept.outline.timezone,
                territories=versions[-1].kept.outline.territories,
                known_from=versions[0].from_position,
            )
        return ChannelLineup(
            channel_id=channel.channel_id,
            name=channel.name,
            slug=channel.slug,
            schedule=known.schedule,
            programmes=self.programmes.by_ids(known.names),
            timezone=known.timezone,
            territories=known.territories,
            known_from=known.known_from,
            logo=channel.logo,
            offered=channel.offer.holds(filled=bool(known.names)),
        )

    def _compile_ahead(self, channel_ids: Iterable[str]) -> None:
        """Hold the day that is on and the next: compiled here, where no request waits for it."""
        now = position_at(self.clock.now_ms())
        for channel_id in channel_ids:
            schedule = self._known[channel_id].schedule
            try:
                for version in {schedule.at(now - SOON_SEGMENTS), schedule.at(now + SOON_SEGMENTS)}:
                    version.hold(now - SOON_SEGMENTS, now + SOON_SEGMENTS)
            except Exception:  # one channel's trouble is not that of the others
                _LOG.exception("schedule not compiled ahead", extra={"channel_id": channel_id})

    def _offered_items(self) -> list[PartnerItem]:
        items = self.items.newest(ITEMS_LIMIT + 1)
        if len(items) > ITEMS_LIMIT:
            # Those that add are told before; here somebody was faster, or more were kept by an older version.
            _LOG.error(
                "more items than can be offered: the oldest are left out", extra={"limit": ITEMS_LIMIT}
            )
            items = items[:ITEMS_LIMIT]
        return items

    def _playable(self, items: Collection[PartnerItem]) -> dict[str, PartnerItem]:
        """Each with the version of its asset that is played: that made around its cues, if there is one."""
        own = {item.asset_id for item in items}
        playing = self.instead.playing(own)
        assets = self.assets.by_ids({playing.get(asset_id, asset_id) for asset_id in own})
        playable = {}
        for item in items:
            asset = assets.get(playing.get(item.asset_id, item.asset_id))
            if asset is not None and asset.state is AssetState.READY and asset.manifest is not None:
                playable[item.item_id] = msgspec.structs.replace(
                    item, asset_id=asset.asset_id, duration_ms=asset.manifest.duration_ms
                )
        return playable

    def _withdrawn_assets(
        self, channels: Iterable[ChannelLineup], offered: Iterable[PartnerItem], withdrawn: Iterable[str]
    ) -> frozenset[str]:
        """Assets of what was ever withdrawn, in every version, unless something on offer still plays them.

        They are few, and an address that somebody kept never grows too old to be tried again.
        """
        programmes = [one for channel in channels for one in channel.programmes.values()]
        held = {one.asset_id for one in programmes if one.withdrawn_ms is None}
        held |= {item.asset_id for item in offered}
        gone = (self.programmes.withdrawn_assets() | {*withdrawn}) - held
        return frozenset(gone | self.instead.made_from(gone))
