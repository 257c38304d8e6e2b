"""Sealed tokens: AES-SIV (RFC 5297) by the cryptography library, base64url without padding."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from kernel.errors import Forbidden

_TOKEN_LIMIT = 4096
_REMEMBERED = 16_384
"""Genuine tokens that need not be opened anew; a forged one is never among them."""


class SivSealer:
    """Implements :class:`kernel.sealing.Sealer`: seals with the first key, opens with all of them.

    Args:
        keys: secret keys of at least 32 bytes, newest first.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        # Two keys of 256 bits, of no other use.
        self._ciphers = [AESSIV(hashlib.sha512(b"roadcast sealing\0" + key).digest()) for key in keys]
        self._opened = lru_cache(maxsize=_REMEMBERED)(self._open)

    def seal(self, purpose: str, payload: bytes) -> str:
        """See the port."""
        sealed = self._ciphers[0].encrypt(payload, [purpose.encode()])
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def unseal(self, purpose: str, token: str) -> bytes:
        """See the port."""
        return self._opened(purpose, token[:_TOKEN_LIMIT])

    def _open(self, purpose: str, token: str) -> bytes:
        with suppress(binascii.Error, ValueError):
            sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            # One spelling only: decoding passes over what is not base64.
            if base64.urlsafe_b64encode(sealed).rstrip(b"=").decode() == token:
                for cipher in self._ciphers:
                    with suppress(InvalidTag):
                        return cipher.decrypt(sealed, [purpose.encode()])
        raise Forbidden("signature-invalid", "The signature does not match.")
