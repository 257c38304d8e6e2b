"""A screen tells where it is in what it plays on demand; another goes on from there."""

import asyncio
from dataclasses import dataclass

import msgspec

from content.channels.guide import poster_url
from kernel.clock import Clock
from kernel.errors import Invalid, RoadcastError
from players.playback.find_film import FindFilm
from players.playback.on_demand import Airing, Film, Item, Source, addressed
from players.playback.ports import Plays, ResumePoints
from players.playback.resume_point import KEPT_MS, POINTS_LIMIT, ResumePoint, near_end
from players.playback.session import Grant
from players.ports import Sessions

TELLS, TELLS_IN_MS = 10, 10_000
"""A player tells each quarter of a minute, and when it is stopped."""

LATE_LIMIT_MS = 86_400_000
"""What was kept in a dead zone for longer is worth nothing."""

LISTED_LIMIT = 20


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a player tells.

    Args:
        item_id, airing_id: what it plays: one of them.
        position_s: content time, in seconds.
        ended: it was played to its end.
        age_s: how long ago it was there, where it could not be told before.
    """

    position_s: float
    item_id: str | None = None
    airing_id: str | None = None
    ended: bool = False
    age_s: float = 0


class Continued(msgspec.Struct, frozen=True):
    """Something to go on with; times in milliseconds, ``position_ms`` of content."""

    content_id: str
    item_id: str | None
    airing_id: str | None
    title: str
    partner: str
    kind: str
    position_ms: int
    duration_ms: int
    poster_url: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class KeepResume:
    """Keep, list and forget the points of a vehicle."""

    points: ResumePoints
    plays: Plays
    sessions: Sessions
    find: FindFilm
    clock: Clock

    async def __call__(self, grant: Grant, told: Told) -> bool:
        """Keep a point; the latest word counts, whichever screen it comes from.

        Returns:
            False where the session tells too often.

        Raises:
            Invalid: ``resume-invalid``.
            NotFound, Forbidden: what :class:`FindFilm` raises.
        """
        source = _source(told)
        if not await self.plays.may_tell(grant.vehicle_id, grant.session_id, TELLS, TELLS_IN_MS):
            return False
        now_ms = self.clock.now_ms()
        film = await self.find(source, await self.market(grant), now_ms)
        position_ms = min(round(told.position_s * 1000), film.duration_ms)
        finished = told.ended or near_end(position_ms, film.duration_ms)
        point = ResumePoint(
            vehicle_id=grant.vehicle_id,
            content_id=film.content_id,
            played_as=source.address,
            position_ms=position_ms,
            length_ms=film.duration_ms,
            finished=finished,
            at_ms=now_ms - round(told.age_s * 1000),
        )
        await asyncio.to_thread(self.points.put, point)
        if told.ended:
            await self.plays.end(grant.vehicle_id, grant.session_id, source.source_id)
        return True

    async def all(self, grant: Grant) -> list[Continued]:
        """What the vehicle can go on with, the latest first; what is no longer offered is left out."""
        now_ms, market = self.clock.now_ms(), await self.market(grant)
        points = await asyncio.to_thread(self.points.of, grant.vehicle_id, now_ms - KEPT_MS, POINTS_LIMIT)
        found: list[Continued] = []
        for point in (one for one in points if one.goes_on):
            try:
                film = await self.find(addressed(point.played_as), market, now_ms)
            except RoadcastError:
                continue
            found.append(_continued(film, point))
            if len(found) == LISTED_LIMIT:
                break
        return found

    async def forget(self, vehicle_id: str, content_id: str | None = None) -> None:
        """Erase one point, or all of the vehicle's."""
        await asyncio.to_thread(self.points.erase, vehicle_id, content_id)

    async def expire(self) -> int:
        """Erase what nobody went on with for 90 days; how many there were."""
        return await asyncio.to_thread(self.points.expire, self.clock.now_ms() - KEPT_MS)

    async def market(self, grant: Grant) -> str:
        """Where the session's vehicle is at home: ISO 3166-1 alpha-2; empty where it is not known."""
        playback = await self.sessions.playback(grant.vehicle_id, grant.session_id, ())
        return playback.session.market if playback.session else ""


def _source(told: Told) -> Source:
    if (told.item_id is None) == (told.airing_id is None):
        raise _invalid("item_id", "Name an item or an airing.")
    if not 0 <= told.position_s < 1_000_000:
        raise _invalid("position_s", "Seconds of content, from 0 on.")
    if not 0 <= told.age_s <= LATE_LIMIT_MS / 1000:
        raise _invalid("age_s", "Seconds ago, at most a day.")
    return Item(told.item_id) if told.item_id is not None else Airing(told.airing_id or "")


def _invalid(field: str, says: str) -> Invalid:
    return Invalid(
        "resume-invalid",
        f"Something is wrong with: {field}.",
        fix="Correct the field named.",
        fields={field: says},
    )


def _continued(film: Film, point: ResumePoint) -> Continued:
    source = film.source
    return Continued(
        content_id=film.content_id,
        item_id=source.item_id if isinstance(source, Item) else None,
        airing_id=source.airing_id if isinstance(source, Airing) else None,
        title=film.title,
        partner=film.subtitle,
        kind=film.kind.value,
        position_ms=min(point.position_ms, film.duration_ms),
        duration_ms=film.duration_ms,
        poster_url=poster_url(film.asset_id),
        at_ms=point.at_ms,
    )
