"""Signed tokens: HMAC-SHA256 (RFC 2104) over a purpose and a payload, base64url without padding.

A token reads ``payload.signature``. The purpose is part of what is signed, so that a token made
for one use is worthless for another. Expiry, where wanted, is part of the payload.
"""

import hashlib
import hmac
from binascii import b2a_base64
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache

from kernel.errors import Forbidden
from kernel.sealing import Sealer

_SIGNATURE_BYTES = 16
_SIGNATURE_CHARACTERS = 22
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_STAMP_CHARACTERS = 12
_BLOCK_BYTES = 64
_EDGE = b"roadcast edge"
_TOKEN_LIMIT = 4096
_REMEMBERED = 16_384
"""Genuine tokens that need not be checked anew; a forged one is never among them."""


Mac = Callable[[bytes], bytes]


class Signer:
    """Signs with the first key, accepts all of them (so that keys can be rotated).

    Args:
        keys: secret keys of at least 32 bytes, newest first.
        sealer: of the same keys, for what tokens are not to tell; None for who only checks them.
    """

    def __init__(self, keys: Sequence[bytes], sealer: Sealer | None = None) -> None:
        if not keys or any(len(key) < 32 for key in keys):
            raise ValueError("signing keys need at least 32 bytes")
        self._keys = tuple(keys)
        self._sealer = sealer
        self._macs = tuple(hmac_sha256(key) for key in keys)
        # A player shows the same token at each request.
        self._genuine = lru_cache(maxsize=_REMEMBERED)(self._check)
        self._stamped = lru_cache(maxsize=_REMEMBERED)(self._check_stamp)

    @property
    def sealer(self) -> Sealer:
        """What hides a part of a token.

        Raises:
            LookupError: it was given none.
        """
        if self._sealer is None:
            raise LookupError("this signer was given no sealer")
        return self._sealer

    @property
    def edge_keys(self) -> tuple[bytes, ...]:
        """What a proxy checks tokens by, newest first; the keys themselves do not follow from it."""
        return tuple(hmac_sha256(key)(_EDGE) for key in self._keys)

    @cached_property
    def edge(self) -> "Signer":
        """Signs by the edge keys; what was signed before there were any stays good until it ends."""
        return Signer([*self.edge_keys, *self._keys])

    def sign(self, purpose: str, payload: str) -> str:
        """``payload`` (printable ASCII without a trailing dot part of its own meaning) with its signature."""
        return f"{payload}.{_signature(self._macs[0], purpose, payload)}"

    def verify(self, purpose: str, token: str) -> str:
        """The payload of a genuine token.

        Raises:
            Forbidden: ``signature-invalid`` if the token is malformed, forged or made for another purpose.
        """
        return self._genuine(purpose, token[:_TOKEN_LIMIT])

    def _check(self, purpose: str, token: str) -> str:
        payload, dot, signature = token.rpartition(".")
        if dot and payload.isascii() and signature.isascii():
            for mac in self._macs:
                if hmac.compare_digest(_signature(mac, purpose, payload), signature):
                    return payload
        raise Forbidden("signature-invalid", "The signature does not match.")

    def stamp(self, purpose: str, text: str) -> str:
        """A short signature (72 bits) of ``text``, for addresses that are listed by the thousand."""
        return _signature(self._macs[0], purpose, text)[:_STAMP_CHARACTERS]

    def check_stamp(self, purpose: str, text: str, stamp: str) -> None:
        """Nothing, if ``stamp`` is that of ``text``.

        Raises:
            Forbidden: ``signature-invalid`` if it is forged or made for another purpose.
        """
        self._stamped(purpose, text, stamp[: _STAMP_CHARACTERS + 1])

    def _check_stamp(self, purpose: str, text: str, stamp: str) -> None:
        for mac in self._macs:
            made = _signature(mac, purpose, text)[:_STAMP_CHARACTERS]
            if hmac.compare_digest(made.encode(), stamp.encode()):
                return
        raise Forbidden("signature-invalid", "The signature does not match.")


def _signature(mac: Mac, purpose: str, payload: str) -> str:
    digest = mac(f"{purpose}\0{payload}".encode())
    return b2a_base64(digest[:_SIGNATURE_BYTES])[:_SIGNATURE_CHARACTERS].translate(_URL_SAFE).decode()


def hmac_sha256(key: bytes) -> Mac:
    """HMAC-SHA256 (RFC 2104) by ``key``, whose two blocks are hashed once and not for each message."""
    padded = (key if len(key) <= _BLOCK_BYTES else hashlib.sha256(key).digest()).ljust(_BLOCK_BYTES, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def mac(message: bytes) -> bytes:
        within, around = inner.copy(), outer.copy()
        within.update(message)
        around.update(within.digest())
        return around.digest()

    return mac
