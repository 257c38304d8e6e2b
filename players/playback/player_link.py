"""A link by which an ordinary player listens in a vehicle's name, without a credential of its own.

Players of internet television send no headers and forget nothing, so the right is in the address. It is
worth little: it opens sessions whose grant is for playlists alone, which know no place and are never
offered a picture (unless the head unit is one whose picture can be blackened under any player, and then
only what the driver may see: nobody knows where the player is).
"""

from hashlib import blake2b

import msgspec

from kernel.errors import Forbidden
from kernel.signing import Signer
from players.feed.head_unit import AdOutput, HeadUnit, Technique, Zone
from players.playback import pseudonym

LINK_MS = 90 * 86_400_000
TURN_MS = 6 * 3_600_000
"""No session of a link is gone on with longer, so that half of its life is always left."""
_PURPOSE = "player-link"


class PlayerLink(msgspec.Struct, frozen=True):
    """The right to listen in the name of a head unit."""

    head_unit_id: str
    expires_at_ms: int


def sign_link(signer: Signer, link: PlayerLink) -> str:
    """The key that stands in addresses; it tells nobody else the head unit."""
    unit = pseudonym.seal(signer, link.head_unit_id, pseudonym.salt_of(str(link.expires_at_ms)))
    return signer.sign(_PURPOSE, f"{unit}:{link.expires_at_ms}")


def open_link(signer: Signer, key: str, now_ms: int) -> PlayerLink:
    """A genuine link.

    Raises:
        Forbidden: ``signature-invalid`` or ``player-link-expired``.
    """
    unit, expires = signer.verify(_PURPOSE, key).split(":")
    if int(expires) <= now_ms:
        raise Forbidden("player-link-expired", "The player's link is too old.", fix="Make a new one.")
    head_unit_id, _ = pseudonym.unseal(signer, unit)
    return PlayerLink(head_unit_id, int(expires))


def as_any_player(unit: HeadUnit) -> HeadUnit:
    """``unit`` as far as any player can be it.

    Ads are stitched in, and it is offered black pictures where the unit is made for them, else sound alone.
    It may be before the driver, and nothing that was declared of the unit's screen holds for it.
    """
    slate = unit.technique is Technique.SLATE
    technique = Technique.SLATE if slate else Technique.AUDIO_ONLY
    return msgspec.structs.replace(
        unit,
        technique=technique,
        ads=AdOutput.STITCHED,
        zone=Zone.DRIVER,
        shielded=False,
        built_in=False,
    )


def session_id_of(link: PlayerLink, channel_id: str, since: int, now_ms: int) -> str:
    """The session of a link, a channel and what is on there, which began at the position ``since``.

    Who zaps away and back meanwhile goes on with it, and its ads are decided once. Once anything else is on
    it is another: this one might have been left before a break in whose midst its player joins anew.
    """
    turn = f"{link.head_unit_id}:{link.expires_at_ms}:{channel_id}:{since}:{now_ms // TURN_MS}"
    return f"ses_{blake2b(turn.encode(), digest_size=10).hexdigest()}"
