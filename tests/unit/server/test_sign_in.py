import itertools

import pytest
from httpx import ASGITransport, AsyncClient
from sqlalchemy import update
from starlette.authentication import requires
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from kernel.errors import Conflict, RoadcastError
from server import sign_in as sign_in_module
from server import sign_in_pages
from server.account import Role
from server.adapters.redis_attempts import RedisAttempts
from server.adapters.sql_accounts import SqlAccounts
from server.adapters.tables import accounts, metadata
from server.app import build_app
from server.chance import SystemClock
from server.pages import StartFacts, build_templates
from server.settings import Settings
from server.sign_in import (
    ATTEMPTS_PER_NAME,
    ChangeAccount,
    CreateAccount,
    SessionBackend,
    SignIn,
    SignInRefused,
)

PASSWORD = "correct horse battery"


@pytest.fixture
def kept(database, clock, new_id):
    metadata.create_all(database)
    found = SqlAccounts(database)
    CreateAccount(found, clock, new_id)("Zoe", PASSWORD, Role.ADVERTISER, organisation_id="adv_1")
    return found


@pytest.fixture
def sign_in(kept, aredis):
    return SignIn(kept, RedisAttempts(aredis))


async def test_the_right_password(sign_in):
    account = await sign_in(" ZOE ", PASSWORD, "192.0.2.1")
    assert (account.name, account.role, account.organisation_id) == ("zoe", Role.ADVERTISER, "adv_1")
    assert account.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("name", "password"), [("zoe", "wrong"), ("nobody", PASSWORD), ("", PASSWORD), ("zoe", "")]
)
async def test_a_refusal_does_not_tell_which_part_was_wrong(sign_in, name, password):
    with pytest.raises(SignInRefused) as caught:
        await sign_in(name, password, "192.0.2.1")
    assert caught.value.code == "sign-in-refused"


async def test_guessing_is_stopped_even_with_the_right_password(sign_in):
    for _ in range(ATTEMPTS_PER_NAME):
        with pytest.raises(SignInRefused):
            await sign_in("zoe", "wrong", "192.0.2.1")
    with pytest.raises(SignInRefused) as caught:
        await sign_in("zoe", PASSWORD, "192.0.2.2")
    assert caught.value.code == "sign-in-too-often"


async def test_a_success_wipes_the_slate(sign_in, aredis):
    for _ in range(ATTEMPTS_PER_NAME - 1):
        with pytest.raises(SignInRefused):
            await sign_in("zoe", "wrong", "192.0.2.1")
    await sign_in("zoe", PASSWORD, "192.0.2.1")
    with pytest.raises(SignInRefused) as caught:
        await sign_in("zoe", "wrong", "192.0.2.1")
    assert caught.value.code == "sign-in-refused"
    keys = b" ".join(await aredis.keys("*"))
    assert b"zoe" not in keys
    assert b"192.0.2.1" not in keys


def test_names_are_unique(kept, clock, new_id):
    with pytest.raises(Conflict):
        CreateAccount(kept, clock, new_id)("ZOE", PASSWORD, Role.EDITOR)


@pytest.fixture
def sessions(kept):
    return SessionBackend(kept)


@pytest.fixture
async def client(sessions, sign_in, tmp_path, monkeypatch):
    monkeypatch.setattr(sign_in_module, "_REMEMBER_S", 0.0)
    templates = build_templates()

    @requires("advertiser")
    async def private(request):
        user = request.user
        return PlainTextResponse(f"{user.display_name} {user.organisation_id} {sorted(request.auth.scopes)}")

    routes = [Route("/private", private), *sign_in_pages.routes(templates, sign_in, StartFacts)]
    settings = Settings.from_environ({"ROADCAST_DATA_DIR": str(tmp_path)})
    app = build_app(settings, routes, templates, sessions)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as found:
        yield found


