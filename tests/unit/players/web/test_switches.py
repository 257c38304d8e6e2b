"""Switches over HTTP: who may look, what is found, and forgetting them."""

import re
from datetime import timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware

from kernel.clock import from_ms
from players.adapters.sql_switches import SqlSwitches
from players.feed import driving_state
from players.feed.evidence import Condition
from players.feed.head_unit import Vehicle
from players.feed.record_switch import Cause
from players.feed.switch import SPEED_FACTS, KeptSwitch
from players.web import switches, wording
from server.errors import exception_handlers
from server.languages import Catalog
from server.pages import ROOT, build_templates
from tests.players.house import DRIVING, PARKED


class ByHeader(AuthenticationBackend):
    async def authenticate(self, connection):
        scopes = connection.headers.get("x-scopes", "").split()
        return (AuthCredentials(scopes), SimpleUser("someone")) if scopes else None


@pytest.fixture
def records(house, database) -> SqlSwitches:
    return SqlSwitches(database)


@pytest.fixture
async def client(house, records):
    templates = build_templates()
    app = Starlette(
        routes=switches.routes(records, house.recognise, templates),
        middleware=[Middleware(AuthenticationMiddleware, backend=ByHeader())],
        exception_handlers=exception_handlers(templates),
    )
    headers = {"x-scopes": "operator", "accept-language": "en"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as found:
        yield found


@pytest.fixture
async def driven(house, records) -> str:
    """A drive of ``veh_1``: parked, off, and out of reach; its credential."""
    _, credential = house.unit()
    feed = house.feed()
    await house.park(feed)
    house.clock.advance(1)
    await house.tell(feed, DRIVING)
    house.clock.advance(60)
    await house.tell(feed, PARKED)
    assert records.add([KeptSwitch(f"sw_{n:02}", one) for n, one in enumerate(house.left)]) == 5
    return credential


RULES = [
    "agreeing-for-less-than-three-seconds",
    "speed-stale",
    "is-moving",
    "gear-in-park",
    "agreeing-for-less-than-three-seconds",
]


async def found(client, **query) -> list[str]:
    answer = await client.get("/v1/switches", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return [one["rule"] for one in answer.json()["switches"]]


@pytest.mark.parametrize("scopes", ["", "editor", "advertiser", "editor advertiser"])
@pytest.mark.parametrize("path", ["/v1/switches", "/switches"])
async def test_nobody_but_operators_may_look(client, driven, scopes, path):
    answer = await client.get(path, headers={"x-scopes": scopes})
    assert answer.status_code == (403 if scopes else 401)
    assert "veh_1" not in answer.text


async def test_a_head_units_credential_opens_nothing(client, driven):
    headers = {"x-scopes": "", "authorization": f"Bearer {driven}"}
    assert (await client.get("/v1/switches", headers=headers)).status_code == 401


async def test_all_of_a_drive_with_its_grounds(client, driven, house):
    assert await found(client) == RULES
    moving = (await client.get("/v1/switches", params={"state": "moving"})).json()["switches"]
    (one,) = moving
    assert (one["vehicle_id"], one["cause"], one["market"], one["policy"]) == ("veh_1", "report", "FR", "FR")
    assert "R412-6-2" in one["source"]
    assert one["signals"]["Vehicle.Speed"] == {"fact": "above-1-km/h", "age_ms": 0}
    assert one["at_ms"] == house.clock.now_ms() - 60_000


async def test_no_speed_and_no_position_is_told(client, driven):
    text = (await client.get("/v1/switches")).text + (await client.get("/switches")).text
    assert "42.5" not in text
    assert "Latitude" not in text


async def test_searching(client, driven, house):
    now_ms = house.clock.now_ms()
    assert await found(client, vehicle="veh_2") == []
    assert await found(client, vehicle="veh_1") == RULES
    assert await found(client, cause="silence") == ["speed-stale"]
    assert await found(client, rule="gear-in-park") == ["gear-in-park"]
    assert await found(client, market="fr", state="parked") == ["gear-in-park"]
    assert await found(client, since_ms=now_ms) == RULES[:1]
    assert await found(client, until_ms=now_ms) == RULES[1:]


async def test_pages_follow_each_other(client, driven):
    rules, after = [], ""
    for _ in range(5):
        answer = (await client.get("/v1/switches", params={"limit": 2, "after": after})).json()
        rules += [one["rule"] for one in answer["switches"]]
        after = answer["next"]
        if after is None:
            break
    assert rules == RULES


@pytest.mark.parametrize(
    "query",
    [
        {"state": "flying"},
        {"rule": "is-moving'--"},
        {"cause": "whim"},
        {"market": "FRA"},
        {"limit": 0},
        {"limit": 501},
        {"since_ms": -1},
        {"until_ms": 10**18},
        {"after": "yesterday"},
        {"limit": "many"},
    ],
)
async def test_what_is_not_understood_is_refused(client, driven, query):
    answer = await client.get("/v1/switches", params=query)
    assert answer.status_code == 422, answer.text


async def test_the_page_shows_them_in_the_readers_language(client, driven):
    english = (await client.get("/switches")).text
    assert "Its speed is above 1 km/h." in english  # among the rules to choose
    assert "The car says that it moves." in english
    assert "Code de la route R412-6-2" in english
    french = (await client.get("/switches", headers={"accept-language": "fr"})).text
    assert "La voiture dit qu’elle roule." in french
    assert "Le silence de la voiture" in french


async def test_the_page_searches_and_goes_on(client, driven, monkeypatch):
    monkeypatch.setattr(switches, "PAGE", 2)
    seen, address = [], "/switches?vehicle=veh_1&since=2026-06-15T10:00&state="
    for _ in range(5):
        page = (await client.get(address)).text
        seen += re.findall(r"<code>([a-z-]+)</code>", page)
        following = re.search(r'href="(/switches\?[^"]*after=[^"]*)"', page)
        if following is None:
            break
        address = following[1].replace("&amp;", "&")
        assert "vehicle=veh_1" in urlsplit(address).query
    assert seen == RULES
    none = (await client.get("/switches", params={"until": "2026-06-15T10:00"})).text
    assert "No switch matches." in none


@pytest.mark.parametrize("query", [{"since": "soon"}, {"after": "x"}, {"market": "<b>x"}, {"rule": "x"}])
async def test_the_page_says_what_it_does_not_understand(client, query):
    answer = await client.get("/switches", params=query)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "<b>x" not in answer.text


async def test_an_owner_has_them_erased_and_nobody_elses(client, driven, house, records):
    house.register(Vehicle("veh_2", "Another"))
    headers = {"x-scopes": "", "authorization": f"Bearer {driven}"}
    other = await client.delete("/v1/vehicles/veh_2/switches", headers=headers)
    assert (other.status_code, other.json()["code"]) == (403, "vehicle-of-other")
    assert (await client.delete("/v1/vehicles/veh_1/switches")).status_code == 401
    assert await found(client) == RULES
    gone = await client.delete("/v1/vehicles/veh_1/switches", headers=headers)
    assert gone.status_code == 204
    assert await found(client) == []


def test_everything_that_is_coded_has_its_words_in_both_languages():
    rules = {rule for rule, *_ in driving_state.TABLE} | {driving_state.SETTLING}
    assert set(wording.RULES) == rules
    assert set(wording.STATES) == {state.value for state in driving_state.DrivingState}
    assert set(wording.CAUSES) == {cause.value for cause in Cause}
    assert set(wording.CONDITIONS) == {condition.value for condition in Condition}
    assert set(SPEED_FACTS) <= set(wording.FACTS)
    catalog = Catalog.read([ROOT / "players" / "web" / "locales" / "fr.toml"])
    for words in (wording.RULES, wording.STATES, wording.CAUSES, wording.CONDITIONS, wording.FACTS):
        for text in words.values():
            assert catalog.knows(text), text
            assert catalog.translate("fr", text) != text, text


async def test_a_span_that_ends_before_it_begins_is_told(client, driven):
    operator = {"x-scopes": "operator"}
    answer = await client.get("/v1/switches?since_ms=2000&until_ms=1000", headers=operator)
    assert (answer.status_code, answer.json()["code"]) == (422, "switches-query-invalid")
    assert "before it begins" in answer.json()["detail"]
    page = "/switches?since=2026-06-02T10:00&until=2026-06-01T10:00"
    shown = await client.get(page, headers=operator | {"accept-language": "fr"})
    assert shown.status_code == 422
    assert "La fin précède le début" in shown.text
    assert "data-reader-zone>UTC" in (await client.get("/switches", headers=operator)).text


async def test_times_are_searched_for_in_the_readers_zone(client, records, driven):
    newest = (await client.get("/v1/switches")).json()["switches"][0]["at_ms"]
    here = from_ms(newest).astimezone(ZoneInfo("Pacific/Auckland"))
    span = {"since": f"{here:%Y-%m-%dT%H:%M}", "until": f"{here + timedelta(minutes=1):%Y-%m-%dT%H:%M}"}
    assert "<time" in (await client.get("/switches", params=span | {"tz": "Pacific/Auckland"})).text
    assert "<time" not in (await client.get("/switches", params=span)).text

    refused = await client.get(
        "/switches", params=span | {"tz": "Mars/Utopia"}, headers={"accept-language": "fr"}
    )
    assert refused.status_code == 422
    assert "Ce fuseau horaire n’existe pas." in refused.text
