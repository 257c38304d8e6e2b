"""The routes that are asked for most, by far, without what Starlette lays around all others."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from players.playback.pulls import Answer, Soon
from players.web.playlists import ChannelPlaylist
from players.web.wire import Headers
from server.metrics import REQUEST_SECONDS, REQUESTS, TIMED
from server.middleware import BEGAN_S, RequestLog

_log = logging.getLogger("server.access")
_ERROR = "error"

HandleError = Callable[[Request, Exception], Awaitable[Response]]

TELL_AFTER_S = 1.0


class PlaybackRouter:
    """Finds the route of a request, answers its failure, and counts it.

    A route's endpoint fails before it has sent anything, or not at all. What fails goes through
    :class:`RequestLog`; what succeeds is counted only, a second's worth at a time: to give each an id, a
    line and counters of its own would cost a third of a playlist. Where the log is to tell all, it does.

    Args:
        routes: without a ``{path:path}`` parameter; the first that matches answers.
        handle_error: makes the answer to whatever an endpoint raises.
    """

    def __init__(self, routes: Sequence[Route], handle_error: HandleError) -> None:
        self._routes = [
            (route, route.path_regex.match, route.methods or frozenset({"GET", "HEAD"}), _converted(route))
            for route in routes
        ]
        self._tallies = {route.path: _Tally(route.path) for route in routes}
        self._handle_error = handle_error
        self.quick = next(
            (
                Quick(route.app, self._tallies[route.path])
                for route in routes
                if isinstance(route.app, ChannelPlaylist)
            ),
            None,
        )
        self._told = RequestLog(self._answer, timed=TIMED)
        self._refused = RequestLog(self._refuse, timed=TIMED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if _log.isEnabledFor(logging.DEBUG):
            await self._told(scope, receive, send)
            return
        began_s = time.monotonic()
        status = 0

        def noting(message: Message) -> Awaitable[None]:
            nonlocal status
            status = message.get("status", status)
            return send(message)

        try:
            route = self._find(scope)
            await route.app(scope, receive, noting)
        except Exception as error:
            scope.setdefault("state", {}).update({BEGAN_S: began_s, _ERROR: error})
            await self._refused(scope, receive, send)
        else:
            self._tallies[route.path].add(scope["method"], status, time.monotonic() - began_s)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._find(scope).app(scope, receive, send)
        except Exception as error:
            scope["state"][_ERROR] = error
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._handle_error(Request(scope), scope["state"].pop(_ERROR))
        await response(scope, receive, send)

    def _find(self, scope: Scope) -> Route:
        for route, match, methods, converted in self._routes:
            found = match(scope["path"])
            if found is None:
                continue
            scope["route"] = route
            if scope["method"] not in methods:
                raise HTTPException(405, headers={"Allow": ", ".join(sorted(methods))})
            try:
                scope["path_params"] = converted(found.groupdict()) if converted else found.groupdict()
            except ValueError:  # thousands of digits
                raise HTTPException(404) from None
            return route
        raise HTTPException(404)


@dataclass(frozen=True, slots=True)
class Quick:
    """What cars ask for most of all, a channel's playlists, for who asks without making a request of it."""

    _playlists: ChannelPlaylist
    _tally: "_Tally"

    @property
    def headers(self) -> Headers:
        """Of each answer but for the length."""
        return self._playlists.headers

    def __call__(self, target: bytes) -> Answer | Soon:
        """The body of the answer to a GET of ``target``; None, or a failure, where more is to be done."""
        return None if _log.isEnabledFor(logging.DEBUG) else self._playlists.at_once(target)

    def answered(self, took_s: float) -> None:
        """Count one that was given."""
        self._tally.add("GET", 200, took_s)


def _converted(route: Route) -> Callable[[dict[str, str]], dict[str, object]] | None:
    """Turns what was matched into what the route's pattern says; None where all are texts."""
    convertors = route.param_convertors
    if all(convertor.regex == "[^/]+" for convertor in convertors.values()):
        return None
    return lambda found: {name: convertors[name].convert(text) for name, text in found.items()}


@dataclass(slots=True)
class _Tally:
    """The answers of one route that Prometheus has not been told yet."""

    route: str
    _waiting: Counter[tuple[str, int]] = field(default_factory=Counter)
    _count: int = 0

    def add(self, method: str, status: int, took_s: float) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_later(TELL_AFTER_S, self._tell)
        self._waiting[method, status] += 1
        if self._count % TIMED == 0:
            REQUEST_SECONDS.labels(self.route).observe(took_s)
        self._count += 1

    def _tell(self) -> None:
        waiting, self._waiting = self._waiting, Counter()
        for (method, status), count in waiting.items():
            REQUESTS.labels(method, self.route, str(status)).inc(count)
