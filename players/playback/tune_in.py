"""An ordinary player begins to listen, by a link."""

from dataclasses import dataclass, replace

import msgspec

from kernel.clock import Clock
from kernel.errors import NotFound, Unauthorized
from kernel.signing import Signer
from media.house_format import position_at
from players.feed.head_unit import HeadUnit, Vehicle, must_play
from players.playback.open_session import Opened, OpenSession
from players.playback.player_link import (
    LINK_MS,
    PlayerLink,
    as_any_player,
    open_link,
    session_id_of,
    sign_link,
)
from players.playback.session import Scope
from players.ports import HeadUnits


@dataclass(frozen=True, slots=True)
class IssuePlayerLink:
    """Make a link for a head unit."""

    signer: Signer
    clock: Clock

    def __call__(self, unit: HeadUnit) -> tuple[str, int]:
        """The key, and until when it is good, in milliseconds since 1970.

        Raises:
            Forbidden: ``role-cannot-play``.
        """
        must_play(unit)
        link = PlayerLink(unit.head_unit_id, self.clock.now_ms() + LINK_MS)
        return sign_link(self.signer, link), link.expires_at_ms


@dataclass(frozen=True, slots=True)
class RecogniseLink:
    """Whose link a key is."""

    units: HeadUnits
    signer: Signer
    clock: Clock

    def __call__(self, key: str) -> tuple[PlayerLink, HeadUnit]:
        """The link and its head unit, which plays as any player can.

        Raises:
            Unauthorized: ``player-link-missing`` if there is no key; ``head-unit-unknown`` if its head
                unit was taken away since.
            Forbidden: ``signature-invalid`` or ``player-link-expired``.
        """
        if not key:
            raise Unauthorized(
                "player-link-missing",
                "The address carries no player's link.",
                fix="Ask for one as a head unit: POST /v1/player-links.",
            )
        link = open_link(self.signer, key, self.clock.now_ms())
        unit = self.units.unit(link.head_unit_id)
        if unit is None:
            raise Unauthorized("head-unit-unknown", "The link's head unit is no more.", fix="Enrol it again.")
        return link, as_any_player(unit)


@dataclass(frozen=True, slots=True)
class TuneIn:
    """Open, or go on with, the session of a link on a channel."""

    open_session: OpenSession
    clock: Clock

    async def __call__(self, link: PlayerLink, unit: HeadUnit, vehicle: Vehicle, channel_id: str) -> Opened:
        """The session, which knows neither place nor state whatever the vehicle's owner agreed to.

        Raises:
            NotFound: ``channel-unknown``.
        """
        now_ms = self.clock.now_ms()
        session_id = session_id_of(link, channel_id, self._since(channel_id, now_ms), now_ms)
        open_it = replace(self.open_session, new_id=lambda _prefix: session_id)
        private = msgspec.structs.replace(vehicle, location_consent=False, state_consent=False)
        return await open_it(unit, private, channel_id, scope=Scope.PLAY)

    def _since(self, channel_id: str, now_ms: int) -> int:
        """The position at which what is on began."""
        channel = self.open_session.lineups().channels.get(channel_id)
        if channel is None:
            raise NotFound("channel-unknown", "There is no such channel.")
        now = position_at(now_ms)
        return channel.schedule.slots(now, now)[0].start
