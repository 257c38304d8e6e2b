"""Routes of a room as an application of their own, signed in by a header."""

from collections.abc import Sequence

import httpx
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.routing import BaseRoute

from server.errors import exception_handlers
from server.pages import build_templates


class _Reader(SimpleUser):
    account_id = "acc_1"


class _ByHeader(AuthenticationBackend):
    """Whoever sends ``X-Scopes`` has them."""

    async def authenticate(self, connection):
        scopes = connection.headers.get("x-scopes", "").split()
        return (AuthCredentials(scopes), _Reader("Ada")) if scopes else None


def client_of(routes: Sequence[BaseRoute], scopes: str, **headers: str) -> httpx.AsyncClient:
    """With the server's own problem documents and pages; a failure is its answer, too."""
    app = Starlette(
        routes=routes,
        middleware=[Middleware(AuthenticationMiddleware, backend=_ByHeader())],
        exception_handlers=exception_handlers(build_templates()),
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    sent = {"x-scopes": scopes} | headers
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=sent)
