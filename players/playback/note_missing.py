"""A file of what is on air is gone from the store: a count, and a line that names it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from kernel.clock import Clock

MISSING = "a file of what is on air is missing; black and silence stand in"
QUIET_MS = 60_000
_ASSETS_LIMIT = 1_000

_log = logging.getLogger("players.segments")


@dataclass(frozen=True, slots=True)
class NoteMissing:
    """Count every segment that could not be read, and tell of each asset once a minute at most.

    Args:
        count: told of each.
        clock: for the minute.
    """

    count: Callable[[], None]
    clock: Clock
    _told_ms: dict[str, int] = field(default_factory=dict, init=False)

    def __call__(self, asset_id: str) -> None:
        """Leave the record."""
        self.count()
        now_ms = self.clock.now_ms()
        if now_ms - self._told_ms.get(asset_id, now_ms - QUIET_MS) < QUIET_MS:
            return
        if len(self._told_ms) >= _ASSETS_LIMIT:
            self._told_ms.clear()
        self._told_ms[asset_id] = now_ms
        _log.error(MISSING, extra={"asset_id": asset_id})
