"""Signed tokens: HMAC-SHA256 (RFC 2104) over a purpose and a payload, base64url without padding.

A token reads ``payload.signature``. The purpose is part of what is signed, so that a token made
for one use is worthless for another. Expiry, where wanted, is part of the payload. A sealed token
hides its payload besides.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache

from kernel.errors import Forbidden

_SIGNATURE_BYTES = 16
_TOKEN_LIMIT = 4096
_REMEMBERED = 16_384
"""Genuine tokens that need not be checked anew; a forged one is never among them."""


class Signer:
    """Signs with the first key, accepts all of them (so that keys can be rotated).

    Args:
        keys: secret keys of at least 32 bytes, newest first.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) < 32 for key in keys):
            raise ValueError("signing keys need at least 32 bytes")
        self._keys = tuple(keys)
        # A player shows the same token at each request.
        self._genuine = lru_cache(maxsize=_REMEMBERED)(self._check)
        self._opened = lru_cache(maxsize=_REMEMBERED)(self._open)

    def sign(self, purpose: str, payload: str) -> str:
        """``payload`` (printable ASCII without a trailing dot part of its own meaning) with its signature."""
        return f"{payload}.{self._mac(self._keys[0], purpose, payload)}"

    def verify(self, purpose: str, token: str) -> str:
        """The payload of a genuine token.

        Raises:
            Forbidden: ``signature-invalid`` if the token is malformed, forged or made for another purpose.
        """
        return self._genuine(purpose, token[:_TOKEN_LIMIT])

    def _check(self, purpose: str, token: str) -> str:
        payload, dot, signature = token.rpartition(".")
        if dot and payload.isascii() and signature.isascii():
            for key in self._keys:
                if hmac.compare_digest(self._mac(key, purpose, payload), signature):
                    return payload
        raise Forbidden("signature-invalid", "The signature does not match.")

    def seal(self, purpose: str, payload: bytes) -> str:
        """``payload`` as a token that nobody else can read or change: a synthetic IV, after RFC 5297.

        The IV is the MAC of the payload, and SHAKE256 of key and IV its key stream; the same payload gives
        the same token.
        """
        key = self._keys[0]
        iv = _iv(key, purpose, payload)
        return base64.urlsafe_b64encode(iv + _veil(key, purpose, iv, payload)).rstrip(b"=").decode()

    def unseal(self, purpose: str, token: str) -> bytes:
        """The payload of a genuine sealed token.

        Raises:
            Forbidden: ``signature-invalid`` if the token is malformed, forged or made for another purpose.
        """
        return self._opened(purpose, token[:_TOKEN_LIMIT])

    def _open(self, purpose: str, token: str) -> bytes:
        if token.isascii():
            with suppress(binascii.Error):
                sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
                iv, body = sealed[:_SIGNATURE_BYTES], sealed[_SIGNATURE_BYTES:]
                for key in self._keys:
                    payload = _veil(key, purpose, iv, body)
                    genuine = hmac.compare_digest(_iv(key, purpose, payload), iv)
                    # One spelling only: decoding passes over what is not base64.
                    if genuine and base64.urlsafe_b64encode(sealed).rstrip(b"=").decode() == token:
                        return payload
        raise Forbidden("signature-invalid", "The signature does not match.")

    @staticmethod
    def _mac(key: bytes, purpose: str, payload: str) -> str:
        digest = hmac.digest(key, f"{purpose}\0{payload}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).rstrip(b"=").decode()


def _iv(key: bytes, purpose: str, payload: bytes) -> bytes:
    return hmac.digest(key, f"sealed\0{purpose}\0".encode() + payload, hashlib.sha256)[:_SIGNATURE_BYTES]


def _veil(key: bytes, purpose: str, iv: bytes, data: bytes) -> bytes:
    """``data`` under the key stream, or out from under it."""
    stream = hashlib.shake_256(hmac.digest(key, f"veil\0{purpose}\0".encode() + iv, hashlib.sha256))
    mask = int.from_bytes(stream.digest(len(data)))
    return (int.from_bytes(data) ^ mask).to_bytes(len(data))
