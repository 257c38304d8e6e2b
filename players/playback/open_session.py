"""A screen begins to play."""

from dataclasses import dataclass

import msgspec

from kernel.clock import Clock
from kernel.errors import NotFound
from kernel.ids import NewId
from kernel.signing import Signer
from media.house_format import SEGMENT_MS
from players.feed.head_unit import AdOutput, HeadUnit, Vehicle, must_play, must_report
from players.playback import session
from players.playback.ports import ReadLineups
from players.playback.session import FEED, SESSION_MS, Scope, Session, Ticket
from players.ports import HeadUnits, Sessions


class Urls(msgspec.Struct, frozen=True):
    """Where the session's playlists, events, report and tracking document are; each carries the grant.

    ``vast`` is for players of others: its grant opens playlists alone, and a break's name is to be added.
    """

    multivariant: str
    video: str
    audio: str
    events: str
    report: str
    tracking: str
    vast: str


class Opened(msgspec.Struct, frozen=True):
    """A new session, as it is told to the screen.

    Args:
        market: the country whose guide it shows.
        offered: whether the channel is offered there; where it is not, little of it plays.
    """

    session_id: str
    grant: str
    expires_at_ms: int
    channel_id: str
    vehicle_id: str
    market: str
    urls: Urls
    segment_ms: int
    offered: bool


@dataclass(frozen=True, slots=True)
class ReadVehicle:
    """What is known of a vehicle."""

    units: HeadUnits

    def __call__(self, vehicle_id: str) -> Vehicle:
        """The vehicle.

        Raises:
            NotFound: ``vehicle-unknown`` if it has been taken away since.
        """
        vehicle = self.units.vehicle(vehicle_id)
        if vehicle is None:
            raise NotFound("vehicle-unknown", "There is no such vehicle.")
        return vehicle


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Open a session on a channel."""

    sessions: Sessions
    lineups: ReadLineups
    signer: Signer
    clock: Clock
    new_id: NewId

    async def __call__(
        self,
        unit: HeadUnit,
        vehicle: Vehicle,
        channel_id: str | None = None,
        ads: AdOutput | None = None,
        scope: Scope = Scope.SCREEN,
    ) -> Opened:
        """The session; where one of that id is open already, it is gone on with as it is.

        Args:
            unit: on whose screen.
            vehicle: the unit's.
            channel_id: None means the default channel of the vehicle's market.
            ads: how the player is given them; None means as the unit was enrolled.
            scope: how far its grant goes.

        Raises:
            Forbidden: ``role-cannot-play``.
            NotFound: ``channel-unknown``.
        """
        must_play(unit)
        lineups = self.lineups()
        if not channel_id:
            offered = lineups.offered(vehicle.market)
            channel_id = offered[0].channel_id if offered else lineups.default_channel_id
        if channel_id not in lineups.channels:
            raise NotFound("channel-unknown", "There is no such channel.")
        now_ms = self.clock.now_ms()
        opened = Session(
            session_id=self.new_id("ses"),
            vehicle_id=unit.vehicle_id,
            head_unit_id=unit.head_unit_id,
            channel_id=channel_id,
            zone=unit.zone,
            technique=unit.technique,
            market=vehicle.market,
            language=vehicle.language,
            location_consent=vehicle.location_consent,
            opened_ms=now_ms,
            expires_at_ms=now_ms + SESSION_MS,
            ads=ads or unit.ads,
            shielded=unit.shielded,
            built_in=unit.built_in,
            shares_state=vehicle.state_consent,
        )
        opened = await self.sessions.open(opened)
        here = any(one.channel_id == opened.channel_id for one in lineups.offered(opened.market))
        narrow = session.sign_grant(self.signer, opened, Scope.PLAY)
        return _told(opened, session.sign_grant(self.signer, opened, scope), narrow, offered=here)


def _told(opened: Session, grant: str, narrow: str, *, offered: bool) -> Opened:
    play = f"/play/{opened.channel_id}/{opened.session_id}"
    about = f"/v1/sessions/{opened.session_id}"
    urls = Urls(
        multivariant=f"{play}/multivariant.m3u8?grant={grant}",
        video=f"{play}/video.m3u8?grant={grant}",
        audio=f"{play}/audio.m3u8?grant={grant}",
        events=f"{about}/events?grant={grant}",
        report=f"{about}/report?grant={grant}",
        tracking=f"{about}/tracking?grant={grant}",
        vast=f"/v1/vast?grant={narrow}",
    )
    return Opened(
        session_id=opened.session_id,
        grant=grant,
        expires_at_ms=opened.expires_at_ms,
        channel_id=opened.channel_id,
        vehicle_id=opened.vehicle_id,
        market=opened.market,
        urls=urls,
        segment_ms=SEGMENT_MS,
        offered=offered,
    )


@dataclass(frozen=True, slots=True)
class IssueTicket:
    """A stand-in for a credential where no header can be sent."""

    signer: Signer
    clock: Clock

    def __call__(self, unit: HeadUnit, purpose: str) -> str:
        """The ticket, good for 30 seconds.

        Raises:
            Forbidden: ``role-cannot-report`` if a mere screen asks for a feed.
        """
        if purpose == FEED:
            must_report(unit)
        ticket = Ticket(purpose, unit.head_unit_id, unit.vehicle_id, unit.vss_version)
        return session.sign_ticket(self.signer, ticket, self.clock.now_ms())
