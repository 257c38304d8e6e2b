"""Walk B: a player asks for a playlist. Judged, planned and rendered afresh each time."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from kernel.clock import Clock
from kernel.errors import NotFound
from kernel.signing import Signer
from media import stitch, timeline
from media.house_format import AUDIO_RENDITION, SEGMENT_MS, position_at
from media.rates import Rates
from media.timeline import Schedule, Slot, SlotKind, Window
from players.feed.head_unit import AdOutput, Technique
from players.feed.market_policy import Policies
from players.feed.motion_policy import Withheld
from players.playback import interstitials, lease, marks, playlist, pulls, session
from players.playback.break_plan import Laid, PlannedBreak, due_ms, joined_midway
from players.playback.marks import Mark
from players.playback.note_listed import NoteListed
from players.playback.plan_break import PlanBreak
from players.playback.playlist import Media, Offer
from players.playback.ports import ReadLineups, ReadRates
from players.playback.session import Grant, Session
from players.ports import Playback, Sessions

AHEAD_SEGMENTS = 20_000 // SEGMENT_MS + 1
"""Breaks that start this soon are decided already, so that their ads can be fetched in time."""


class Channel(msgspec.Struct, frozen=True):
    """What to play: a channel, live."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class _View:
    """What all sessions of a channel share until a segment is added.

    Args:
        slots: those in the window and soon after it.
        head: the window's first position.
        last: its newest.
        breaks: those of the slots that are breaks.
        listed: the ids of those in the window.
        coming: those soon after it.
        before: the texts of the marks, by the position that they stand before.
        barred: something in the window may not be seen everywhere.
        signer: of the keys in its addresses.
    """

    schedule: Schedule
    slots: tuple[Slot, ...]
    window: Window
    head: int
    last: int
    breaks: tuple[Slot, ...]
    listed: tuple[str, ...]
    coming: tuple[Slot, ...]
    marks: tuple[Mark, ...]
    before: Mapping[int, str]
    barred: bool
    signer: Signer
    _lines: dict[str, list[str]] = field(default_factory=dict)

    def due(self, session_id: str, now_ms: int) -> tuple[str, ...]:
        """The ids of the breaks that a session needs now: those in the window, and those it is to decide."""
        if not self.coming:
            return self.listed
        due = [one.slot_id for one in self.coming if now_ms >= due_ms(session_id, one, AHEAD_SEGMENTS)]
        return (*self.listed, *due)

    def lines(self, rendition: str) -> list[str]:
        """Marks and segments, a text for each position, where no promotion stands."""
        found = self._lines.get(rendition)
        if found is None:
            found = [
                self.before.get(position.k, "") + playlist.segment(position, rendition, self.signer)
                for position in self.window.positions
            ]
            self._lines[rendition] = found
        return found


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
    policies: Policies
    _views: dict[str, _View] = field(default_factory=dict, init=False)
    _offers: dict[Offer, tuple[Mapping[str, Rates], bytes]] = field(default_factory=dict, init=False)

    async def __call__(self, source: Channel, session_id: str, name: str, token: str) -> bytes | Withheld:
        """The playlist ``name``: ``multivariant``, ``audio``, ``video`` or a rendition's.

        Raises:
            Forbidden: the grant ``token`` is not good.
            NotFound: ``channel-unknown``, ``rendition-unknown`` or ``session-unknown``.
        """
        now_ms = self.clock.now_ms()
        grant = session.open_grant(self.signer, token, now_ms, session_id)
        offer = pulls.known(name)
        if offer:
            return await self._multivariant(source, grant, offer, token)
        return await self._channel(source, grant, name, token, now_ms)

    async def _multivariant(
        self, source: Channel, grant: Grant, offer: Offer, token: str
    ) -> bytes | Withheld:
        self._known(source)
        playback, opened = await pulls.playback_of(self.sessions, grant, listed=())
        answer = pulls.withheld(self.policies, playback, opened, self.clock.now_ms())
        if answer:
            if offer is Offer.VIDEO:
                return answer
            offer = Offer.AUDIO
        return self._offered(offer).replace(playlist.TOKEN, token.encode("ascii"))

    def _offered(self, offer: Offer) -> bytes:
        rates = self.rates()
        of, text = self._offers.get(offer, (None, b""))
        if of is not rates:
            text = playlist.multivariant(offer, rates, playlist.TOKEN.decode())
            self._offers[offer] = (rates, text)
        return text

    async def _channel(
        self, source: Channel, grant: Grant, name: str, token: str, now_ms: int
    ) -> bytes | Withheld:
        view = self._view(source, now_ms)
        sound = name == AUDIO_RENDITION.name
        break_ids = view.due(grant.session_id, now_ms)
        playback, opened = await pulls.playback_of(
            self.sessions, grant, break_ids, state=not sound, listed=view.listed
        )
        answer = None if sound else self._answer(playback, opened)
        if answer:
            return answer
        plans = playback.plans
        missing = _undecided(view, opened, plans, break_ids) if len(plans) < len(break_ids) else ()
        if missing:
            plans = {**plans, **await self._decided(grant, view, missing)}
            # The ad server may have taken a second: the vehicle may have moved off meanwhile.
            playback, opened = await pulls.playback_of(self.sessions, grant, ())
            answer = None if sound else self._answer(playback, opened)
            if answer:
                return answer
        key = token if sound else self._lease(opened)
        if opened.ads is AdOutput.INTERSTITIALS:
            return playlist.media(_unstitched(view, source, opened, name, token), key, self.signer)
        return playlist.listed(name, view.head, self._lines(view, plans, opened, name), key)

    def _lines(
        self, view: _View, plans: Mapping[str, PlannedBreak], opened: Session, name: str
    ) -> Sequence[str]:
        """The window's lines as this session sees them."""
        lines = view.lines(name)
        if not plans and not view.barred:
            return lines
        lines = lines.copy()
        if view.barred:
            substituted = stitch.substituted(view.window, opened.market)
            self._overlay(lines, playlist.laid(substituted, name, self.signer), view)
        for slot in view.breaks:
            planned = plans.get(slot.slot_id)
            if planned is not None and slot.start <= view.last:
                self.note_listed(planned, view.last)
                laid = planned.listing.lines.get(name)
                if laid is None:
                    laid = playlist.laid(stitch.laid(slot, planned.plan), name, self.signer)
                    planned.listing.lines[name] = laid
                self._overlay(lines, laid, view)
        return lines

    def _overlay(self, lines: list[str], laid: Iterable[Laid], view: _View) -> None:
        """Put ``laid`` in the place of what stood there, behind the marks that stand there."""
        head, end = view.head, view.last + 1
        for k, text in laid:
            first, after = max(k, head), min(k + len(text), end)
            if first < after:
                lines[first - head : after - head] = text[first - k : after - k]
                for at in view.before:
                    if first <= at < after:
                        lines[at - head] = view.before[at] + lines[at - head]

    def _answer(self, playback: Playback, opened: Session) -> Withheld | None:
        """Why the picture may not be given; a slate player gets the playlist always, and black segments."""
        if opened.technique is Technique.SLATE:
            return None
        return pulls.withheld(self.policies, playback, opened, self.clock.now_ms())

    def _lease(self, opened: Session) -> str:
        return lease.sign(self.signer, lease.of_session(opened, self.clock.now_ms()))

    def _known(self, source: Channel) -> Schedule:
        """What the channel plays.

        Raises:
            NotFound: ``channel-unknown``.
        """
        channel = self.lineups().channels.get(source.channel_id)
        if channel is None:
            raise NotFound("channel-unknown", "There is no such channel.")
        return channel.schedule

    def _view(self, source: Channel, now_ms: int) -> _View:
        """The window, the same for every session of the channel for as long as nothing is added."""
        schedule = self._known(source)
        last = position_at(now_ms) - 1
        known = self._views.get(source.channel_id)
        if known and known.schedule is not schedule:
            known = None
        if known and known.last == last:
            return known
        head, soon = last - timeline.WINDOW_SEGMENTS + 1, last + AHEAD_SEGMENTS
        slots = timeline.advanced(schedule, known.slots if known else (), head, soon)
        window = timeline.cut(slots, head, last)
        breaks = tuple(slot for slot in slots if slot.kind is SlotKind.BREAK)
        listed = tuple(slot.slot_id for slot in breaks if slot.start <= last)
        stood = marks.listed(breaks, head, last)
        view = _View(
            schedule=schedule,
            slots=slots,
            window=window,
            head=head,
            last=last,
            breaks=breaks,
            listed=listed,
            coming=breaks[len(listed) :],
            marks=stood,
            before=playlist.texts(stood),
            barred=any(slot.territories for slot in window.slots),
            signer=self.signer,
        )
        self._views[source.channel_id] = view
        return view

    async def _decided(
        self, grant: Grant, view: _View, missing: Sequence[Slot]
    ) -> Mapping[str, PlannedBreak]:
        playback, opened = await pulls.playback_of(self.sessions, grant, ())
        last = view.window.last
        made = await asyncio.gather(
            *(self.plan_break(opened, playback.state, slot, listed=slot.start <= last) for slot in missing)
        )
        return {plan.break_id: plan for plan in made}


def _unstitched(view: _View, source: Channel, opened: Session, name: str, grant: str) -> Media:
    """The channel as it may be seen there, and where the player finds what to put in its breaks' place."""
    positions = stitch.overlaid(view.window, stitch.substituted(view.window, opened.market))
    ads = interstitials.listed(view.breaks, view.window, source.channel_id, opened)
    both = tuple(sorted((*view.marks, *ads), key=lambda mark: mark.k))
    return Media(name, positions, both, grant)


def _undecided(
    view: _View, opened: Session, plans: Mapping[str, PlannedBreak], break_ids: Sequence[str]
) -> list[Slot]:
    first = position_at(opened.opened_ms)
    return [
        slot
        for slot in view.breaks
        if slot.slot_id in break_ids and slot.slot_id not in plans and not joined_midway(slot, first)
    ]
