"""Every route of advertisers, asked by every role within an organisation: the table says who is let in."""

import re
import tomllib
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import Route

from server.account import MAY, MemberRole
from server.errors import exception_handlers
from server.openapi import describe
from server.records import migrate
from server.settings import Settings
from server.wiring.house import build
from tests.adserver.web import HeaderSignIn

TABLE = tomllib.loads((Path(__file__).parent / "member_roles.toml").read_text("utf-8"))
WORD = {route: word for word, one in TABLE.items() for route in one["routes"]}
REFUSED = {401, 403}


@pytest.fixture
async def house(tmp_path, redis_socket):
    environ = {"ROADCAST_DATA_DIR": str(tmp_path), "ROADCAST_REDIS_URL": f"unix://{redis_socket}"}
    found = build(Settings.from_environ(environ))
    migrate(found.engines.database)
    yield found
    await found.engines.close()


@pytest.fixture
async def ask(house):
    """What a route answers to somebody of an organisation; its path's parameters name nothing."""
    app = Starlette(
        routes=house.routes(),
        middleware=[
            Middleware(SessionMiddleware, secret_key="test"),
            Middleware(AuthenticationMiddleware, backend=HeaderSignIn()),
        ],
        exception_handlers=exception_handlers(house.templates),
    )
    organisation_id = house.adserver.register_advertiser("Garage").advertiser_id
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=20) as client:

        async def asked(route: str, role: str) -> int:
            method, path = route.split(" ")
            headers = {"X-Role": f"{role} {organisation_id}"} if role else {}
            headers |= {"Tus-Resumable": "1.0.0"}
            return (
                await client.request(method, re.sub(r"{\w+}", "none_1", path), headers=headers)
            ).status_code

        yield asked


def routes_of(house) -> set[str]:
    """Those that people and programs ask, as ``GET /path``; none that waits for events."""
    found = [one for one in house.routes() if isinstance(one, Route) and not one.path.startswith("/play")]
    return {f"{method} {one.path}" for one in found for method in one.methods - {"HEAD"}} | {
        f"HEAD {one.path}" for one in found if one.methods == {"HEAD"}
    }


@pytest.mark.parametrize("role", MemberRole)
async def test_a_role_is_let_in_where_the_table_says_and_nowhere_else(ask, role):
    answers = {route: await ask(route, role.value) for route in WORD}
    wrong = {r: s for r, s in answers.items() if (s in REFUSED) != (WORD[r] not in MAY[role]) or s >= 500}
    assert wrong == {}


async def test_the_table_has_every_route_that_an_owner_may_ask_and_a_stranger_may_not(house, ask):
    routes = routes_of(house)
    assert set(WORD) <= routes
    closed = [route for route in routes if await ask(route, "") in REFUSED]
    assert {route for route in closed if await ask(route, "owner") not in REFUSED} == set(WORD)


async def test_the_description_of_the_api_says_the_same(house):
    for path, methods in describe(house.routes())["paths"].items():
        for method, operation in methods.items():
            route = f"{method.upper()} {path}"
            told = {
                kind: {word for one in operation.get("security", ()) for word in one.get(kind, ())}
                - {"editor", "operator"}
                for kind in ("session", "token")
            }
            word = {WORD[route]} if route in WORD else set()
            assert told == {"session": word, "token": word - {"members"}}, route


def test_every_word_is_somebodys_and_opens_something():
    assert set(TABLE) == {word for may in MAY.values() for word in may}
