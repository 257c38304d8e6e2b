"""What every pull of a playlist asks, of a channel, an item or an ad alike."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import NotFound
from kernel.signing import Signer
from media.house_format import BY_NAME, Medium
from players.feed.market_policy import Policies
from players.feed.motion_policy import Withheld, may_show
from players.playback import lease, playlist
from players.playback.playlist import Offer
from players.playback.ports import ReadRates
from players.playback.session import Grant, Session, as_granted
from players.ports import Playback, Sessions

Answer = bytes | None
"""The body of an answer; None where more is to be asked, or refused, than can be at once."""


@dataclass(frozen=True, slots=True)
class Soon:
    """An answer that waits for a read.

    Args:
        values: what is read.
        finish: makes the answer of them; fails with what a whole pull would fail with.
    """

    values: "asyncio.Future[list[bytes | None]]"
    finish: Callable[[Sequence[bytes | None]], Answer]


OFFERS = {offer.value: offer for offer in Offer}


async def playback_of(
    sessions: Sessions,
    grant: Grant,
    break_ids: Sequence[str] = (),
    *,
    state: bool = True,
    listed: Sequence[str] | None = None,
) -> tuple[Playback, Session]:
    """What is kept of the session that the grant is for; as :meth:`Sessions.playback`.

    Raises:
        NotFound: ``session-unknown``.
    """
    playback = await sessions.playback(
        grant.vehicle_id, grant.session_id, break_ids, state=state, listed=listed
    )
    return playback, opened(playback, grant)


def opened(playback: Playback, grant: Grant) -> Session:
    """The session that was read, as far as ``grant`` goes.

    Raises:
        NotFound: ``session-unknown``.
    """
    if playback.session is None:
        raise NotFound("session-unknown", "The session is not known.", fix="Open a new one.")
    return as_granted(playback.session, grant)


def withheld(
    policies: Policies, playback: Playback, opened: Session, now_ms: int, *, on_demand: bool = False
) -> Withheld | None:
    """Why the session gets no picture now, if it gets none."""
    answer = may_show(
        policies,
        playback.state,
        opened.mount,
        opened.technique,
        now_ms,
        on_demand=on_demand,
        revoked=opened.revoked,
    )
    return answer if isinstance(answer, Withheld) else None


def known(name: str) -> Offer | None:
    """The offer that ``name`` is of; None where it names a rendition.

    Raises:
        NotFound: ``rendition-unknown``.
    """
    offer = OFFERS.get(name)
    if offer is None and name not in BY_NAME:
        raise NotFound("rendition-unknown", "There is no such rendition.")
    return offer


def whole(
    name: str,
    asked: tuple[Playback, Session],
    token: str,
    rates: ReadRates,
    signer: Signer,
    clock: Clock,
    policies: Policies,
) -> bytes | Withheld | str:
    """The answer to a pull of what is listed whole, as far as it is the same whatever is played.

    Returns:
        The multivariant playlist, why there is no picture, or the token to list a rendition's segments with.
    """
    offer, now_ms = OFFERS.get(name), clock.now_ms()
    refused = withheld(policies, *asked, now_ms, on_demand=True)
    if offer is not None:
        if refused and offer is Offer.VIDEO:
            return refused
        return playlist.multivariant(Offer.AUDIO if refused else offer, rates(), token)
    if BY_NAME[name].medium is not Medium.VIDEO:
        return token
    return refused or lease.sign(signer, lease.of_session(asked[1], now_ms))


def spot(
    answer: bytes | Withheld | str, name: str, opened: Session, signer: Signer, clock: Clock
) -> bytes | Withheld | str:
    """The ``answer`` of :func:`whole` where it is a promotion that the player puts in by itself.

    It plays that in one element, so a picture that may be listed now is borne to its end: as one, or black.
    """
    if not isinstance(answer, str) or BY_NAME[name].medium is not Medium.VIDEO:
        return answer
    return lease.sign(signer, lease.of_spot(opened, clock.now_ms()))
