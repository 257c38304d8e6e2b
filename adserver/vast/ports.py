"""What other people's tags ask of the world."""

import re
from collections.abc import Awaitable, Mapping, Sequence
from typing import Protocol

import msgspec

from adserver.booking.campaign import Creative
from adserver.ports import PreparedMedia
from adserver.vast.reading import Tracker

URL_LIMIT = 4096
"""Characters of an address that is kept, or asked."""


_FINAL = frozenset({"address-refused", "not-found", "too-large", "too-many-redirects"})


class Unfetched(msgspec.Struct, frozen=True):
    """Why nothing was fetched: a kebab-case code, and a few words."""

    code: str
    detail: str

    @property
    def final(self) -> bool:
        """Whether asking again would change nothing: nobody failed to answer."""
        return self.code in _FINAL


class Fetch(Protocol):
    """Fetches from servers that nobody can vouch for, and never from our own network."""

    async def __call__(self, url: str, limit_bytes: int) -> bytes | Unfetched:
        """The body of an answer of success, of at most ``limit_bytes``."""


class TakeMedia(Protocol):
    """Admits a file that was fetched, as if it had been uploaded."""

    def __call__(self, owner: str, body: bytes, *, longest_ms: int) -> Awaitable[PreparedMedia]:
        """The new asset.

        Raises:
            Invalid: ``media-…`` if it is no acceptable film or sound, or plays for more than ``longest_ms``.
        """


class TagCreatives(Protocol):
    """Creatives that are somebody else's tags. Each method is one transaction."""

    def claim_tag(self, now_ms: int, until_ms: int) -> Creative | None:
        """One that is being prepared, and whose tag has not been asked with success; None if none is due.

        Until ``until_ms`` nobody else gets it, and then it is due again. First those that were never asked.
        """

    def resolve(self, creative: Creative, trackers: Sequence[Tracker]) -> bool:
        """Write a creative that is being prepared anew, with whom to tell of its events."""

    def fail(self, creative: Creative, told: Sequence[str], at_ms: int) -> bool:
        """Write one that is given up, and leave calls: whom to tell of that."""


class Call(msgspec.Struct, frozen=True):
    """An address of somebody else's to fetch once, because an event was counted.

    Args:
        fill_id: whose event it is; of an error that gave a tag up the creative's id.
    """

    fill_id: str
    kind: str
    number: int
    url: str

    @property
    def server(self) -> str:
        """Who is asked, as the address says it: everything before its path."""
        scheme, apart, rest = self.url.partition("://")
        return scheme + apart + re.split(r"[/?#]", rest, maxsplit=1)[0]


class Calls(Protocol):
    """Calls that the ledger left to be made, in the transaction that counted the event."""

    def claim(self, limit: int, at_one_server: int, busy: Mapping[str, int]) -> list[Call]:
        """Some that nobody has begun, oldest first; nobody ever gets them again.

        Args:
            limit: how many at most.
            at_one_server: how many of one server at most, those it is ``busy`` with included.
            busy: how many are being made, by server.
        """

    def settle(self, call: Call, outcome: str) -> None:
        """Note what became of one: ``told``, or a code."""

    def expire(self, before_ms: int) -> int:
        """Forget those of events before ``before_ms``; how many."""
