"""Walk B: a player asks for a playlist. Judged, planned and rendered afresh each time."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kernel.clock import Clock
from kernel.errors import NotFound
from kernel.signing import Signer
from media import stitch, timeline
from media.house_format import BY_NAME, SEGMENT_MS, Medium, position_at
from media.timeline import Position, Schedule, Slot, SlotKind, Window
from players.feed.head_unit import Technique
from players.feed.motion_policy import Withheld, may_show
from players.playback import lease, playlist, session
from players.playback.break_plan import PlannedBreak, joined_midway
from players.playback.plan_break import PlanBreak
from players.playback.playlist import Media, Offer
from players.playback.session import Grant, Session
from players.ports import Manifests, Playback, ReadLineups, ReadRates, Sessions

AHEAD_SEGMENTS = 20_000 // SEGMENT_MS + 1
"""Breaks that start this soon are decided already, so that their ads can be fetched in time."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What to play: a channel, live."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class Item:
    """What to play: a partner's item, on demand."""

    item_id: str


@dataclass(frozen=True, slots=True)
class _View:
    """A channel's window with the breaks in it and soon after it, and its lines by rendition."""

    schedule: Schedule
    window: Window
    breaks: tuple[Slot, ...]
    break_ids: tuple[str, ...]
    lines: dict[str, list[str]] = field(default_factory=dict)

    def segments(self, rendition: str) -> list[str]:
        """The lines that are the same for every session."""
        found = self.lines.get(rendition)
        if found is None:
            found = [playlist.segment(position, rendition) for position in self.window.positions]
            self.lines[rendition] = found
        return found


