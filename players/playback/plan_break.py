"""Decide a break once for a session, keep the decision, and tell the screen."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from adserver.billing.impression import EventKind
from adserver.booking.cap import FrequencyCap
from adserver.booking.targeting import Genre
from adserver.serving.avail import Avail, Format, Location, Refused, ServedBreak, ServedFill
from adserver.serving.pod import POD_LIMIT
from adserver.serving.reason import Reason
from geotarget.course import Course
from geotarget.local_zones import zones_of
from kernel.clock import Clock, from_ms
from media.house_format import position_at, starts_at_ms
from media.timeline import Slot
from players.feed import remaining_range
from players.feed.market_policy import Policies
from players.feed.motion_policy import Permitted, may_show
from players.feed.vehicle_state import VehicleState
from players.playback import break_plan, events
from players.playback.about_car import AboutCar
from players.playback.break_plan import PlannedBreak
from players.playback.ports import Manifests, NoteFills, ServeBreak
from players.playback.session import Session
from players.ports import Notice, Positions, Push, Sessions

DECISION_LIMIT_S = 1.0

_log = logging.getLogger(__name__)
_SOUND = frozenset({Format.AUDIO})
_SOUND_AND_PICTURE = frozenset({Format.AUDIO, Format.VIDEO})


def formats(*, picture: bool) -> frozenset[Format]:
    """What a break may be filled with: never anything without sound."""
    return _SOUND_AND_PICTURE if picture else _SOUND


class Unanswered(StrEnum):
    """Why the ad server gave no answer."""

    TIMEOUT = "timeout"
    ERROR = "error"


class Outcome(StrEnum):
    """What became of a break, as it is counted.

    The first three: ads fill it, leave some of it over, or are not there. The others leave it to filler
    for ever: it was listed, and there was no answer in time, or none at all; or the player came too late.
    """

    FULL = "full"
    UNDERFILLED = "underfilled"
    EMPTY = "empty"
    LATE_TIMEOUT = "late-timeout"
    LATE_ERROR = "late-error"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class OfferAvail:
    """Offer an avail of a session to the ad server, with what of the vehicle may be known."""

    serve_break: ServeBreak
    positions: Positions
    clock: Clock
    about_car: AboutCar

    async def __call__(
        self,
        session: Session,
        state: VehicleState,
        avail_id: str,
        segments: int,
        formats: frozenset[Format],
        expected_at_ms: int | None = None,
        genre: Genre | None = None,
        ads_limit: int = POD_LIMIT,
        glances: tuple[FrequencyCap, ...] = (),
    ) -> ServedBreak | None:
        """The answer; None if none came in time, because playing on matters more than selling.

        ``expected_at_ms`` is when it is heard where the player decides, unless it waits or skips;
        ``ads_limit`` how many may stand in it; ``glances`` how many cards there may be.
        """
        answer = await self.ask(
            session,
            state,
            avail_id,
            segments,
            formats,
            expected_at_ms=expected_at_ms,
            genre=genre,
            ads_limit=ads_limit,
            glances=glances,
        )
        return None if isinstance(answer, Unanswered) else answer

    async def ask(
        self,
        session: Session,
        state: VehicleState,
        avail_id: str,
        segments: int,
        formats: frozenset[Format],
        starts_at_ms: int | None = None,
        expected_at_ms: int | None = None,
        genre: Genre | None = None,
        ads_limit: int = POD_LIMIT,
        glances: tuple[FrequencyCap, ...] = (),
    ) -> ServedBreak | Unanswered:
        """The same, and where there is no answer, why.

        ``starts_at_ms`` is when a break of a channel begins.
        """
        now_ms = self.clock.now_ms()
        location = self.location(session, now_ms)
        avail = Avail(
            avail_id=avail_id,
            subject=session.vehicle_id,
            segments=segments,
            formats=formats,
            at=from_ms(now_ms),
            location=location,
            course=self.course(session, now_ms),
            range_m=remaining_range.range_m(state, now_ms),
            market=session.market,
            language=session.language,
            starts_at=None if starts_at_ms is None else from_ms(starts_at_ms),
            expected_at=None if expected_at_ms is None else from_ms(expected_at_ms),
            ads_limit=ads_limit,
            zones=zones_of(session.market, (location.latitude, location.longitude) if location else None),
            genre=genre,
            stays=self.positions.stays(session.vehicle_id, now_ms) if location else (),
            glances=glances,
        )
        try:
            return await asyncio.wait_for(self._served(session, state, avail, now_ms), DECISION_LIMIT_S)
        except TimeoutError:
            _log.warning("no answer in time for avail %s", avail_id)
            return Unanswered.TIMEOUT
        except Exception:
            # Whatever ails the ad server, the programme goes on.
            _log.exception("no answer for avail %s", avail_id)
            return Unanswered.ERROR

    async def _served(self, session: Session, state: VehicleState, avail: Avail, now_ms: int) -> ServedBreak:
        known = await self.about_car(session, state, now_ms)
        return await self.serve_break(msgspec.structs.replace(avail, car=known))

    def location(self, session: Session, now_ms: int) -> Location | None:
        """Where the vehicle is, if its owner agreed and it is known."""
        return self.positions.get(session.vehicle_id, now_ms) if session.location_consent else None

    def course(self, session: Session, now_ms: int) -> Course | None:
        """Which way it goes, under the same conditions."""
        if not session.location_consent:
            return None
        return self.positions.course(session.vehicle_id, session.market, now_ms)


@dataclass(frozen=True, slots=True)
class OnlyConditioned:
    """Keep what is not published in the house format out of every pod.

    The ad server serves what it knows to be ready; this asks the media themselves, at the last moment.
    """

    manifests: Manifests
    note: NoteFills

    async def __call__(self, served: ServedBreak) -> ServedBreak:
        """``served`` without what is not published, or shorter than was sold: those claims are given back."""
        made: list[ServedFill] = []
        raw: list[ServedFill] = []
        for fill in served.fills:
            manifest = await self.manifests(fill.asset_id)
            (made if manifest is not None and manifest.segments >= fill.segments else raw).append(fill)
        if not raw:
            return served
        _log.error("chosen and not conditioned: %s", ", ".join(fill.asset_id for fill in raw))
        self.note(raw, EventKind.NOT_USED)
        refused = tuple(_raw(fill) for fill in raw)
        return msgspec.structs.replace(served, fills=tuple(made), refusals=(*served.refusals, *refused))


@dataclass(frozen=True, slots=True)
class PlanBreak:
    """What a session sees in a break; asked often, decided once.

    Args:
        manifests: what is published.
        conditioned: nothing else is ever put in a break.
        count: told what became of each break.
        slate_id: the asset that fills what ads leave over; the channel's own filler where empty.
    """

    sessions: Sessions
    offer: OfferAvail
    push: Push
    clock: Clock
    note: NoteFills
    manifests: Manifests
    conditioned: OnlyConditioned
    count: Callable[[Outcome], None]
    policies: Policies
    slate_id: str = ""

    async def __call__(
        self,
        session: Session,
        state: VehicleState,
        slot: Slot,
        *,
        listed: bool,
        genre: Genre | None = None,
    ) -> PlannedBreak:
        """The plan that is kept, whoever made it.

        Args:
            session: whose break it is.
            state: decides whether pictures may be offered.
            slot: the break.
            listed: it is in the window now, and so must be settled: without an answer in time it
                stays filler for ever, because what was listed may not change.
            genre: what plays around it.

        Where the session first asks when the break has long begun, it stays filler, and the ad server is not
        asked: an ad would be claimed that nobody could be shown. That is kept, so that all workers agree.
        """
        if break_plan.missed(slot, position_at(self.clock.now_ms()) - 1):
            return await self._left(session, slot)
        avail_id = f"{session.session_id}-{slot.slot_id}"
        starts_ms = starts_at_ms(slot.start)
        answer = await self.offer.ask(
            session, state, avail_id, slot.segments, self._formats(session, state), starts_ms, genre=genre
        )
        if isinstance(answer, Unanswered):
            plan = break_plan.planned(slot, None)
            if not listed:
                return plan
        else:
            plan = await self._laddered(break_plan.planned(slot, await self.conditioned(answer)))
        kept, mine = await self.sessions.keep_plan(session.vehicle_id, session.session_id, plan)
        if mine:
            self.count(_outcome(kept, answer))
            self.note(kept.fills, EventKind.PLANNED)
            await self._tell(session, avail_id, kept)
        return kept

    async def _left(self, session: Session, slot: Slot) -> PlannedBreak:
        empty = break_plan.planned(slot, None)
        kept, mine = await self.sessions.keep_plan(session.vehicle_id, session.session_id, empty)
        if mine:
            self.count(Outcome.MISSED)
        return kept

    async def _laddered(self, plan: PlannedBreak) -> PlannedBreak:
        """``plan`` with the slate in what its ads leave over, where there is one."""
        manifest = await self.manifests(self.slate_id) if self.slate_id and plan.left else None
        if manifest is None:
            return plan
        return msgspec.structs.replace(plan, slate=self.slate_id, slate_segments=manifest.segments)

    def _formats(self, session: Session, state: VehicleState) -> frozenset[Format]:
        answer = may_show(self.policies, state, session.mount, session.technique, self.clock.now_ms())
        return formats(picture=isinstance(answer, Permitted))

    async def _tell(self, session: Session, avail_id: str, plan: PlannedBreak) -> None:
        sid = session.session_id
        await self.push.publish(session.vehicle_id, Notice("break", sid))
        told = events.decision_event(plan, avail_id, "break", self.clock.now_ms()).data
        await self.push.publish(session.vehicle_id, Notice("decision", sid, told))


def _raw(fill: ServedFill) -> Refused:
    detail, card = "its film is not prepared", fill.card
    return Refused(fill.line_item_id, Reason.CREATIVE_NOT_READY, detail, card.advertiser, card.place_name)


def _outcome(plan: PlannedBreak, answer: ServedBreak | Unanswered) -> Outcome:
    if isinstance(answer, Unanswered):
        return Outcome.LATE_TIMEOUT if answer is Unanswered.TIMEOUT else Outcome.LATE_ERROR
    if not plan.fills:
        return Outcome.EMPTY
    return Outcome.UNDERFILLED if plan.left else Outcome.FULL
