"""One playback on one screen, and the grants that its URLs carry."""

from enum import StrEnum
from functools import lru_cache

import msgspec

from kernel.errors import Forbidden
from kernel.signing import Signer
from players.feed.head_unit import AdOutput, Mount, Technique, Zone
from players.playback import pseudonym
from players.playback.segment_key import Holder

SESSION_MS = 12 * 3_600_000
TICKET_MS = 30_000
FEED, EVENTS = "feed", "events"
"""What a ticket is for: a vehicle's feed, or its events."""


class Session(msgspec.Struct, frozen=True):
    """What a session keeps, fixed when it opens.

    Args:
        channel_id: the channel it opened on; it may play others.
        location_consent: whether ads may know where the vehicle is.
        ads: how its player is given the ads of a break.
        shielded, built_in: what was declared of its screen.
        shares_state: ads may be chosen by the vehicle's state, for as long as its owner still agrees.
        revoked: its head unit was, since it opened.
    """

    session_id: str
    vehicle_id: str
    head_unit_id: str
    channel_id: str
    zone: Zone
    technique: Technique
    market: str
    language: str
    location_consent: bool
    opened_ms: int
    expires_at_ms: int
    ads: AdOutput = AdOutput.STITCHED
    shielded: bool = False
    built_in: bool = False
    shares_state: bool = False
    revoked: bool = False

    @property
    def mount(self) -> Mount:
        """Where its screen is."""
        return Mount(self.zone, self.shielded, self.built_in)

    @property
    def salt(self) -> bytes:
        """What sets its pseudonym of the vehicle apart from that of other sessions."""
        return pseudonym.salt_of(self.session_id)

    @property
    def holder(self) -> Holder:
        """For whom what it plays on demand is listed."""
        return Holder(self.vehicle_id, self.expires_at_ms)

    def encode(self) -> bytes:
        """As MessagePack, for the session store."""
        return msgspec.msgpack.encode(self)


_DECODER = msgspec.msgpack.Decoder(Session)


def decode(data: bytes) -> Session:
    """From the session store."""
    return _DECODER.decode(data)


class Scope(StrEnum):
    """How far a grant goes: ``screen`` is all of a session, ``play`` what an ordinary player asks for."""

    SCREEN = "screen"
    PLAY = "play"


class Grant(msgspec.Struct, frozen=True):
    """The right to a session's playlists and sound; names where its state is kept.

    Args:
        scope: a screen's also opens what tells of the vehicle: its events, and where it left things.
    """

    session_id: str
    vehicle_id: str
    expires_at_ms: int
    scope: Scope = Scope.SCREEN


def as_granted(session: Session, grant: Grant) -> Session:
    """What a grant makes of its session: one that may be handed on shows no more than the driver may see."""
    if grant.scope is _SCREEN or session.mount == _ANYWHERE:
        return session
    return msgspec.structs.replace(session, zone=Zone.DRIVER, shielded=False, built_in=False)


def without_picture(session: Session) -> Session:
    """What is left of a session whose head unit was revoked: its sound, and nothing that was declared."""
    return msgspec.structs.replace(
        session,
        technique=Technique.AUDIO_ONLY,
        zone=Zone.DRIVER,
        shielded=False,
        built_in=False,
        revoked=True,
    )


_ANYWHERE, _SCREEN = Mount(Zone.DRIVER), Scope.SCREEN
_GRANT = "session-grant"
_TICKET = "ticket"


def sign_grant(signer: Signer, session: Session, scope: Scope = Scope.SCREEN) -> str:
    """The grant of ``session``, good as long as the session; a screen's names no scope.

    It tells nobody else which vehicle it is of.
    """
    narrowed = "" if scope is Scope.SCREEN else f":{scope}"
    vehicle = pseudonym.seal(signer, session.vehicle_id, session.salt)
    body = f"{session.session_id}:{vehicle}:{session.expires_at_ms}"
    return signer.edge.sign(_GRANT, body + narrowed)


def open_grant(signer: Signer, token: str, now_ms: int, session_id: str | None = None) -> Grant:
    """A genuine grant, of ``session_id`` if that is given.

    Raises:
        Forbidden: ``signature-invalid``, ``grant-of-other-session`` or ``grant-expired``.
    """
    grant = _genuine(signer, token)
    if session_id is not None and grant.session_id != session_id:
        raise Forbidden("grant-of-other-session", "The grant belongs to another session.")
    if grant.expires_at_ms <= now_ms:
        raise Forbidden("grant-expired", "The session has ended.", fix="Open a new session.")
    return grant


# A player shows the same one at each request.
@lru_cache(maxsize=16_384)
def _genuine(signer: Signer, token: str) -> Grant:
    session_id, vehicle, expires, *scope = signer.edge.verify(_GRANT, token).split(":")
    vehicle_id, _ = pseudonym.unseal(signer, vehicle)
    return Grant(session_id, vehicle_id, int(expires), Scope(scope[0]) if scope else Scope.SCREEN)


def open_screen_grant(signer: Signer, token: str, now_ms: int, session_id: str) -> Grant:
    """A genuine grant of ``session_id`` that is a screen's.

    Raises:
        Forbidden: ``grant-only-plays``, or as :func:`open_grant`.
    """
    grant = open_grant(signer, token, now_ms, session_id)
    if grant.scope is not Scope.SCREEN:
        raise Forbidden(
            "grant-only-plays",
            "The grant of a player's link opens playlists only.",
            fix="Open a session with the head unit's credential.",
        )
    return grant


class Ticket(msgspec.Struct, frozen=True):
    """A short-lived stand-in for a credential, for what cannot send headers."""

    purpose: str
    head_unit_id: str
    vehicle_id: str
    vss_version: int


def sign_ticket(signer: Signer, ticket: Ticket, now_ms: int) -> str:
    """``ticket``, good for 30 seconds."""
    body = f"{ticket.purpose}:{ticket.head_unit_id}:{ticket.vehicle_id}:{ticket.vss_version}"
    return signer.sign(_TICKET, f"{body}:{now_ms + TICKET_MS}")


def open_ticket(signer: Signer, token: str, purpose: str, now_ms: int) -> Ticket:
    """A genuine ticket for ``purpose``.

    Raises:
        Forbidden: ``signature-invalid``, ``ticket-for-other-purpose`` or ``ticket-expired``.
    """
    meant, unit, vehicle_id, version, expires = signer.verify(_TICKET, token).split(":")
    if meant != purpose:
        raise Forbidden("ticket-for-other-purpose", f"The ticket is for {meant}, not for {purpose}.")
    if int(expires) <= now_ms:
        raise Forbidden("ticket-expired", "The ticket is too old.", fix="Ask for a new one.")
    return Ticket(meant, unit, vehicle_id, int(version))
