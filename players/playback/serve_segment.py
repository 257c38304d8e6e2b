"""A player fetches a segment that a playlist listed: sound on a grant, a picture on a lease, judged anew."""

from collections.abc import Callable
from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import Forbidden, NotFound
from kernel.signing import Signer
from media.house_format import BY_NAME, Medium, position_at
from players.feed.head_unit import Technique
from players.feed.market_policy import Policies
from players.feed.motion_policy import Withheld, may_show
from players.playback import lease, segment_key, session
from players.playback.lease import Lease
from players.playback.on_demand import ON_DEMAND_LIMIT
from players.playback.ports import ReadSegment
from players.ports import VehicleStates

SLATE = "slate"
HELD_SEGMENTS = 64
"""Players fetch a channel's positions for so long after: two minutes.

The twelve that a playlist lists stay for 25 s after they leave it (RFC 8216bis, 6.2.2). The rest is for
players that fetch what an older playlist listed: with long buffers, on a bad line, or on a borne lease.
"""
AHEAD_SEGMENTS = 2
"""None is listed before it is over; the clocks of machines differ a little."""
_POSITION_LIMIT = 2**31
_GONE = frozenset({"object-missing", "asset-unknown"})
"""The file, or all that was known of it."""


@dataclass(frozen=True, slots=True)
class SegmentName:
    """Segment ``index`` of an asset's rendition, to stand at position ``k``; ``key`` is its address's."""

    asset_id: str
    rendition: str
    index: int
    k: int
    key: str

    @property
    def path(self) -> str:
        """What the key is made for."""
        return f"{self.asset_id}/{self.rendition}/{self.index}/{self.k}"


@dataclass(frozen=True, slots=True)
class ServeSegment:
    """Read a segment for whoever may have it.

    Args:
        slate_asset_id: what a slate player is given while its picture is withheld.
        withdrawn: assets that nobody may play on demand any more, by a playlist that is held either.
        missing: told of an asset of a channel whose file is not in the store.
    """

    states: VehicleStates
    read_segment: ReadSegment
    signer: Signer
    clock: Clock
    policies: Policies
    slate_asset_id: str = SLATE
    withdrawn: Callable[[], frozenset[str]] = frozenset
    missing: Callable[[str], None] = lambda _asset_id: None

    async def __call__(self, name: SegmentName, token: str) -> bytes | Withheld:
        """The segment, timed for its position.

        Args:
            name: which one.
            token: for a picture the lease, for sound the grant.

        Raises:
            Forbidden: ``signature-invalid``, ``lease-missing``, ``lease-expired``, ``grant-expired``,
                ``position-not-on-air`` or ``play-over``.
            NotFound: there is no such segment.
        """
        rendition = BY_NAME.get(name.rendition)
        if rendition is None or name.k >= _POSITION_LIMIT:
            raise NotFound("segment-unknown", "There is no such segment.")
        if rendition.medium is Medium.AUDIO:
            grant = session.open_grant(self.signer, token, self.clock.now_ms())
            self._listed(name, grant.vehicle_id)
            return await self._read(name)
        held = self._lease(token)
        self._listed(name, held.vehicle_id)
        return await self._picture(name, token, held)

    async def may_go_on(self, name: SegmentName, token: str, since_ms: int) -> bool:
        """Whether a picture that is being sent on the lease ``token``, which may have ended since, may go on.

        What holds sound and picture in one element may lose both with half a segment. So a slate player's on
        a channel may: what it shows until its buffer ends cannot be called back anyway. An ad that a player
        puts in by itself may for as long as a lease lasts: a line that takes longer holds its sound up too,
        and what is asked for again is black.

        Args:
            name: what is being sent.
            token: on which lease.
            since_ms: when that was begun.
        """
        held = lease.genuine(self.signer, token)
        if held.technique is Technique.SLATE:
            on_channel = name.k >= ON_DEMAND_LIMIT
            if on_channel or 0 <= self.clock.now_ms() - since_ms < lease.LEASE_MS:
                return True
        return not await self._withheld(held)

    def _listed(self, name: SegmentName, vehicle_id: str) -> None:
        """Nothing where a playlist listed it that is still worth something."""
        now_ms = self.clock.now_ms()
        if name.k < ON_DEMAND_LIMIT:
            segment_key.check_held(self.signer, name.path, name.key, vehicle_id, now_ms)
            if name.asset_id in self.withdrawn():
                raise NotFound("item-withdrawn", "This is no longer offered.", fix="Choose something else.")
            return
        segment_key.check(self.signer, name.path, name.key)
        if not -HELD_SEGMENTS <= name.k - position_at(now_ms) <= AHEAD_SEGMENTS:
            raise Forbidden(
                "position-not-on-air",
                "The channel is elsewhere by now.",
                fix="Reload the playlist, and play on from what it lists.",
            )

    async def _picture(self, name: SegmentName, token: str, held: Lease) -> bytes | Withheld:
        answer = await self._withheld(held)
        if not answer:
            body = await self._read(name)
            # The store may have been slow: what goes out is judged as it goes, lease and state.
            answer = await self._withheld(self._lease(token))
            if not answer:
                return body
        if held.technique is not Technique.SLATE:
            return answer
        # A player that holds sound and picture in one element dies of a refusal: it gets black.
        return await self.read_segment(self.slate_asset_id, name.rendition, 0, name.k)

    def _lease(self, token: str) -> Lease:
        return lease.read(self.signer, token, self.clock.now_ms())

    async def _withheld(self, held: Lease) -> Withheld | None:
        if held.technique is Technique.SLATE:
            # Borne long after it ended: what was taken away meanwhile must not live on in it.
            state = await self.states.leased(held.vehicle_id, held.issued_ms)
        else:
            state = await self.states.read(held.vehicle_id)
        answer = may_show(self.policies, state, held.mount, held.technique, self.clock.now_ms())
        return answer if isinstance(answer, Withheld) else None

    async def _read(self, name: SegmentName) -> bytes:
        try:
            return await self.read_segment(name.asset_id, name.rendition, name.index, name.k)
        except NotFound as gone:
            if gone.code not in _GONE or name.k < ON_DEMAND_LIMIT:
                raise
        # What a channel has listed must come, or players end: black and silence of the same encode.
        self.missing(name.asset_id)
        return await self.read_segment(self.slate_asset_id, name.rendition, 0, name.k)