async def test_in_and_out_again(client):
    page = await client.get("/private", headers={"Accept": "text/html"})
    assert page.headers["location"] == "/sign-in?next=%2Fprivate"
    form = {"name": "zoe", "password": PASSWORD, "next": "/private"}
    answer = await client.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/private")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert (
        await client.get("/private")
    ).text == "Zoe adv_1 ['advertiser', 'booking', 'invoices', 'members', 'redeem', 'reports']"
    assert (await client.post("/sign-out")).status_code == 303
    assert (await client.get("/private")).status_code == 401


async def test_a_wrong_password_keeps_the_name_typed(client):
    answer = await client.post("/sign-in", data={"name": "zoe<", "password": "wrong"})
    assert answer.status_code == 403
    assert "zoe&lt;" in answer.text
    assert "wrong" not in answer.text


async def test_a_new_password_ends_older_sessions(client, database):
    await client.post("/sign-in", data={"name": "zoe", "password": PASSWORD})
    assert (await client.get("/private")).status_code == 200
    with database.begin() as connection:
        connection.execute(update(accounts).values(password_hash="$argon2id$another"))
    assert (await client.get("/private")).status_code == 401


async def test_a_forged_cookie_is_a_strangers(client):
    client.cookies.set("roadcast_session", "eyJhY2NvdW50X2lkIjogImFjY18xIn0=.aaaa.bbbb")
    assert (await client.get("/private")).status_code == 401


def changing(kept, told):
    return ChangeAccount(kept, told.append, SystemClock())


def test_a_changed_account_is_another_and_is_announced(kept):
    told = []
    before = kept.by_name("zoe")
    after = changing(kept, told)("ZOE", role=Role.EDITOR, display_name="Zoé")
    assert kept.by_name("zoe") == after
    assert (after.role, after.display_name, after.organisation_id) == (Role.EDITOR, "Zoé", "")
    assert after.fingerprint != before.fingerprint
    assert told == ["accounts"]


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("nobody", {"role": Role.EDITOR}, "account-unknown"),
        ("zoe", {"password": "short"}, "password-too-short"),
        ("leo", {"role": Role.ADVERTISER}, "advertiser-missing"),
        ("max", {"role": Role.EDITOR}, "last-operator"),
    ],
)
def test_a_change_that_may_not_be(kept, clock, name, change, code):
    more = itertools.count(10)
    create = CreateAccount(kept, clock, lambda prefix: f"{prefix}_{next(more)}")
    create("Leo", PASSWORD, Role.EDITOR)
    create("Max", PASSWORD, Role.OPERATOR)
    before, told = kept.all(), []
    with pytest.raises(RoadcastError) as caught:
        changing(kept, told)(name, **change)
    assert caught.value.code == code
    assert (kept.all(), told) == (before, [])


def test_the_only_operator_is_not_removed(kept, clock):
    CreateAccount(kept, clock, lambda prefix: f"{prefix}_max")("Max", PASSWORD, Role.OPERATOR)
    with pytest.raises(Conflict):
        changing(kept, []).remove("max")
    changing(kept, []).remove("zoe")
    assert [account.name for account in kept.all()] == ["max"]


@pytest.mark.parametrize("change", ["role", "password", "remove"])
async def test_sessions_end_at_once_with_what_they_began_under(client, kept, sessions, monkeypatch, change):
    monkeypatch.setattr(sign_in_module, "_REMEMBER_S", 3600.0)
    await client.post("/sign-in", data={"name": "zoe", "password": PASSWORD})
    assert (await client.get("/private")).status_code == 200
    verb = ChangeAccount(
        kept, lambda topic: sessions.refresh() if topic == sessions.topic else None, SystemClock()
    )
    if change == "remove":
        verb.remove("zoe")
    else:
        verb("zoe", **{"role": {"role": Role.OPERATOR}, "password": {"password": "another long one"}}[change])
    assert (await client.get("/private")).status_code == 401
