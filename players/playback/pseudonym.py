"""What a vehicle is called in addresses: otherwise in each session, and only this house can read it.

Grants and leases stand in addresses, and those go to players of others and into their logs. They name the
vehicle, because its state is kept under that name and no pull may ask for it first; so the name is sealed.
Links of players name a head unit, and do so likewise.
"""

from functools import lru_cache
from hashlib import blake2b

from kernel.signing import Signer

SALT_BYTES = 6
_PURPOSE, _SEALED = "pseudonym", "~"
_REMEMBERED = 16_384


# A session's is asked at each pull.
@lru_cache(maxsize=_REMEMBERED)
def salt_of(of: str) -> bytes:
    """What sets the pseudonym of this session, or of this link, apart from others."""
    return blake2b(of.encode(), digest_size=SALT_BYTES).digest()


@lru_cache(maxsize=_REMEMBERED)
def seal(signer: Signer, named: str, salt: bytes) -> str:
    """The pseudonym of ``named``, of characters that stand for themselves in addresses."""
    return _SEALED + signer.sealer.seal(_PURPOSE, salt + named.encode())


@lru_cache(maxsize=_REMEMBERED)
def unseal(signer: Signer, pseudonym: str) -> tuple[str, bytes]:
    """Of whom it speaks, and what sets it apart.

    What an earlier version signed has the name itself, and is good until it ends.

    Raises:
        Forbidden: ``signature-invalid`` if it is forged.
    """
    if not pseudonym.startswith(_SEALED):
        return pseudonym, bytes(SALT_BYTES)
    payload = signer.sealer.unseal(_PURPOSE, pseudonym.removeprefix(_SEALED))
    return payload[SALT_BYTES:].decode(), payload[:SALT_BYTES]
