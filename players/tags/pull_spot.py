"""A player of others asks for a playlist of a promotion that a tag was answered with."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.signing import Signer
from players.feed.market_policy import Policies
from players.feed.motion_policy import Withheld
from players.playback import playlist, pulls, session
from players.playback.playlist import Stretch
from players.playback.ports import ReadRates
from players.playback.segment_key import Holder
from players.ports import Sessions
from players.tags.spot import open_spot


@dataclass(frozen=True, slots=True)
class PullSpot:
    """Render a playlist of one promotion: sound always, a picture only where it may be shown now.

    What has begun with a picture goes on in black where the car drives off.
    """

    sessions: Sessions
    rates: ReadRates
    signer: Signer
    clock: Clock
    policies: Policies

    async def __call__(self, session_id: str, token: str, name: str, grant_token: str) -> bytes | Withheld:
        """The playlist ``name``: ``multivariant``, ``audio``, ``video`` or a rendition's.

        Args:
            session_id: whose it is.
            token: names the promotion.
            name: which playlist.
            grant_token: the session's.

        Raises:
            Forbidden: the grant or the promotion's token is not good.
            NotFound: ``rendition-unknown`` or ``session-unknown``.
        """
        now_ms = self.clock.now_ms()
        grant = session.open_grant(self.signer, grant_token, now_ms, session_id)
        spot = open_spot(self.signer, token, session_id, now_ms)
        pulls.known(name)
        asked = await pulls.playback_of(self.sessions, grant)
        answer = pulls.whole(name, asked, grant_token, self.rates, self.signer, self.clock, self.policies)
        answer = pulls.spot(answer, name, asked[1], self.signer, self.clock)
        if not isinstance(answer, str):
            return answer
        listed = [Stretch(0, spot.asset_id, 0, spot.segments)]
        holder = Holder(grant.vehicle_id, spot.until_ms)
        return playlist.whole(name, listed, 0.0, answer, self.signer, holder)
