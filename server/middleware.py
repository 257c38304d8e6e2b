"""What every request passes on its way in and out: ids, limits, origin, headers, one log line, counters.

Pure ASGI, so that streams, sockets and cancellations pass through untouched.
"""

import itertools
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kernel.errors import Forbidden, TooLarge
from server.errors import ProblemResponse, problem_of
from server.logs import REQUEST_ID
from server.metrics import REQUEST_SECONDS, REQUESTS

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
QUIET_PATHS = ("/play/", "/segments/", "/static/", "/healthz", "/readyz", "/metrics")

log = structlog.get_logger("server.access")
_plain_log = logging.getLogger("server.access")


BEGAN_S = "began_s"
"""Where a request's ``state`` says when it came in, if that was noted before."""

_RUN = secrets.token_hex(4)
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class RequestLog:
    """Gives each request an id, tells of it in one line without query or parameters, and counts it.

    Args:
        timed: of so many requests of a kind the time of one is told.
    """

    app: ASGIApp
    timed: int = 1
    _counts: dict[tuple[str, str, int], Callable[[float], None]] = field(default_factory=dict, init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        request_id = f"{_RUN}{next(_numbers):08x}"
        scope.setdefault("state", {})["request_id"] = request_id
        REQUEST_ID.set(request_id)
        started = scope["state"].get(BEGAN_S) or time.monotonic()
        status = 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            elif message["type"] == "websocket.accept":
                status = 101
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception:
            status = 500
            raise
        finally:
            self._tell(scope, status or 499, time.monotonic() - started)

    def _tell(self, scope: Scope, status: int, took_s: float) -> None:
        route = route_of(scope)
        method = scope.get("method", "WEBSOCKET")
        count = self._counts.get((method, route, status))
        if count is None:
            count = self._counts[method, route, status] = _counting(method, route, status, self.timed)
        count(took_s)
        quiet = status < 400 and method in SAFE_METHODS and scope["path"].startswith(QUIET_PATHS)
        if quiet and not _plain_log.isEnabledFor(logging.DEBUG):
            return
        (log.debug if quiet else log.info)(
            "request", method=method, route=route, status=status, took_ms=round(took_s * 1000, 1)
        )


def _counting(method: str, route: str, status: int, timed: int) -> Callable[[float], None]:
    """Counts one answer of a kind, given how long it took; finding the counters costs more than counting."""
    requests, seconds = REQUESTS.labels(method, route, str(status)), REQUEST_SECONDS.labels(route)
    numbers = itertools.count()

    def count(took_s: float) -> None:
        requests.inc()
        if next(numbers) % timed == 0:
            seconds.observe(took_s)

    return count


def route_of(scope: Scope) -> str:
    """The template of the matched route; what matched none is not repeated, as anyone may send it."""
    route = getattr(scope.get("route"), "path", None)
    if route:
        return str(route)
    return "/static" if scope["path"].startswith("/static/") else "(none)"


@dataclass(frozen=True, slots=True)
class SecurityHeaders:
    """Adds what tells browsers to be careful.

    Args:
        https: whether the server is reached by https only.
    """

    app: ASGIApp
    https: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        careful = _CAREFUL_HTTPS if self.https else _CAREFUL

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = message.get("headers", ())
                names = {name for name, _ in given}
                message["headers"] = [*given, *[one for one in careful if one[0] not in names]]
            await send(message)

        await self.app(scope, receive, send_with_headers)


_CAREFUL = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
_CAREFUL_HTTPS = [*_CAREFUL, (b"strict-transport-security", b"max-age=31536000")]


@dataclass(frozen=True, slots=True)
class ByPath:
    """Two applications on one address: what begins with one of ``prefixes`` goes to ``front``."""

    prefixes: tuple[str, ...]
    front: ASGIApp
    other: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        ahead = scope["type"] == "http" and scope["path"].startswith(self.prefixes)
        await (self.front if ahead else self.other)(scope, receive, send)


@dataclass(frozen=True, slots=True)
class CrossOriginProtection:
    """Refuses what another site makes a signed-in browser send (as Go 1.25's CrossOriginProtection does).

    Safe methods pass. ``Sec-Fetch-Site`` decides where a browser sends it; else ``Origin`` must be
    this host; a request with neither comes from no browser. The API without a cookie is not concerned.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] == "http" and is_cross_origin(scope):
            error = Forbidden(
                "cross-origin", "Another site sent this request.", fix="Send it from a page of this server."
            )
            await ProblemResponse(problem_of(error))(scope, receive, send)
            return
        await self.app(scope, receive, send)


def is_cross_origin(scope: Scope) -> bool:
    """Whether a request that changes something was made by a page of another origin."""
    headers = Headers(scope=scope)
    bare_api = scope["path"].startswith("/v1/") and "cookie" not in headers
    if scope["method"] in SAFE_METHODS or bare_api:
        return False
    if site := headers.get("sec-fetch-site"):
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """Refuses bodies larger than their route may take, announced or not.

    Args:
        default_bytes: for every path that ``by_prefix`` does not name.
        by_prefix: path prefix → limit in bytes.
    """

    app: ASGIApp
    default_bytes: int
    by_prefix: dict[str, int] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = next(
            (limit for prefix, limit in self.by_prefix.items() if scope["path"].startswith(prefix)),
            self.default_bytes,
        )
        error = TooLarge("body-too-large", f"The body exceeds {limit} bytes.", fix="Send less at once.")
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdigit() or int(announced) > limit:
            await ProblemResponse(problem_of(error), {"Connection": "close"})(scope, receive, send)
            return
        taken = 0

        async def receive_within() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise error
            return message

        await self.app(scope, receive_within, send)
