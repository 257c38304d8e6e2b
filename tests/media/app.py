"""The media room's doors on a small app, with the server's own problem documents."""

from types import SimpleNamespace

import httpx
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware

from media.web import assets, cues, uploads
from server.errors import exception_handlers
from server.pages import build_templates
from tests.media.house import MediaHouse


class ByHeader(AuthenticationBackend):
    """Believes ``x-account: acc_1 editor``."""

    async def authenticate(self, connection):
        account_id, *scopes = connection.headers.get("x-account", "").split() or [""]
        if not account_id:
            return None
        user = SimpleNamespace(is_authenticated=True, account_id=account_id, display_name=account_id)
        return AuthCredentials(scopes), user


def application(house: MediaHouse) -> Starlette:
    return Starlette(
        routes=[
            *uploads.routes(house.receive),
            *assets.routes(house.assets.find, house.manifests, house.objects),
            *cues.routes(house.read_cues, house.decide_cues, house.reject_candidate, house.read_still),
        ],
        middleware=[Middleware(AuthenticationMiddleware, backend=ByHeader())],
        exception_handlers=exception_handlers(build_templates()),
    )


def client(house: MediaHouse, account: str = "acc_1 editor") -> httpx.AsyncClient:
    headers = {"x-account": account, "Tus-Resumable": "1.0.0", "accept": "application/json"}
    transport = httpx.ASGITransport(application(house))
    return httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers)
