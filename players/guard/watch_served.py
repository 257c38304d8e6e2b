"""A sample of the playlists that are really served, checked beside the requests.

What is not sampled costs a counter and a look into a small set. What is sampled waits in a bounded queue for
a task of its own; where that is full, a sample is dropped and counted.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from kernel.clock import Clock
from players.guard.followed import Followed
from players.guard.reading import Reading
from players.guard.rule import Breach

SESSIONS_LIMIT = 8
"""Sessions that are followed at a time, in one process."""
FOLLOW_S = 60.0
WAITING_LIMIT = 64
WAITING_LIMIT_BYTES = 4 * 1024 * 1024
_STREAMS_LIMIT = 4

_log = logging.getLogger("players.guard")


class Outcome(StrEnum):
    """What became of a sample."""

    CHECKED = "checked"
    DROPPED = "dropped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Served:
    """A playlist as it went out.

    Args:
        stream: the channel or the item.
        session_id: whose session.
        name: ``multivariant``, or the rendition.
        body: the very bytes.
        content_type: the header.
        at_s: when.
    """

    stream: str
    session_id: str
    name: str
    body: bytes
    content_type: str
    at_s: float


@dataclass(slots=True)
class _Session:
    until_s: float
    streams: dict[str, Followed] = field(default_factory=dict)


@dataclass(slots=True)
class WatchServed:
    """Take every ``every``-th playlist, and from then on all of its session for a minute.

    Args:
        every: how many pulls there are to one that is taken; 0 takes none.
        clock: when they were served.
        record: told each breach, with the playlist in which it was found.
        count: told what became of each sample.
        apart_s: between one that is taken of any session and the next, at least: however many are served,
            checking takes its share of a core and no more. Those of a followed session are all taken.
    """

    every: int
    clock: Clock
    record: Callable[[Breach, Served], None]
    count: Callable[[Outcome], None]
    apart_s: float = 0.0
    _pulls: int = 0
    _chosen_s: float = 0.0
    _sessions: dict[str, _Session] = field(default_factory=dict)
    _waiting: deque[Served] = field(default_factory=deque)
    _waiting_bytes: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, stream: str, session_id: str, name: str, body: bytes, content_type: str) -> None:
        """See a playlist go out. Never waits, never fails, and keeps the body only if it is sampled."""
        if not self.every:
            return
        self._pulls += 1
        due, followed = self._pulls >= self.every, session_id in self._sessions
        if not due and not followed:
            return
        at_s = self.clock.now_ms() / 1000
        if due and not 0 <= at_s - self._chosen_s < self.apart_s:
            self._pulls, self._chosen_s = 0, at_s
            self._follow(session_id, at_s)
        elif not followed:
            return
        full = len(self._waiting) >= WAITING_LIMIT or self._waiting_bytes + len(body) > WAITING_LIMIT_BYTES
        if full:
            self.count(Outcome.DROPPED)
            return
        self._waiting_bytes += len(body)
        self._waiting.append(Served(stream, session_id, name, body, content_type, at_s))
        self._news.set()

    async def run(self) -> None:
        """Check what is sampled, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                await self._next()

    async def _next(self) -> None:
        served = self._waiting.popleft()
        self._waiting_bytes -= len(served.body)
        followed = self._followed(served)
        reading = Reading(served.body, served.content_type, served.at_s)
        try:
            found = await asyncio.to_thread(followed.take, reading, served.name)
        except Exception:  # what judges must never harm what it judges
            _log.exception("a served playlist could not be judged")
            self.count(Outcome.FAILED)
            return
        self.count(Outcome.CHECKED)
        for breach in found:
            self.record(breach, served)

    def _follow(self, session_id: str, at_s: float) -> None:
        for known in [known for known, session in self._sessions.items() if session.until_s < at_s]:
            del self._sessions[known]
        if session_id not in self._sessions and len(self._sessions) < SESSIONS_LIMIT:
            self._sessions[session_id] = _Session(at_s + FOLLOW_S)

    def _followed(self, served: Served) -> Followed:
        """What was seen of its session and stream; nothing where the session is not followed (any more)."""
        session = self._sessions.get(served.session_id)
        if session is not None and session.until_s < served.at_s:
            del self._sessions[served.session_id]
            session = None
        known = session.streams.get(served.stream) if session else None
        if known is None:
            known = Followed(served.stream, same_numbers=True)
            if session is not None and len(session.streams) < _STREAMS_LIMIT:
                session.streams[served.stream] = known
        return known
