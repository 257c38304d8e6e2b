"""The video lease: who may fetch pictures, and until when. At most five seconds, renewed at each pull.

It goes with every video segment's URL, so that buffered URLs cannot outlive the lock for long, even
where a CDN that knows no driving state serves the segments.
"""

from collections.abc import Iterable

import msgspec

from kernel.errors import Forbidden
from kernel.signing import Signer
from players.head_unit import Technique, Zone
from players.session import Session

LEASE_MS = 5_000
_PURPOSE = "video-lease"


class Lease(msgspec.Struct, frozen=True):
    """What a lease says: whose state decides, for which screen, until when."""

    vehicle_id: str
    zone: Zone
    technique: Technique
    expires_at_ms: int


def of_session(session: Session, now_ms: int) -> Lease:
    """A fresh lease for a session's screen."""
    return Lease(session.vehicle_id, session.zone, session.technique, now_ms + LEASE_MS)


def sign(signer: Signer, lease: Lease) -> str:
    """The token of ``lease``."""
    body = f"{lease.vehicle_id}:{lease.zone}:{lease.technique}:{lease.expires_at_ms}"
    return signer.sign(_PURPOSE, body)


def read(signer: Signer, token: str) -> Lease:
    """A genuine lease, expired or not.

    Raises:
        Forbidden: ``signature-invalid``.
    """
    vehicle_id, zone, technique, expires = signer.verify(_PURPOSE, token).split(":")
    return Lease(vehicle_id, Zone(zone), Technique(technique), int(expires))


def read_newest(signer: Signer, tokens: Iterable[str]) -> Lease:
    """The genuine lease that lasts longest, of those that a request carries.

    A request may carry two: some players keep asking for the first URL that they saw, and bring the
    newer lease in a cookie.

    Raises:
        Forbidden: ``signature-invalid`` if none is genuine, ``lease-missing`` if there is none.
    """
    found: list[Lease] = []
    problem = Forbidden("lease-missing", "A video segment needs a lease.", fix="Reload the playlist.")
    for token in filter(None, tokens):
        try:
            found.append(read(signer, token))
        except Forbidden as refusal:
            problem = refusal
    if not found:
        raise problem
    return max(found, key=lambda lease: lease.expires_at_ms)
