"""The video lease: who may fetch pictures, and until when. At most five seconds, renewed at each pull.

It goes with every video segment's URL, so that buffered URLs cannot outlive the lock for long, even
where a CDN that knows no driving state serves the segments.
"""

import msgspec
from msgspec.structs import replace

from kernel.errors import Forbidden
from kernel.signing import Signer
from players.feed.head_unit import Mount, Technique
from players.playback import pseudonym
from players.playback.session import Session

LEASE_MS = 5_000
SLATE_GRACE_MS = 60_000
"""Players that hold sound and picture in one element keep URLs as long as their buffer, and die of a
refusal: an expired lease of theirs is borne, and the live state decides between picture and black."""

_PURPOSE = "video-lease"


class Lease(msgspec.Struct, frozen=True):
    """What a lease says: whose state decides, for which screen, until when.

    Args:
        salt: by which the vehicle is called otherwise than in other sessions.
    """

    vehicle_id: str
    mount: Mount
    technique: Technique
    expires_at_ms: int
    salt: bytes = bytes(pseudonym.SALT_BYTES)

    @property
    def issued_ms(self) -> int:
        """When it was made."""
        return self.expires_at_ms - LEASE_MS


def of_session(session: Session, now_ms: int) -> Lease:
    """A fresh lease for a session's screen."""
    return Lease(session.vehicle_id, session.mount, session.technique, now_ms + LEASE_MS, session.salt)


def of_spot(session: Session, now_ms: int) -> Lease:
    """A lease for the playlist of a promotion that a player fetches by itself, and only once.

    It plays that in one element, whatever the screen's page does with channels: what is refused would end the
    sound too. So it is borne like a slate player's, and answered with black.
    """
    return replace(of_session(session, now_ms), technique=Technique.SLATE)


def sign(signer: Signer, lease: Lease) -> str:
    """The token of ``lease``, which tells nobody else the vehicle."""
    vehicle = pseudonym.seal(signer, lease.vehicle_id, lease.salt)
    body = f"{vehicle}:{lease.mount}:{lease.technique}:{lease.expires_at_ms}"
    return signer.edge.sign(_PURPOSE, body)


def read(signer: Signer, token: str, now_ms: int) -> Lease:
    """A genuine lease that is still good.

    Raises:
        Forbidden: ``lease-missing``, ``signature-invalid`` or ``lease-expired``.
    """
    held = genuine(signer, token)
    borne_ms = SLATE_GRACE_MS if held.technique is Technique.SLATE else 0
    if now_ms >= held.expires_at_ms + borne_ms:
        raise Forbidden("lease-expired", "The lease is too old.", fix="Reload the playlist.")
    return held


def genuine(signer: Signer, token: str) -> Lease:
    """What a lease says that may have ended.

    Raises:
        Forbidden: ``lease-missing`` or ``signature-invalid``.
    """
    if not token:
        raise Forbidden("lease-missing", "A video segment needs a lease.", fix="Reload the playlist.")
    vehicle, mount, technique, expires = signer.edge.verify(_PURPOSE, token).split(":")
    vehicle_id, salt = pseudonym.unseal(signer, vehicle)
    return Lease(vehicle_id, Mount.read(mount), Technique(technique), int(expires), salt)
