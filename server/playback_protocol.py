"""HTTP/1.1 with a short way for what cars ask for most of all: the playlists of channels.

uvicorn makes of each request a task, a scope and a cycle of messages, which cost more than a playlist does.
A GET of a playlist that can be answered at once is answered where its head has been parsed; one that waits
for one read alone is answered where that comes in. All else, and whatever the short way does not
answer, goes uvicorn's own way, untouched. docs/decisions/0019 has the measurements.

A picture on a slow line stands where it can be called back: here rather than in the kernel, which is given
little more than it sends. And no request is looked at while the line still takes what was answered before it
on the same connection: what is judged goes out at once, or would be told of a car that has moved off since.
"""

import asyncio
import logging
import socket
import struct
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from players.playback.pulls import Answer, Soon
from players.web.segments import RECALL, MayGoOn
from server.metrics import CALLED_BACK

PREFIX = b"/play/"
LOOK_EVERY_S = 0.1
"""How soon it is seen that what waits for a slow line may not go out any more."""
UNSENT_BYTES = 65_536
"""What the kernel holds of a connection beyond what is on its way."""
_RESET = struct.pack("ii", 1, 0)
_log = logging.getLogger(__name__)

Found = Sequence[bytes | None]
Values = asyncio.Future[list[bytes | None]]


class Quick(Protocol):
    """Answers to GETs by their target (path and query), and what they have in common."""

    @property
    def headers(self) -> Iterable[tuple[bytes, bytes]]:
        """Of each answer but for the length."""

    def __call__(self, target: bytes, /) -> Answer | Soon:
        """The body; None, or a failure, where a request is to be made of it."""

    def answered(self, took_s: float) -> None:
        """Count one that was given."""


class _Head:
    """What stands before each body, made anew when the server's own headers (the date) change."""

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self._headers = tuple(headers)
        self._of: Sequence[tuple[bytes, bytes]] | None = None
        self._text = b""

    def before(self, default: Sequence[tuple[bytes, bytes]]) -> bytes:
        if default is not self._of:
            lines = b"".join(b"%b: %b\r\n" % one for one in (*default, *self._headers))
            self._text, self._of = b"HTTP/1.1 200 OK\r\n%bcontent-length: " % lines, default
        return self._text


class _Waiting:
    """Stands where uvicorn looks for the request before the next, and sets what its own cycles have.

    Args:
        scope: of the request, should a whole one be made of it after all.
    """

    __slots__ = ("body", "disconnected", "keep_alive", "more_body", "response_complete", "scope")
    message_event = asyncio.Event()

    def __init__(self, scope: Any) -> None:
        self.scope = scope
        self.response_complete = self.disconnected = False
        self.keep_alive = self.more_body = True
        self.body = b""


class _Outbox:
    """What is to be sent at the end of a turn of the event loop, of all connections.

    Answers are made one after another and then sent one after another: a system call between any two would
    leave the processor's caches cold for each.
    """

    def __init__(self) -> None:
        self._posted: list[Callable[[], None]] = []

    def post(self, loop: asyncio.AbstractEventLoop, send: Callable[[], None]) -> None:
        """Have ``send`` called, which never fails."""
        if not self._posted:
            loop.call_soon(self._send)
        self._posted.append(send)

    def _send(self) -> None:
        posted, self._posted = self._posted, []
        for send in posted:
            send()