@dataclass(frozen=True, slots=True)
class PullPlaylist:
    """Render a playlist of a session."""

    sessions: Sessions
    lineups: ReadLineups
    manifests: Manifests
    rates: ReadRates
    plan_break: PlanBreak
    signer: Signer
    clock: Clock
    _views: dict[str, _View] = field(default_factory=dict, init=False)

    async def __call__(
        self, source: Channel | Item, session_id: str, name: str, token: str
    ) -> bytes | Withheld:
        """The playlist ``name``: ``multivariant``, ``audio``, ``video`` or a rendition's.

        Raises:
            Forbidden: the grant ``token`` is not good.
            NotFound: ``channel-unknown``, ``item-unknown``, ``item-withdrawn``, ``rendition-unknown``
                or ``session-unknown``.
        """
        now_ms = self.clock.now_ms()
        grant = session.open_grant(self.signer, token, now_ms, session_id)
        if name in _OFFERS:
            return await self._multivariant(source, grant, _OFFERS[name], token)
        if name not in BY_NAME:
            raise NotFound("rendition-unknown", "There is no such rendition.")
        if isinstance(source, Item):
            return await self._item(source, grant, name, token)
        return await self._channel(source, grant, name, token)

    async def _multivariant(
        self, source: Channel | Item, grant: Grant, offer: Offer, token: str
    ) -> bytes | Withheld:
        self._known(source)
        playback, opened = await self._playback(grant, ())
        answer = self._withheld(playback, opened, source)
        if answer:
            if offer is Offer.VIDEO:
                return answer
            offer = Offer.AUDIO
        return playlist.multivariant(offer, self.rates(), token)

    async def _channel(self, source: Channel, grant: Grant, name: str, token: str) -> bytes | Withheld:
        view = self._view(source)
        sound = BY_NAME[name].medium is Medium.AUDIO
        playback, opened = await self._playback(grant, view.break_ids, state=not sound)
        answer = None if sound else self._answer(playback, opened)
        if answer:
            return answer
        plans = playback.plans
        missing = _undecided(view, opened, plans) if len(plans) < len(view.breaks) else None
        if missing:
            plans = await self._decided(grant, view, missing, plans)
            # The ad server may have taken a second: the vehicle may have moved off meanwhile.
            playback, opened = await self._playback(grant, ())
            answer = None if sound else self._answer(playback, opened)
            if answer:
                return answer
        lines, head = view.segments(name), view.window.head
        if plans:
            lines = lines.copy()
            inserts = {break_id: plan.plan for break_id, plan in plans.items()}
            for position in stitch.inserted(view.window, inserts):
                lines[position.k - head] = playlist.segment(position, name)
        return playlist.listed(name, head, lines, token if sound else self._lease(opened))

    async def _item(self, source: Item, grant: Grant, name: str, token: str) -> bytes | Withheld:
        asset_id = self._known(source)
        manifest = await self.manifests(asset_id)
        if manifest is None:
            raise NotFound("item-unknown", "There is no such item, or it is not ready.")
        playback, opened = await self._playback(grant, ())
        sound = BY_NAME[name].medium is Medium.AUDIO
        answer = None if sound else self._withheld(playback, opened, source)
        if answer:
            return answer
        positions = tuple(Position(k, asset_id, k) for k in range(manifest.segments))
        return playlist.media(Media(name, positions, ended=True), token if sound else self._lease(opened))

    async def _playback(
        self, grant: Grant, break_ids: Sequence[str], *, state: bool = True
    ) -> tuple[Playback, Session]:
        playback = await self.sessions.playback(grant.vehicle_id, grant.session_id, break_ids, state=state)
        if playback.session is None:
            raise NotFound("session-unknown", "The session is not known.", fix="Open a new one.")
        return playback, playback.session

    def _answer(self, playback: Playback, opened: Session) -> Withheld | None:
        """Why a channel's picture may not be given; a slate player gets it always, and black segments."""
        black = opened.technique is Technique.SLATE
        return None if black else self._withheld(playback, opened)

    def _withheld(
        self, playback: Playback, opened: Session, source: Channel | Item | None = None
    ) -> Withheld | None:
        now_ms, on_demand = self.clock.now_ms(), isinstance(source, Item)
        answer = may_show(playback.state, opened.zone, opened.technique, now_ms, on_demand=on_demand)
        return answer if isinstance(answer, Withheld) else None

    def _lease(self, opened: Session) -> str:
        return lease.sign(self.signer, lease.of_session(opened, self.clock.now_ms()))

    def _known(self, source: Channel | Item) -> str:
        """The item's asset, or the channel's id.

        Raises:
            NotFound: ``channel-unknown``, ``item-unknown`` or ``item-withdrawn``.
        """
        lineups = self.lineups()
        if isinstance(source, Item):
            if source.item_id in lineups.withdrawn:
                raise NotFound(
                    "item-withdrawn",
                    "This item is no longer offered.",
                    fix="Choose another one.",
                )
            if source.item_id not in lineups.items:
                raise NotFound("item-unknown", "There is no such item, or it is not ready.")
            return lineups.items[source.item_id].asset_id
        if source.channel_id not in lineups.channels:
            raise NotFound("channel-unknown", "There is no such channel.")
        return source.channel_id

    def _view(self, source: Channel) -> _View:
        """The window, the same for every session of the channel for as long as nothing is added."""
        schedule = self.lineups().channels[self._known(source)].schedule
        now_ms = self.clock.now_ms()
        last = position_at(now_ms) - 1
        known = self._views.get(source.channel_id)
        if known and known.schedule is schedule and known.window.positions[-1].k == last:
            return known
        window = timeline.window(schedule, now_ms)
        soon = schedule.slots(window.positions[0].k, last + AHEAD_SEGMENTS)
        breaks = tuple(slot for slot in soon if slot.kind is SlotKind.BREAK)
        view = _View(schedule, window, breaks, tuple(slot.slot_id for slot in breaks))
        self._views[source.channel_id] = view
        return view

    async def _decided(
        self, grant: Grant, view: _View, missing: Sequence[Slot], plans: Mapping[str, PlannedBreak]
    ) -> Mapping[str, PlannedBreak]:
        playback, opened = await self._playback(grant, ())
        last = view.window.positions[-1].k
        made = await asyncio.gather(
            *(self.plan_break(opened, playback.state, slot, listed=slot.start <= last) for slot in missing)
        )
        return {**plans, **{plan.break_id: plan for plan in made}}


def _undecided(view: _View, opened: Session, plans: Mapping[str, PlannedBreak]) -> list[Slot]:
    first = position_at(opened.opened_ms)
    return [slot for slot in view.breaks if slot.slot_id not in plans and not joined_midway(slot, first)]


_OFFERS = {offer.value: offer for offer in Offer}
