"""Walk B on demand: a player asks for a playlist that is listed whole, ads included, and ended."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from kernel.clock import Clock
from kernel.signing import Signer
from media.house_format import BY_NAME, SEGMENT_MS, Medium
from players.feed.market_policy import Policies
from players.feed.motion_policy import Permitted, Withheld, permit_card
from players.playback import playlist, pulls, session
from players.playback.break_plan import PlannedBreak
from players.playback.events import FillEvent, without_cards
from players.playback.find_film import FindFilm
from players.playback.on_demand import Film, Source
from players.playback.open_play import OpenPlay
from players.playback.play import Play, Reach, is_over
from players.playback.playlist import Extent, Offer
from players.playback.ports import ReadRates
from players.playback.segment_key import Holder
from players.playback.session import Grant, Scope
from players.ports import Sessions

_OPENING = frozenset({Offer.AUDIO_VIDEO, Offer.AUDIO})
"""A picture joins the play that its sound began."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """A playlist.

    Args:
        stream: names the play, within which it never changes.
        grows: whether the same bytes come again with more behind them: a picture's have another lease.
        packed: the same, compressed, where it was asked for and worth it.
    """

    body: bytes
    stream: str
    grows: bool = False
    packed: bytes | None = None


Pack = Callable[[Pulled], Pulled]


class PlayBreak(msgspec.Struct, frozen=True):
    """Ads of a play: in playlist time, and where in the content they stand."""

    break_id: str
    starts_at_ms: int
    ends_at_ms: int
    content_at_ms: int
    fills: tuple[FillEvent, ...]


class PlayDocument(msgspec.Struct, frozen=True):
    """A play as its player needs it, to tell content time from playlist time.

    Args:
        resume_ms: where the vehicle left it, in content time; 0 where it did not.
        begin_ms: where to begin, in playlist time.
        duration_ms: of the content.
        length_ms: of the playlist.
    """

    play_id: str
    content_id: str
    title: str
    subtitle: str
    kind: str
    resume_ms: int
    begin_ms: int
    duration_ms: int
    length_ms: int
    breaks: tuple[PlayBreak, ...]


@dataclass(frozen=True, slots=True)
class PullItem:
    """Render a playlist of something on demand, or tell what is in it."""

    sessions: Sessions
    find: FindFilm
    open_play: OpenPlay
    rates: ReadRates
    signer: Signer
    clock: Clock
    policies: Policies

    async def __call__(
        self, source: Source, session_id: str, name: str, token: str, pack: Pack | None = None
    ) -> Pulled | Withheld:
        """The playlist ``name``: ``multivariant``, ``audio``, ``video`` or a rendition's.

        Args:
            source: what is played.
            session_id: in which session.
            name: which playlist.
            token: the session's grant.
            pack: compresses a rendition's, in the thread that makes it.

        Raises:
            Forbidden: the grant ``token`` is not good, or what :class:`FindFilm` raises.
            NotFound: ``rendition-unknown``, ``session-unknown``, or what :class:`FindFilm` raises.
        """
        grant = session.open_grant(self.signer, token, self.clock.now_ms(), session_id)
        opening = pulls.known(name) in _OPENING
        film, play = await self._play(grant, source, opening=opening)
        # The ad server may have taken a second: the vehicle may have moved off meanwhile.
        asked, reach = await asyncio.gather(
            pulls.playback_of(self.sessions, grant), self.open_play.reach(grant, film, play)
        )
        answer = pulls.whole(name, asked, token, self.rates, self.signer, self.clock, self.policies)
        if isinstance(answer, Withheld):
            return answer
        if isinstance(answer, bytes):
            return Pulled(answer, play.play_id)
        sound = BY_NAME[name].medium is Medium.AUDIO

        def made() -> Pulled:
            body = _listed(play, reach, name, answer, self.signer, asked[1].holder)
            pulled = Pulled(body, play.play_id, grows=sound and play.grows and not reach.ended)
            return pack(pulled) if pack else pulled

        # A film of two hours takes milliseconds, and others are waiting.
        pulled = await asyncio.to_thread(made)
        return pulled if sound else await self._still(grant) or pulled

    async def document(self, source: Source, session_id: str, token: str) -> PlayDocument:
        """What is played, from where on, and which ads are in it; begins a play where the last is over.

        Raises:
            Forbidden, NotFound: as above.
        """
        grant = session.open_screen_grant(self.signer, token, self.clock.now_ms(), session_id)
        film, play = await self._play(grant, source, opening=True)
        left_ms = await self.open_play.left_ms(grant.vehicle_id, film)
        told = _document(film, play, left_ms)
        # As above: the vehicle may have moved off meanwhile, or its owner taken back the consent.
        playback, opened = await pulls.playback_of(self.sessions, grant)
        answer = permit_card(self.policies, playback.state, opened.mount, self.clock.now_ms())
        if isinstance(answer, Permitted) and not is_over(play, opened):
            return told
        emptied = (replace(one, fills=without_cards(one.fills)) for one in told.breaks)
        return replace(told, breaks=tuple(emptied))

    async def _still(self, grant: Grant) -> Withheld | None:
        """Why a picture is not shown after all: threads may be busy, and the vehicle moves off meanwhile."""
        asked = await pulls.playback_of(self.sessions, grant)
        return pulls.withheld(self.policies, *asked, self.clock.now_ms(), on_demand=True)

    async def _play(self, grant: Grant, source: Source, *, opening: bool) -> tuple[Film, Play]:
        """The play, whose rights are asked when it begins, and not again while it goes on."""
        playback, opened = await pulls.playback_of(self.sessions, grant)
        standing = await self.open_play.standing(opened, source, opening=opening)
        now_ms = self.clock.now_ms()
        asked_ms = standing.play.decided_ms if standing.play and not opening else now_ms
        film = await self.find(source, opened.market, asked_ms)
        if standing.play is not None:
            return film, standing.play
        # By a link, people choose from a list that shows no place to go on from: they begin at the beginning.
        goes_on = grant.scope is Scope.SCREEN
        from_ms = await self.open_play.left_ms(grant.vehicle_id, film) if goes_on else 0
        return film, await self.open_play(opened, playback.state, film, standing.following, from_ms)


def _listed(play: Play, reach: Reach, rendition: str, token: str, signer: Signer, holder: Holder) -> bytes:
    extent = Extent.WHOLE
    if play.grows:
        extent = Extent.GROWN if reach.ended else Extent.GROWS
    positions, begin_s = play.listed(reach), play.begin_ms / 1000
    return playlist.whole(rendition, positions, begin_s, token, signer, holder, extent)


def _document(film: Film, play: Play, left_ms: int) -> PlayDocument:
    timeline = play.timeline
    # Who has not come further yet begins with the ads before it.
    fresh = left_ms // SEGMENT_MS == play.first
    return PlayDocument(
        play_id=play.play_id,
        content_id=film.content_id,
        title=film.title,
        subtitle=film.subtitle,
        kind=film.kind.value,
        resume_ms=left_ms,
        begin_ms=play.begin_ms if fresh else timeline.playlist_ms(left_ms),
        duration_ms=film.duration_ms,
        length_ms=timeline.length * SEGMENT_MS,
        breaks=tuple(
            PlayBreak(
                break_id=one.break_id,
                starts_at_ms=one.start * SEGMENT_MS,
                ends_at_ms=(one.start + one.segments) * SEGMENT_MS,
                content_at_ms=stop.at * SEGMENT_MS,
                fills=_fills(one),
            )
            for one, stop in zip(play.breaks, timeline.stops, strict=True)
        ),
    )


def _fills(planned: PlannedBreak) -> tuple[FillEvent, ...]:
    found, at = [], planned.start
    for fill in planned.fills:
        begin_ms, end_ms = at * SEGMENT_MS, (at + fill.segments) * SEGMENT_MS
        found.append(FillEvent(fill.fill_id, begin_ms, end_ms, fill.beacon, fill.card))
        at += fill.segments
    return tuple(found)