class PlaybackProtocol(HttpToolsProtocol):
    """One connection.

    Args:
        quick: gives the answers.
        head: shared by all connections.
        outbox: likewise.
        uvicorn's: as it makes them.
    """

    def __init__(self, quick: Quick, head: _Head, outbox: _Outbox, *args: Any, **uvicorns: Any) -> None:
        super().__init__(*args, **uvicorns)
        self._quick, self._head, self._outbox = quick, head, outbox
        self.app = self._in_turn
        self._began_s = 0.0
        self._taken: asyncio.Future[None] | None = None
        """Done when what was sent last, and may be called back, waits for the line no more."""
        self._watching: asyncio.Task[None] | None = None

    def connection_made(self, transport: Any) -> None:
        """See asyncio."""
        super().connection_made(transport)
        line = transport.get_extra_info("socket")
        if line.family in (socket.AF_INET, socket.AF_INET6):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)

    def on_headers_complete(self) -> None:
        """See httptools: the head of a request is there."""
        answer = self._answer() if self.url.startswith(PREFIX) and self._is_plain() else None
        if answer is None:
            super().on_headers_complete()
            return
        waiting: Any = _Waiting(self.scope)
        self.cycle = waiting
        if isinstance(answer, Soon):
            finish = answer.finish
            answer.values.add_done_callback(lambda values: self._finish(waiting, values, finish))
        else:
            self._post(waiting, answer)

    def resume_writing(self) -> None:
        """See asyncio: the line has taken nearly all."""
        super().resume_writing()
        self._settle_line()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        super().connection_lost(exc)
        self._settle_line()

    async def _in_turn(self, scope: Any, receive: Any, send: Any) -> None:
        """The application, once the line has taken nearly all that stands before its answer.

        Args:
            scope: of any request, however its address is spelled.
            receive: as uvicorn makes them.
            send: likewise.
        """
        await self.flow.drain()
        scope["extensions"] = {RECALL: self._recall}
        await self.config.loaded_app(scope, receive, send)

    def _settle_line(self) -> None:
        if self._taken is not None and not self._taken.done():
            self._taken.set_result(None)

    def _recall(self, may_go_on: MayGoOn) -> None:
        if self.flow.write_paused:
            self._taken = self.loop.create_future()
            self._watching = self.loop.create_task(self._watch(may_go_on, self._taken))

    async def _watch(self, may_go_on: MayGoOn, taken: "asyncio.Future[None]") -> None:
        while not taken.done():
            await asyncio.wait([taken], timeout=LOOK_EVERY_S)
            if not taken.done() and not await _permitted(may_go_on) and not taken.done():
                # Reset, or the kernel would still send what it holds.
                line = self.transport.get_extra_info("socket")
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                self.transport.abort()
                CALLED_BACK.inc()
                return

    def _is_plain(self) -> bool:
        """A GET like any other, and nothing before it is waiting."""
        parser, before = self.parser, self.cycle
        return (
            parser.get_method() == b"GET"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
            and (before is None or before.response_complete)
            and not self.flow.write_paused
            and not self.transport.is_closing()
            and not self.root_path
            and (self.limit_concurrency is None or len(self.connections) < self.limit_concurrency)
        )

    def _answer(self) -> Answer | Soon:
        self._began_s = time.monotonic()
        try:
            return self._quick(self.url)
        except Exception:  # a whole request fails with it too, and tells of it
            return None

    def _finish(self, waiting: _Waiting, values: Values, finish: Callable[[Found], Answer]) -> None:
        if waiting.disconnected:
            return
        try:
            answer = finish(values.result())
        except (Exception, asyncio.CancelledError):  # as above
            answer = None
        self._post(waiting, answer)

    def _post(self, waiting: _Waiting, answer: Answer) -> None:
        self._outbox.post(self.loop, lambda: self._settle(waiting, answer))

    def _settle(self, waiting: _Waiting, answer: Answer) -> None:
        if waiting.disconnected or self.transport.is_closing():
            return
        waiting.response_complete = True
        if answer is not None and waiting.keep_alive and not self.flow.write_paused:
            self._write(answer)
            self.on_response_complete()
        elif self.scope is waiting.scope:
            super().on_headers_complete()
            if not waiting.more_body:
                self.on_message_complete()
        else:
            # A request that was sent before this one's answer has taken its place in the parser. Whoever
            # does that is to expect a connection that closes (RFC 9112, 9.3.2), and asks again.
            self.transport.close()

    def _write(self, body: bytes) -> None:
        head = self._head.before(self.server_state.default_headers)
        self.transport.write(b"%b%d\r\n\r\n%b" % (head, len(body), body))
        self._quick.answered(time.monotonic() - self._began_s)


async def _permitted(may_go_on: MayGoOn) -> bool:
    try:
        return await may_go_on()
    except Exception:
        _log.warning("what is being sent cannot be judged, and ends", exc_info=True)
        return False


def protocol_with(quick: Quick) -> Any:
    """What uvicorn makes a protocol of for each connection."""
    head, outbox = _Head(quick.headers), _Outbox()

    def make(*args: Any, **uvicorns: Any) -> PlaybackProtocol:
        return PlaybackProtocol(quick, head, outbox, *args, **uvicorns)

    return make
