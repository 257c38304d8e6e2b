"""Walk B: a player asks for a playlist. Judged, planned and rendered afresh each time."""

import asyncio
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from kernel.clock import Clock
from kernel.errors import NotFound
from kernel.signing import Signer
from media import stitch, timeline
from media.house_format import AUDIO_RENDITION, SEGMENT_MS, position_at, starts_at_ms
from media.rates import Rates
from media.timeline import Schedule, Slot, SlotKind, Window
from players.feed.head_unit import AdOutput, Technique
from players.feed.market_policy import Policies
from players.feed.motion_policy import Withheld
from players.playback import interstitials, lease, marks, playlist, pulls, session
from players.playback.about_car import genre_around
from players.playback.break_plan import Laid, PlannedBreak, due_ms, joined_midway
from players.playback.marks import Mark
from players.playback.note_listed import NoteListed
from players.playback.plan_break import PlanBreak
from players.playback.playlist import Media, Offer
from players.playback.ports import ReadLineups, ReadRates
from players.playback.pulls import Answer, Soon
from players.playback.session import Grant, Session
from players.ports import Playback, PlaybackRead, Sessions

_SOUND = AUDIO_RENDITION.name
AHEAD_SEGMENTS = 20_000 // SEGMENT_MS + 1
"""Breaks that start this soon are decided already, so that their ads can be fetched in time."""


class Channel(msgspec.Struct, frozen=True):
    """What to play: a channel, live."""

    channel_id: str


class Poll(msgspec.Struct, frozen=True):
    """What a player asks for again and again. Its grant was genuine when it first did.

    Args:
        name: of the playlist.
        token: the grant as it was shown.
    """

    source: Channel
    grant: Grant
    name: str
    token: str


