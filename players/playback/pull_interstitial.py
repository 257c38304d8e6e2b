"""A player that puts ads in itself asks what they are, and for their playlists.

The break is the one that would have been stitched: decided once, kept, and counted by the same beacons. An
ad's playlists are judged as anything on demand: sound always, a picture only where it may be shown now. What
has begun with a picture goes on in black where the car drives off: refused, it would take the sound with it.
"""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import NotFound
from kernel.signing import Signer
from media.house_format import position_at
from media.timeline import WINDOW_SEGMENTS, Slot, SlotKind
from players.feed.market_policy import Policies
from players.feed.motion_policy import Withheld
from players.playback import interstitials, playlist, pulls, session
from players.playback.about_car import genre_around
from players.playback.break_plan import PlannedBreak, joined_midway
from players.playback.interstitials import AssetList
from players.playback.note_listed import NoteListed
from players.playback.plan_break import PlanBreak
from players.playback.playlist import Stretch
from players.playback.ports import ReadLineups, ReadRates
from players.playback.pull_playlist import AHEAD_SEGMENTS
from players.playback.session import Session
from players.ports import Playback, Sessions


@dataclass(frozen=True, slots=True)
class Spot:
    """What to play: one ad of a session's break."""

    channel_id: str
    break_id: str
    fill_id: str


@dataclass(frozen=True, slots=True)
class PullInterstitial:
    """List a break's ads, or render a playlist of one of them."""

    sessions: Sessions
    lineups: ReadLineups
    rates: ReadRates
    plan_break: PlanBreak
    signer: Signer
    clock: Clock
    note_listed: NoteListed
    policies: Policies

    async def assets(
        self, channel_id: str, session_id: str, break_id: str, token: str, base: str
    ) -> AssetList:
        """The ads of a break, decided now if they are not yet; ``base`` is the server's own address.

        Raises:
            Forbidden: the grant ``token`` is not good.
            NotFound: ``session-unknown``, ``channel-unknown`` or ``break-unknown``.
        """
        grant = session.open_grant(self.signer, token, self.clock.now_ms(), session_id)
        playback, opened = await pulls.playback_of(self.sessions, grant, [break_id])
        plan = playback.plans.get(break_id) or await self._decided(channel_id, break_id, playback, opened)
        self.note_listed(plan, plan.start + plan.segments)
        folder = f"{base}/play/{channel_id}/{session_id}/breaks/{break_id}"
        return interstitials.asset_list(plan, folder, token)

    async def __call__(self, spot: Spot, session_id: str, name: str, token: str) -> bytes | Withheld:
        """The playlist ``name`` of an ad: ``multivariant``, ``audio``, ``video`` or a rendition's.

        Raises:
            Forbidden: the grant ``token`` is not good.
            NotFound: ``rendition-unknown``, ``session-unknown`` or ``break-unknown``.
        """
        grant = session.open_grant(self.signer, token, self.clock.now_ms(), session_id)
        pulls.known(name)
        asked = await pulls.playback_of(self.sessions, grant, [spot.break_id])
        plan = asked[0].plans.get(spot.break_id)
        fill = next((one for one in plan.fills if one.fill_id == spot.fill_id), None) if plan else None
        if fill is None:
            raise _unknown()
        answer = pulls.whole(name, asked, token, self.rates, self.signer, self.clock, self.policies)
        answer = pulls.spot(answer, name, asked[1], self.signer, self.clock)
        if not isinstance(answer, str):
            return answer
        ad = [Stretch(0, fill.asset_id, 0, fill.segments)]
        return playlist.whole(name, ad, 0.0, answer, self.signer, asked[1].holder)

    async def _decided(
        self, channel_id: str, break_id: str, playback: Playback, opened: Session
    ) -> PlannedBreak:
        """The plan of a break that is near; who asks for its list is about to play it, so it is settled."""
        slot = self._slot(channel_id, break_id)
        if joined_midway(slot, position_at(opened.opened_ms)):
            raise _unknown()
        genre = genre_around(self.lineups(), channel_id, slot)
        return await self.plan_break(opened, playback.state, slot, listed=True, genre=genre)

    def _slot(self, channel_id: str, break_id: str) -> Slot:
        channel = self.lineups().channels.get(channel_id)
        if channel is None:
            raise NotFound("channel-unknown", "There is no such channel.")
        now = position_at(self.clock.now_ms())
        for slot in channel.schedule.slots(now - WINDOW_SEGMENTS, now + AHEAD_SEGMENTS):
            if slot.slot_id == break_id and slot.kind is SlotKind.BREAK:
                return slot
        raise _unknown()


def _unknown() -> NotFound:
    fix = "Take the address from the playlist, and ask while it is listed there."
    return NotFound("break-unknown", "There is no such break, or no such ad in it.", fix=fix)
