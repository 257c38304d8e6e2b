"""Tokens that hide what they say."""

from typing import Protocol


class Sealer(Protocol):
    """Tokens that nobody else can read or change."""

    def seal(self, purpose: str, payload: bytes) -> str:
        """``payload`` (not empty) as printable ASCII; the same payload gives the same token."""

    def unseal(self, purpose: str, token: str) -> bytes:
        """The payload of a genuine token.

        Raises:
            Forbidden: ``signature-invalid`` if the token is malformed, forged or made for another purpose.
        """
