"""Decide once which ads stand in a play on demand, and keep the decision for the play's whole life."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from adserver.billing.budget import EXPECTED_LIMIT_MS
from adserver.billing.impression import EventKind
from adserver.booking.targeting import Genre
from adserver.serving.avail import Format, ServedBreak, ServedFill
from kernel.clock import Clock
from media.house_format import SEGMENT_MS
from players.feed.consent import without_place
from players.feed.market_policy import Policies
from players.feed.motion_policy import Permitted, may_show
from players.feed.vehicle_state import UNKNOWN, VehicleState
from players.playback import break_plan, events, on_demand
from players.playback.break_plan import PlannedBreak
from players.playback.on_demand import PREROLL, PREROLL_EVERY_MS, AdPlace, Film, Source
from players.playback.plan_break import OfferAvail, OnlyConditioned, formats
from players.playback.play import Play, Reach, is_over, play_id_of
from players.playback.ports import NoteFills, Plays, ResumePoints
from players.playback.resume_point import KEPT_MS
from players.playback.session import Grant, Session
from players.ports import Notice, Push


@dataclass(frozen=True, slots=True)
class Standing:
    """The play that a session is in, if it is in one, and the number that the next would have."""

    play: Play | None
    following: int


@dataclass(frozen=True, slots=True)
class OpenPlay:
    """The play that a session is in, or a new one.

    Args:
        conditioned: nothing else is ever put in a play.
    """

    plays: Plays
    points: ResumePoints
    offer: OfferAvail
    push: Push
    clock: Clock
    note: NoteFills
    conditioned: OnlyConditioned
    policies: Policies

    async def standing(self, session: Session, source: Source, *, opening: bool) -> Standing:
        """Where the session is; ``opening`` says that its player begins, so that what is over is over."""
        latest, ended = await self.plays.latest(session.vehicle_id, session.session_id, source.source_id)
        if latest is None:
            return Standing(None, 1)
        over = opening and (ended or is_over(latest, session))
        return Standing(None if over else latest, latest.ordinal + 1)

    async def __call__(
        self, session: Session, state: VehicleState, film: Film, ordinal: int, from_ms: int
    ) -> Play:
        """A new play: the one that is kept, whoever decided it.

        Args:
            session: whose play it is.
            state: decides whether ads with pictures may be offered.
            film: what is played.
            ordinal: :attr:`Standing.following`.
            from_ms: the content time at which it begins.
        """
        decided = await self._decided(session, state, film, ordinal, from_ms)
        play, mine = await self.plays.keep(session.vehicle_id, session.session_id, decided)
        if mine:
            # Everything that was decided is listed at once.
            for kind in (EventKind.PLANNED, EventKind.STITCHED):
                self.note(_fills(play), kind)
            await self._tell(session, play)
        else:
            kept = {fill.fill_id for fill in _fills(play)}
            self.note([fill for fill in _fills(decided) if fill.fill_id not in kept], EventKind.NOT_USED)
        named = play_id_of(film.source.source_id, ordinal)
        if on_demand.preroll_segments(film) > 0 and not any(
            one.break_id == f"{named}-{PREROLL}" for one in play.breaks
        ):
            await self.plays.release_preroll(
                session.vehicle_id, session.head_unit_id, f"{session.session_id}-{named}"
            )
        return play

    async def reach(self, grant: Grant, film: Film, play: Play) -> Reach:
        """How far the play is listed now: never less than before, however its schedule was changed."""
        if not play.grows:
            return play.whole
        now_ms = self.clock.now_ms()
        shown = min(film.shown(now_ms), play.segments)
        over = shown == play.segments or not film.on_air(now_ms)
        whose = grant.vehicle_id, grant.session_id, play
        reach = await self.plays.extend(*whose, Reach(shown, over), now_ms)
        if reach.slowed is None:
            return reach
        slowly = min(film.slowed(now_ms, *reach.slowed), play.segments)
        if slowly == reach.segments or slowly < reach.segments == shown:
            return reach
        return await self.plays.extend(*whose, Reach(slowly, over, reach.slowed), now_ms)

    async def left_ms(self, vehicle_id: str, film: Film) -> int:
        """The content time at which the vehicle left it; 0 where it did not."""
        since_ms = self.clock.now_ms() - KEPT_MS
        found = await asyncio.to_thread(self.points.get, vehicle_id, film.content_id, since_ms)
        if found is None or not found.goes_on:
            return 0
        if film.reached and found.position_ms > film.shown(self.clock.now_ms()) * SEGMENT_MS:
            return 0  # left at another airing, further on than this one has come
        return min(found.position_ms, film.duration_ms)

    async def _decided(
        self, session: Session, state: VehicleState, film: Film, ordinal: int, from_ms: int
    ) -> Play:
        now_ms, play_id = self.clock.now_ms(), play_id_of(film.source.source_id, ordinal)
        first = min(from_ms // SEGMENT_MS, film.segments - 1)
        name = f"{session.session_id}-{play_id}"
        before = on_demand.preroll_segments(film) > 0 and await self.plays.claim_preroll(
            session.vehicle_id, session.head_unit_id, name, PREROLL_EVERY_MS
        )
        shown = may_show(self.policies, state, session.mount, session.technique, now_ms, on_demand=True)
        stands = isinstance(shown, Permitted)
        offered = formats(picture=stands and film.kind.has_picture)
        # Who drives is elsewhere by the time that a later stop is heard: no place or state is told for it.
        here, later = (session, state), (session, state) if stands else (without_place(session), UNKNOWN)
        chosen = _expected(on_demand.places(film, first, preroll=before), first, now_ms)
        answers = await asyncio.gather(
            *(
                self._answer(
                    *(here if place.at == first else later),
                    f"{name}-{place.name}",
                    place.segments,
                    offered,
                    expected_ms,
                    film.genre,
                )
                for place, expected_ms in chosen
            )
        )
        breaks = _planned(play_id, [place for place, _ in chosen], answers)
        return Play(
            source_id=film.source.source_id,
            ordinal=ordinal,
            asset_id=film.asset_id,
            segments=film.segments,
            breaks=breaks,
            first=first,
            decided_ms=now_ms,
            grows=film.on_air(now_ms),
        )

    async def _answer(
        self,
        session: Session,
        state: VehicleState,
        avail_id: str,
        segments: int,
        offered: frozenset[Format],
        expected_ms: int,
        genre: Genre | None,
    ) -> ServedBreak | None:
        served = await self.offer(session, state, avail_id, segments, offered, expected_ms, genre)
        return None if served is None else await self.conditioned(served)

    async def _tell(self, session: Session, play: Play) -> None:
        sid, now_ms = session.session_id, self.clock.now_ms()
        for one in play.breaks:
            told = events.decision_event(one, f"{sid}-{one.break_id}", "break", now_ms).data
            await self.push.publish(session.vehicle_id, Notice("decision", sid, told))


def _fills(play: Play) -> list[ServedFill]:
    return [fill for one in play.breaks for fill in one.fills]


def _expected(places: Sequence[AdPlace], first: int, now_ms: int) -> list[tuple[AdPlace, int]]:
    """When each is heard by who neither waits nor skips; none so late that no claim is held."""
    found: list[tuple[AdPlace, int]] = []
    pods = 0
    for place in places:
        apart_ms = (place.at - first + pods) * SEGMENT_MS
        if apart_ms + place.segments * SEGMENT_MS > EXPECTED_LIMIT_MS:
            break
        pods += place.segments
        found.append((place, now_ms + apart_ms))
    return found


def _planned(
    play_id: str, chosen: Sequence[AdPlace], answers: Sequence[ServedBreak | None]
) -> tuple[PlannedBreak, ...]:
    """The stops in which there is anything to hear, where they stand in the playlist."""
    found: list[PlannedBreak] = []
    passed = 0
    for place, served in zip(chosen, answers, strict=True):
        if served is None:
            continue
        name = f"{play_id}-{place.name}"
        planned = break_plan.planned_within(name, place.at + passed, place.segments, served)
        if planned.fills:
            found.append(planned)
            passed += planned.segments
    return tuple(found)
