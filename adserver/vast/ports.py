"""What reading other people's tags asks of the world."""

from typing import Protocol

import msgspec


class Unfetched(msgspec.Struct, frozen=True):
    """Why nothing was fetched: a kebab-case code, and a few words."""

    code: str
    detail: str


class Fetch(Protocol):
    """Fetches from servers that nobody can vouch for, and never from our own network."""

    async def __call__(self, url: str, limit_bytes: int) -> bytes | Unfetched:
        """The body of a 200, of at most ``limit_bytes``."""
