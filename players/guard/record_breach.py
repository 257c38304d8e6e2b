"""What a broken rule leaves behind: a count, and a line with the playlist in which it was found."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from kernel.clock import Clock
from players.guard.rule import RULES, Breach
from players.guard.watch_served import Served

BROKEN = "a served playlist breaks a rule"
QUIET_MS = 60_000
PLAYLIST_LIMIT = 16 * 1024
_QUERY = re.compile(r"\?[^\"'\s]*")

_log = logging.getLogger("players.guard")


@dataclass(frozen=True, slots=True)
class RecordBreach:
    """Count every breach, and tell the first of each rule, once a minute at most.

    Args:
        count: told the name of the rule.
        clock: for the minute.
    """

    count: Callable[[str], None]
    clock: Clock
    _told_ms: dict[int, int] = field(default_factory=dict, init=False)
    _untold: dict[int, int] = field(default_factory=dict, init=False)

    def __call__(self, breach: Breach, served: Served) -> None:
        """Leave the record: no token, no lease, no session and no vehicle is in it."""
        rule = RULES[breach.rule]
        self.count(rule.name)
        now_ms = self.clock.now_ms()
        if now_ms - self._told_ms.get(breach.rule, now_ms - QUIET_MS) < QUIET_MS:
            self._untold[breach.rule] = self._untold.get(breach.rule, 0) + 1
            return
        self._told_ms[breach.rule] = now_ms
        record = {
            "rule": rule.name,
            "sentence": rule.sentence,
            "reference": rule.reference,
            "where": breach.where,
            "seen": redacted(breach.seen, served.session_id),
            "untold_since": self._untold.pop(breach.rule, 0),
            "playlist": _shortened(redacted(served.body.decode("utf-8", "replace"), served.session_id)),
        }
        _log.error(BROKEN, extra={"breach": record})


def redacted(text: str, session_id: str) -> str:
    """``text`` without the queries of its URLs, where tokens are, and without the session's id."""
    return _QUERY.sub("?…", text).replace(session_id, "…")


def _shortened(text: str) -> str:
    if len(text) <= PLAYLIST_LIMIT:
        return text
    half = PLAYLIST_LIMIT // 2
    return f"{text[:half]}\n# … {len(text) - 2 * half} characters …\n{text[-half:]}"
