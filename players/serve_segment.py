"""A player fetches a segment. Sound on a grant; a picture on a lease, judged again each time."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import NotFound
from kernel.signing import Signer
from media.house_format import BY_NAME, Medium
from players import lease, session
from players.head_unit import Technique
from players.lease import Lease
from players.motion_policy import Withheld, permit
from players.ports import ReadSegment, VehicleStates

SLATE = "slate"
_POSITION_LIMIT = 2**31


@dataclass(frozen=True, slots=True)
class SegmentName:
    """Segment ``index`` of an asset's rendition, to stand at grid position ``k``."""

    asset_id: str
    rendition: str
    index: int
    k: int


@dataclass(frozen=True, slots=True)
class ServeSegment:
    """Read a segment for whoever may have it.

    Args:
        slate_asset_id: what a slate player is given while its picture is withheld.
    """

    states: VehicleStates
    read_segment: ReadSegment
    signer: Signer
    clock: Clock
    slate_asset_id: str = SLATE

    async def __call__(self, name: SegmentName, token: str) -> bytes | Withheld:
        """The segment, timed for its position.

        Args:
            name: which one.
            token: for a picture the lease, for sound the grant.

        Raises:
            Forbidden: ``signature-invalid``, ``lease-missing``, ``lease-expired`` or ``grant-expired``.
            NotFound: there is no such segment.
        """
        rendition = BY_NAME.get(name.rendition)
        if rendition is None or name.k >= _POSITION_LIMIT:
            raise NotFound("segment-unknown", "There is no such segment.")
        if rendition.medium is Medium.AUDIO:
            session.open_grant(self.signer, token, self.clock.now_ms())
            return await self._read(name)
        return await self._picture(name, lease.read(self.signer, token, self.clock.now_ms()))

    async def _picture(self, name: SegmentName, held: Lease) -> bytes | Withheld:
        state = await self.states.read(held.vehicle_id)
        answer = permit(state, held.zone, Medium.VIDEO, self.clock.now_ms())
        if not isinstance(answer, Withheld):
            return await self._read(name)
        if held.technique is not Technique.SLATE:
            return answer
        # A player that holds sound and picture in one element dies of a refusal: it gets black.
        return await self._read(SegmentName(self.slate_asset_id, name.rendition, 0, name.k))

    async def _read(self, name: SegmentName) -> bytes:
        return await self.read_segment(name.asset_id, name.rendition, name.index, name.k)
