"""The ASGI application: routes of all rooms inside what every request passes."""

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.authentication import AuthenticationBackend
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from geotarget.extract import SENT_LIMIT_BYTES
from players.web import simulator
from server.errors import exception_handlers
from server.middleware import BodyLimit, ByPath, CrossOriginProtection, RequestLog, SecurityHeaders
from server.playback_router import PlaybackRouter
from server.settings import Settings
from server.token_sign_in import refuse_token

KIB = 1024
MIB = 1024 * KIB
DEFAULT_BODY_LIMIT = 256 * KIB
BODY_LIMITS = {
    "/v1/uploads": 4096 * MIB,
    "/v1/campaigns": MIB,
    "/advertiser/campaigns": MIB,
    "/v1/forecast": MIB,
    "/v1/channels/": 8 * MIB,
    # Files of places and areas have a limit of their own, of 64 MiB; extracts too.
    "/v1/places/import": 65 * MIB,
    "/v1/extracts": SENT_LIMIT_BYTES + MIB,
    "/places/import": SENT_LIMIT_BYTES + MIB,
    "/v1/areas": 65 * MIB,
    "/places/areas/import": SENT_LIMIT_BYTES + MIB,
    "/places/areas": 8 * MIB,
    "/simulator/drives": simulator.TRACE_LIMIT_BYTES + MIB,
}

PLAYBACK_PATHS = ("/play/", "/segments/")
"""Asked for most by far. They take no body, know no cookie and answer with nothing that a browser would
render: they pass nothing that looks after those."""

Background = Callable[[], AbstractAsyncContextManager[None]]


def build_app(
    settings: Settings,
    routes: Sequence[BaseRoute],
    templates: Jinja2Templates,
    visitors: AuthenticationBackend,
    background: Background | None = None,
) -> ByPath:
    """The application.

    Args:
        settings: for the cookie's secret and scheme.
        routes: of every room and of the server, in order.
        templates: for error pages.
        visitors: who is behind a cookie or a token.
        background: what runs beside the requests, entered before the first and left after the last.
    """

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        if background is None:
            yield
            return
        async with background():
            yield

    https = settings.base_url.startswith("https://")
    cookie_secret = hashlib.sha256(b"roadcast session cookie\0" + settings.keys()[0]).hexdigest()
    handlers = exception_handlers(templates)
    playback = [route for route in routes if isinstance(route, Route) and _plays(route)]
    app = Starlette(
        routes=[route for route in routes if route not in playback],
        lifespan=lifespan,
        exception_handlers=handlers,
        middleware=[
            Middleware(BodyLimit, default_bytes=DEFAULT_BODY_LIMIT, by_prefix=BODY_LIMITS),
            Middleware(CrossOriginProtection),
            Middleware(
                SessionMiddleware,
                secret_key=cookie_secret,
                session_cookie="roadcast_session",
                https_only=https,
                same_site="lax",
            ),
            Middleware(AuthenticationMiddleware, backend=visitors, on_error=refuse_token),
        ],
    )
    app.state.address_search = bool(settings.geocoder_url)
    front = PlaybackRouter(playback, handlers[Exception])
    return ByPath(PLAYBACK_PATHS, front, RequestLog(SecurityHeaders(app, https)))


def _plays(route: Route) -> bool:
    return route.path.startswith(PLAYBACK_PATHS)
