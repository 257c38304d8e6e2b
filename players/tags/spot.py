"""The right to play one promotion that a tag was answered with: which, whose, how long, until when."""

import msgspec

from kernel.errors import Forbidden
from kernel.signing import Signer

_PURPOSE = "spot"


class Spot(msgspec.Struct, frozen=True):
    """A conditioned creative for one session."""

    session_id: str
    asset_id: str
    segments: int
    until_ms: int


def sign_spot(signer: Signer, spot: Spot) -> str:
    """As it stands in addresses."""
    body = f"{spot.session_id}:{spot.asset_id}:{spot.segments}:{spot.until_ms}"
    return signer.edge.sign(_PURPOSE, body)


def open_spot(signer: Signer, token: str, session_id: str, now_ms: int) -> Spot:
    """A genuine one of a session that is still good.

    Raises:
        Forbidden: ``signature-invalid``, ``spot-of-other-session`` or ``spot-expired``.
    """
    whose, asset_id, segments, until = signer.edge.verify(_PURPOSE, token).split(":")
    if whose != session_id:
        raise Forbidden("spot-of-other-session", "The promotion was offered to another session.")
    if int(until) <= now_ms:
        raise Forbidden("spot-expired", "The promotion is no longer offered.", fix="Ask for the break anew.")
    return Spot(whose, asset_id, int(segments), int(until))