@dataclass(frozen=True, slots=True)
class _View:
    """What all sessions of a channel share until a segment is added.

    Args:
        slots: those in the window and soon after it.
        head: the window's first position.
        last: its newest.
        ahead_ms: from when on the next is made, before it is wanted.
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
    ahead_ms: int
    breaks: tuple[Slot, ...]
    listed: tuple[str, ...]
    coming: tuple[Slot, ...]
    marks: tuple[Mark, ...]
    before: Mapping[int, str]
    barred: bool
    signer: Signer
    _segments: dict[str, list[str]] = field(default_factory=dict)
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
            segments = [playlist.segment(one, rendition, self.signer) for one in self.window.positions]
            found = self._keep(rendition, segments)
        return found

    def follow(self, before: "_View") -> None:
        """Take over what ``before`` lists, of the same schedule and one segment older."""
        newest = self.window.positions[-1]
        for rendition, segments in before._segments.items():
            self._keep(rendition, [*segments[1:], playlist.segment(newest, rendition, self.signer)])

    def _keep(self, rendition: str, segments: list[str]) -> list[str]:
        lines = segments.copy()
        for k, text in self.before.items():
            lines[k - self.head] = text + lines[k - self.head]
        self._segments[rendition], self._lines[rendition] = segments, lines
        return lines


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
    _ahead: dict[str, _View] = field(default_factory=dict, init=False)
    _offers: dict[Offer, tuple[Mapping[str, Rates], bytes]] = field(default_factory=dict, init=False)

    async def __call__(self, source: Channel, session_id: str, name: str, token: str) -> bytes | Withheld:
        """The playlist ``name``: ``multivariant``, ``audio``, ``video`` or a rendition's.

        Raises:
            Forbidden: the grant ``token`` is not good.
            NotFound: ``channel-unknown``, ``rendition-unknown`` or ``session-unknown``.
        """
        poll = self.recognise(source, session_id, name, token)
        if name in pulls.OFFERS:
            return await self._multivariant(poll)
        return await self._channel(poll, self.clock.now_ms())

    def recognise(self, source: Channel, session_id: str, name: str, token: str) -> Poll:
        """What is asked for, if the grant ``token`` is good and there is such a playlist.

        Raises:
            Forbidden, NotFound: as a pull does.
        """
        grant = session.open_grant(self.signer, token, self.clock.now_ms(), session_id)
        pulls.known(name)
        return Poll(source, grant, name, token)

    def at_once(self, poll: Poll) -> Answer | Soon:
        """The answer without a task of its own, to a poll that decides nothing; None asks for a whole pull.

        Raises:
            NotFound: as a pull does.
        """
        now_ms = self.clock.now_ms()
        if poll.grant.expires_at_ms <= now_ms:
            return None
        if poll.name in pulls.OFFERS:
            return _soon(self._ask(poll, (), ()), lambda playback: self._offer(poll, playback))
        view = self._view(poll.source, now_ms)
        break_ids = view.due(poll.grant.session_id, now_ms)
        reading = self._ask(poll, break_ids, view.listed)
        return _soon(reading, lambda playback: self._listed(poll, view, break_ids, playback))

    def _ask(self, poll: Poll, break_ids: Sequence[str], listed: Sequence[str]) -> Playback | PlaybackRead:
        grant = poll.grant
        return self.sessions.reading(
            grant.vehicle_id, grant.session_id, break_ids, state=poll.name != _SOUND, listed=listed
        )

    async def _multivariant(self, poll: Poll) -> bytes | Withheld:
        playback, _ = await pulls.playback_of(self.sessions, poll.grant, (), listed=())
        return self._offer(poll, playback)

    def _offer(self, poll: Poll, playback: Playback) -> bytes | Withheld:
        self._known(poll.source)
        offer = pulls.OFFERS[poll.name]
        answer = pulls.withheld(
            self.policies, playback, pulls.opened(playback, poll.grant), self.clock.now_ms()
        )
        if answer:
            if offer is Offer.VIDEO:
                return answer
            offer = Offer.AUDIO
        return self._offered(offer).replace(playlist.TOKEN, poll.token.encode("ascii"))

    def _offered(self, offer: Offer) -> bytes:
        rates = self.rates()
        of, text = self._offers.get(offer, (None, b""))
        if of is not rates:
            text = playlist.multivariant(offer, rates, playlist.TOKEN.decode())
            self._offers[offer] = (rates, text)
        return text

    async def _channel(self, poll: Poll, now_ms: int) -> bytes | Withheld:
        view, grant = self._view(poll.source, now_ms), poll.grant
        break_ids = view.due(grant.session_id, now_ms)
        playback, _ = await pulls.playback_of(
            self.sessions, grant, break_ids, state=poll.name != _SOUND, listed=view.listed
        )
        found = self._listed(poll, view, break_ids, playback)
        if not isinstance(found, list):
            return found
        plans = {**playback.plans, **await self._decided(grant, poll.source.channel_id, view, found)}
        # The ad server may have taken a second: the vehicle may have moved off meanwhile.
        playback, opened = await pulls.playback_of(self.sessions, grant, ())
        return self._withheld(poll, playback, opened) or self._rendered(poll, view, opened, plans)

    def _listed(
        self, poll: Poll, view: _View, break_ids: Sequence[str], playback: Playback
    ) -> bytes | Withheld | list[Slot]:
        """The playlist, why there is none, or the breaks that are to be decided first."""
        opened, plans = pulls.opened(playback, poll.grant), playback.plans
        answer = self._withheld(poll, playback, opened)
        if answer:
            return answer
        if len(plans) < len(break_ids) and (missing := _undecided(view, opened, plans, break_ids)):
            return missing
        return self._rendered(poll, view, opened, plans)

    def _rendered(self, poll: Poll, view: _View, opened: Session, plans: Mapping[str, PlannedBreak]) -> bytes:
        name = poll.name
        key = poll.token if name == _SOUND else self._lease(opened)
        if opened.ads is AdOutput.INTERSTITIALS:
            return playlist.media(_unstitched(view, poll, opened), key, self.signer)
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

    def _withheld(self, poll: Poll, playback: Playback, opened: Session) -> Withheld | None:
        """Why the picture may not be given; a slate player gets the playlist always, and black segments."""
        if poll.name == _SOUND or opened.technique is Technique.SLATE:
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
        schedule, channel_id = self._known(source), source.channel_id
        last = position_at(now_ms) - 1
        known, ahead = self._views.get(channel_id), self._ahead.get(channel_id)
        if known is None or known.schedule is not schedule or known.last != last:
            if ahead is not None and ahead.schedule is schedule and ahead.last == last:
                known = ahead
            else:
                known = self._seen(channel_id, schedule, last, known)
            self._views[channel_id] = known
        elif now_ms >= known.ahead_ms and (ahead is None or ahead.last != last + 1):
            # Made before it is wanted: when a segment is added, it is to all channels at once.
            self._ahead[channel_id] = self._seen(channel_id, schedule, last + 1, known)
        return known

    def _seen(self, channel_id: str, schedule: Schedule, last: int, before: _View | None) -> _View:
        """The window up to ``last``; quicker by one of the same schedule."""
        if before is not None and before.schedule is not schedule:
            before = None
        head, soon = last - timeline.WINDOW_SEGMENTS + 1, last + AHEAD_SEGMENTS
        slots = timeline.advanced(schedule, before.slots if before else (), head, soon)
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
            ahead_ms=starts_at_ms(last + 1) + _moment_ms(channel_id),
            breaks=breaks,
            listed=listed,
            coming=breaks[len(listed) :],
            marks=stood,
            before=playlist.texts(stood),
            barred=any(slot.territories for slot in window.slots),
            signer=self.signer,
        )
        if before is not None and before.last == last - 1:
            view.follow(before)
        return view

    async def _decided(
        self, grant: Grant, channel_id: str, view: _View, missing: Sequence[Slot]
    ) -> Mapping[str, PlannedBreak]:
        playback, opened = await pulls.playback_of(self.sessions, grant, ())
        last, lineups = view.window.last, self.lineups()
        made = await asyncio.gather(
            *(
                self.plan_break(
                    opened,
                    playback.state,
                    slot,
                    listed=slot.start <= last,
                    genre=genre_around(lineups, channel_id, slot),
                )
                for slot in missing
            )
        )
        return {plan.break_id: plan for plan in made}


def _moment_ms(channel_id: str) -> int:
    """When in each segment a channel's next window is made: not all at once, nor at the last moment."""
    return SEGMENT_MS // 8 + zlib.crc32(channel_id.encode()) % (SEGMENT_MS * 5 // 8)


