"""Walk B: a player asks for a playlist. Judged, planned and rendered afresh each time."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kernel.clock import Clock
from kernel.errors import NotFound
from kernel.signing import Signer
from media import stitch, timeline
from media.house_format import BY_NAME, SEGMENT_MS, Medium, position_at
from media.timeline import Schedule, Slot, SlotKind, Window
from players.feed.head_unit import AdOutput, Technique
from players.feed.motion_policy import Withheld, may_show
from players.playback import interstitials, lease, marks, playlist, session
from players.playback.break_plan import PlannedBreak, due_ms, joined_midway
from players.playback.marks import Mark
from players.playback.note_listed import NoteListed
from players.playback.plan_break import PlanBreak
from players.playback.playlist import Media, Offer
from players.playback.session import Grant, Session
from players.ports import Playback, ReadLineups, ReadRates, Sessions

AHEAD_SEGMENTS = 20_000 // SEGMENT_MS + 1
"""Breaks that start this soon are decided already, so that their ads can be fetched in time."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What to play: a channel, live."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class _View:
    """A channel's window with the breaks in it and soon after it, and the ids and marks of those in it."""

    schedule: Schedule
    window: Window
    breaks: tuple[Slot, ...]
    listed: tuple[str, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class PullPlaylist:
    """Render a playlist of a session."""

    sessions: Sessions
    lineups: ReadLineups
    rates: ReadRates
    plan_break: PlanBreak
    signer: Signer
    clock: Clock
    note_listed: NoteListed
    _views: dict[str, _View] = field(default_factory=dict, init=False)

    async def __call__(self, source: Channel, session_id: str, name: str, token: str) -> bytes | Withheld:
        """The playlist ``name``: ``multivariant``, ``audio``, ``video`` or a rendition's.

        Raises:
            Forbidden: the grant ``token`` is not good.
            NotFound: ``channel-unknown``, ``rendition-unknown`` or ``session-unknown``.
        """
        now_ms = self.clock.now_ms()
        grant = session.open_grant(self.signer, token, now_ms, session_id)
        if name in _OFFERS:
            return await self._multivariant(source, grant, _OFFERS[name], token)
        if name not in BY_NAME:
            raise NotFound("rendition-unknown", "There is no such rendition.")
        return await self._channel(source, grant, name, token)

    async def _multivariant(
        self, source: Channel, grant: Grant, offer: Offer, token: str
    ) -> bytes | Withheld:
        self._known(source)
        playback, opened = await self._playback(grant, ())
        answer = self._withheld(playback, opened)
        if answer:
            if offer is Offer.VIDEO:
                return answer
            offer = Offer.AUDIO
        return playlist.multivariant(offer, self.rates(), token)

    async def _channel(self, source: Channel, grant: Grant, name: str, token: str) -> bytes | Withheld:
        view = self._view(source)
        playback, opened = await self._playback(grant, [slot.slot_id for slot in view.breaks])
        answer = self._answer(playback, opened, name)
        if answer:
            return answer
        plans = dict(playback.plans)
        missing = (
            _undecided(view, opened, plans, self.clock.now_ms()) if len(plans) < len(view.breaks) else ()
        )
        if missing:
            plans |= await self._planned(playback, opened, view, missing)
            # The ad server may have taken a second: the vehicle may have moved off meanwhile.
            playback, opened = await self._playback(grant, ())
            answer = self._answer(playback, opened, name)
            if answer:
                return answer
        if opened.ads is AdOutput.INTERSTITIALS:
            return self._unstitched(view, source, opened, name, token)
        for break_id in view.listed:
            if break_id in plans:
                self.note_listed(opened.session_id, plans[break_id], view.window.positions[-1].k)
        placed = stitch.place(view.window, {key: one.plan for key, one in plans.items()})
        return self._rendered(Media(name, placed.positions, marks=view.marks), opened, token)

    def _unstitched(self, view: _View, source: Channel, opened: Session, name: str, token: str) -> bytes:
        """The channel as it is, and where the player finds what it is to put in the place of its breaks."""
        ads = interstitials.listed(view.breaks, view.window, source.channel_id, opened)
        both = tuple(sorted((*view.marks, *ads), key=lambda mark: mark.k))
        return self._rendered(Media(name, view.window.positions, both, token), opened, token)

    async def _playback(self, grant: Grant, break_ids: list[str] | tuple[()]) -> tuple[Playback, Session]:
        playback = await self.sessions.playback(grant.vehicle_id, grant.session_id, break_ids)
        if playback.session is None:
            raise NotFound("session-unknown", "The session is not known.", fix="Open a new one.")
        return playback, playback.session

    def _answer(self, playback: Playback, opened: Session, name: str) -> Withheld | None:
        """Why the media playlist may not be given; a slate player gets it always, and black segments."""
        if BY_NAME[name].medium is Medium.AUDIO or opened.technique is Technique.SLATE:
            return None
        return self._withheld(playback, opened)

    def _withheld(self, playback: Playback, opened: Session) -> Withheld | None:
        answer = may_show(playback.state, opened.zone, opened.technique, self.clock.now_ms())
        return answer if isinstance(answer, Withheld) else None

    def _rendered(self, listing: Media, opened: Session, token: str) -> bytes:
        if BY_NAME[listing.rendition].medium is Medium.AUDIO:
            return playlist.media(listing, token)
        held = lease.of_session(opened, self.clock.now_ms())
        return playlist.media(listing, lease.sign(self.signer, held))

    def _known(self, source: Channel) -> Schedule:
        """What the channel plays.

        Raises:
            NotFound: ``channel-unknown``.
        """
        channel = self.lineups().channels.get(source.channel_id)
        if channel is None:
            raise NotFound("channel-unknown", "There is no such channel.")
        return channel.schedule

    def _view(self, source: Channel) -> _View:
        """The window, the same for every session of the channel for as long as nothing is added."""
        schedule = self._known(source)
        now_ms = self.clock.now_ms()
        last = position_at(now_ms) - 1
        known = self._views.get(source.channel_id)
        if known and known.schedule is schedule and known.window.positions[-1].k == last:
            return known
        window = timeline.window(schedule, now_ms)
        soon = schedule.slots(window.positions[0].k, last + AHEAD_SEGMENTS)
        breaks = tuple(slot for slot in soon if slot.kind is SlotKind.BREAK)
        listed = tuple(slot.slot_id for slot in breaks if slot.start <= last)
        view = _View(schedule, window, breaks, listed, marks.listed(breaks, window.head, last))
        self._views[source.channel_id] = view
        return view

    async def _planned(
        self, playback: Playback, opened: Session, view: _View, missing: Sequence[Slot]
    ) -> dict[str, PlannedBreak]:
        last = view.window.positions[-1].k
        made = await asyncio.gather(
            *(self.plan_break(opened, playback.state, slot, listed=slot.start <= last) for slot in missing)
        )
        return {plan.break_id: plan for plan in made}


def _undecided(view: _View, opened: Session, plans: Mapping[str, PlannedBreak], now_ms: int) -> list[Slot]:
    first = position_at(opened.opened_ms)
    return [
        slot
        for slot in view.breaks
        if slot.slot_id not in plans
        and not joined_midway(slot, first)
        and now_ms >= due_ms(opened.session_id, slot, AHEAD_SEGMENTS)
    ]


_OFFERS = {offer.value: offer for offer in Offer}
