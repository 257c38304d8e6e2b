"""What is on every channel on a day: made by one thread, and kept a little for who asks for the same."""

from collections import OrderedDict
from datetime import date
from typing import NamedTuple

import msgspec

from content.channels.lineup import Lineups
from content.guide.listing import Listing
from content.guide.read_guide import ReadGuide
from content.web.turns import Turn, in_turn
from kernel.errors import Unavailable
from kernel.shared import Shared

FRESH_S = 30
"""Edits come into force no sooner than this after they are saved."""
UNDER_WAY_LIMIT = 32
"""Different days, zones and markets that are being listed at once."""
_KEPT_LIMIT = 16


class Asked(NamedTuple):
    """A day of every channel: as :meth:`ReadGuide.day_everywhere` takes it."""

    day: date | None
    zone: str
    market: str


class KeptDays:
    """Anybody may ask, and it takes a while: so it is never made twice, nor by more than one at a time.

    Args:
        read_guide: lists the channels one by one.
        turn: held for one channel after the other.
    """

    def __init__(self, read_guide: ReadGuide, turn: Turn) -> None:
        self._read_guide, self._turn = read_guide, turn
        self._shared = Shared[Asked, bytes]()
        self._lineups: Lineups | None = None
        self._kept: OrderedDict[Asked, tuple[int, bytes]] = OrderedDict()

    async def __call__(self, asked: Asked) -> tuple[bytes, int]:
        """The JSON, and for how many seconds it is good.

        Raises:
            Invalid: what :meth:`ReadGuide.day_everywhere` raises.
            Unavailable: ``guide-busy``.
        """
        lineups, now_ms = self._read_guide.lineups(), self._read_guide.clock.now_ms()
        if lineups is not self._lineups:
            self._lineups = lineups
            self._kept.clear()
        until_ms, body = self._kept.get(asked, (0, b""))
        if now_ms >= until_ms:
            if asked not in self._shared and len(self._shared) >= UNDER_WAY_LIMIT:
                raise Unavailable(
                    "guide-busy",
                    "Too many different days are being asked for at once.",
                    fix="Ask again in a moment.",
                )
            body = await self._shared(asked, lambda: self._made(asked))
            until_ms = now_ms + FRESH_S * 1000
            if lineups is self._lineups:
                self._keep(asked, until_ms, body)
        return body, (until_ms - now_ms) // 1000

    def _keep(self, asked: Asked, until_ms: int, body: bytes) -> None:
        self._kept[asked] = until_ms, body
        self._kept.move_to_end(asked)
        while len(self._kept) > _KEPT_LIMIT:
            self._kept.popitem(last=False)

    async def _made(self, asked: Asked) -> bytes:
        listings, found = self._read_guide.day_everywhere(*asked), list[Listing]()
        while (listing := await in_turn(self._turn, next, listings, None)) is not None:
            found.append(listing)
        return await in_turn(self._turn, msgspec.json.encode, {"channels": found})