def _soon(reading: Playback | PlaybackRead, found: Callable[[Playback], object]) -> Answer | Soon:
    """What is ``found`` in what is read, if it is a playlist."""
    if isinstance(reading, Playback):
        answer = found(reading)
        return answer if isinstance(answer, bytes) else None
    told = reading.told

    def finish(values: Sequence[bytes | None]) -> Answer:
        answer = found(told(values))
        return answer if isinstance(answer, bytes) else None

    return Soon(reading.values, finish)


def _unstitched(view: _View, poll: Poll, opened: Session) -> Media:
    """The channel as it may be seen there, and where the player finds what to put in its breaks' place."""
    positions = stitch.overlaid(view.window, stitch.substituted(view.window, opened.market))
    ads = interstitials.listed(view.breaks, view.window, poll.source.channel_id, opened)
    both = tuple(sorted((*view.marks, *ads), key=lambda mark: mark.k))
    return Media(poll.name, positions, both, poll.token)


def _undecided(
    view: _View, opened: Session, plans: Mapping[str, PlannedBreak], break_ids: Sequence[str]
) -> list[Slot]:
    first = position_at(opened.opened_ms)
    return [
        slot
        for slot in view.breaks
        if slot.slot_id in break_ids and slot.slot_id not in plans and not joined_midway(slot, first)
    ]
