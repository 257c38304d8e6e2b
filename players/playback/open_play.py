"""Decide once which ads stand in a play on demand, and keep the decision for the play's whole life."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from adserver.billing.impression import EventKind
from adserver.serving.avail import Format, ServedBreak
from kernel.clock import Clock
from media.house_format import SEGMENT_MS
from players.feed.consent import without_place
from players.feed.motion_policy import Permitted, may_show
from players.feed.vehicle_state import VehicleState
from players.playback import break_plan, events, on_demand
from players.playback.break_plan import PlannedBreak
from players.playback.on_demand import PREROLL_EVERY_MS, AdPlace, Film, Source
from players.playback.plan_break import OfferAvail
from players.playback.play import Play, is_over, play_id_of
from players.playback.resume_point import KEPT_MS
from players.playback.session import Session
from players.ports import NoteFills, Notice, Plays, Push, ResumePoints

_SOUND = frozenset({Format.AUDIO})
_SOUND_AND_PICTURE = frozenset({Format.AUDIO, Format.VIDEO})


@dataclass(frozen=True, slots=True)
class Standing:
    """The play that a session is in, if it is in one, and the number that the next would have."""

    play: Play | None
    following: int


@dataclass(frozen=True, slots=True)
class OpenPlay:
    """The play that a session is in, or a new one."""

    plays: Plays
    points: ResumePoints
    offer: OfferAvail
    push: Push
    clock: Clock
    note: NoteFills

    async def standing(self, session: Session, source: Source, *, opening: bool) -> Standing:
        """Where the session is; ``opening`` says that its player begins, so that what is over is over."""
        latest, ended = await self.plays.latest(session.vehicle_id, session.session_id, source.source_id)
        if latest is None:
            return Standing(None, 1)
        over = opening and (ended or is_over(latest, session))
        return Standing(None if over else latest, latest.ordinal + 1)

    async def __call__(self, session: Session, state: VehicleState, film: Film, ordinal: int) -> Play:
        """A new play: the one that is kept, whoever decided it.

        Args:
            session: whose play it is.
            state: decides whether ads with pictures may be offered.
            film: what is played.
            ordinal: :attr:`Standing.following`.
        """
        decided = await self._decided(session, state, film, ordinal)
        play, mine = await self.plays.keep(session.vehicle_id, session.session_id, decided)
        if mine:
            # Everything that was decided is listed at once.
            for kind in (EventKind.PLANNED, EventKind.STITCHED):
                self.note([fill for one in play.breaks for fill in one.fills], kind)
            await self._tell(session, play)
        return play

    async def left_ms(self, vehicle_id: str, film: Film) -> int:
        """The content time at which the vehicle left it; 0 where it did not."""
        since_ms = self.clock.now_ms() - KEPT_MS
        found = await asyncio.to_thread(self.points.get, vehicle_id, film.content_id, since_ms)
        return min(found.position_ms, film.duration_ms) if found and found.goes_on else 0

    async def _decided(self, session: Session, state: VehicleState, film: Film, ordinal: int) -> Play:
        now_ms, play_id = self.clock.now_ms(), play_id_of(film.source.source_id, ordinal)
        first = min(await self.left_ms(session.vehicle_id, film) // SEGMENT_MS, film.segments - 1)
        before = await self.plays.claim_preroll(
            session.vehicle_id, session.head_unit_id, f"{session.session_id}-{play_id}", PREROLL_EVERY_MS
        )
        chosen = on_demand.places(film, first, preroll=before)
        shown = may_show(state, session.zone, session.technique, now_ms, on_demand=True)
        stands = isinstance(shown, Permitted)
        formats = _SOUND_AND_PICTURE if stands and film.kind.has_picture else _SOUND
        # Who drives is elsewhere by the time that a later stop is heard: no place is told for it.
        later = session if stands else without_place(session)
        answers = await asyncio.gather(
            *(
                self.offer(
                    session if place.at == first else later,
                    f"{session.session_id}-{play_id}-{place.at}",
                    place.segments,
                    formats,
                )
                for place in chosen
            )
        )
        breaks = _planned(play_id, chosen, answers)
        return Play(film.source.source_id, ordinal, film.asset_id, film.segments, breaks, first, now_ms)

    async def _tell(self, session: Session, play: Play) -> None:
        sid, now_ms = session.session_id, self.clock.now_ms()
        for one in play.breaks:
            told = events.decision_event(one, f"{sid}-{one.break_id}", "break", now_ms).data
            await self.push.publish(session.vehicle_id, Notice("decision", sid, told))


def _planned(
    play_id: str, chosen: Sequence[AdPlace], answers: Sequence[ServedBreak | None]
) -> tuple[PlannedBreak, ...]:
    """The stops in which there is anything to hear, where they stand in the playlist."""
    found: list[PlannedBreak] = []
    passed = 0
    for place, served in zip(chosen, answers, strict=True):
        if served is None:
            continue
        name = f"{play_id}-{place.at}"
        planned = break_plan.planned_within(name, place.at + passed, place.segments, served)
        if planned.fills:
            found.append(planned)
            passed += planned.segments
    return tuple(found)
