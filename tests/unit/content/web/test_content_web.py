"""The routes over HTTP, with the server's own errors, templates and languages."""

import re
import tomllib

import httpx
import pytest
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.schemas import SchemaGenerator

from content.add_uploaded import AddUploaded
from content.list_library import ListChannels, ListItems, ListLibrary
from content.partner_item import ItemDraft, ItemKind
from content.read_guide import ReadGuide
from content.schedule import ProgrammeEntry
from content.web import editing, pages, public, wording
from content.web.editing import EditingVerbs
from content.web.pages import PageVerbs
from kernel.errors import Invalid
from server.errors import exception_handlers
from server.pages import ROOT, build_templates, static_routes

WEB = ROOT / "content" / "web"


class Reader(SimpleUser):
    account_id = "acc_1"


class ByHeader(AuthenticationBackend):
    """Whoever sends ``X-Scopes`` has them."""

    async def authenticate(self, conn):
        scopes = conn.headers.get("x-scopes", "").split()
        return (AuthCredentials(scopes), Reader("Ada")) if scopes else None


@pytest.fixture
def routes(room):
    async def admit(owner, upload_id):
        if upload_id == "upl_text":
            raise Invalid("media-no-media", "Not a film.", fix="Bring one.")
        return room.assets.find(room.asset(upload_id.partition("_")[2]))

    library = ListLibrary(room.programmes, room.channels, room.assets)
    return [
        *public.routes(room.load, ReadGuide(room.load, room.clock)),
        *editing.routes(
            EditingVerbs(
                AddUploaded(admit, room.add_programme),
                AddUploaded(admit, room.add_item),
                room.create_channel,
                room.edit,
                library,
            )
        ),
        *pages.routes(
            build_templates(),
            PageVerbs(library, ListItems(room.items, room.assets), ListChannels(room.channels), room.edit),
        ),
        *static_routes(),
    ]


@pytest.fixture
async def http(routes):
    app = Starlette(
        routes=routes,
        middleware=[Middleware(AuthenticationMiddleware, backend=ByHeader())],
        exception_handlers=exception_handlers(build_templates()),
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", headers={"X-Scopes": "editor"}
    ) as client:
        yield client


async def test_channels_guide_and_items_are_public(http, room):
    one = room.programme("one", 40)
    channel = room.channel(ProgrammeEntry(one.programme_id))
    item = room.add_item(room.asset("song", 30), ItemDraft("Radio", "Song", ItemKind.MUSIC))
    http.headers.pop("X-Scopes")
    channels = (await http.get("/v1/channels")).json()
    assert channels == {
        "default_channel_id": channel.channel_id,
        "channels": [{"channel_id": channel.channel_id, "slug": "atelier", "name": "Atelier TV"}],
    }
    guide = (await http.get(f"/v1/channels/{channel.channel_id}/guide?count=3")).json()
    assert [entry["title"] for entry in guide["entries"]] == ["one"] * 3
    assert guide["entries"][0]["ends_at_ms"] == guide["entries"][1]["starts_at_ms"]
    [shown] = (await http.get("/v1/items")).json()["items"]
    assert shown == {
        "item_id": item.item_id,
        "partner": "Radio",
        "title": "Song",
        "kind": "music",
        "duration_ms": 57_100,
        "poster_url": "/v1/assets/ast_song/poster.jpg",
    }


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("chn_nobody/guide", 404, "channel-unknown"),
        ("chn_nobody/guide?count=0", 422, "count-out-of-range"),
        ("chn_nobody/guide?count=51", 422, "count-out-of-range"),
        ("chn_nobody/guide?count=-1", 422, "count-malformed"),
        ("chn_nobody/guide?count=two", 422, "count-malformed"),
        ("chn_nobody/schedule", 404, "channel-unknown"),
    ],
)
async def test_what_cannot_be_answered_is_named(http, query, status, code):
    answer = await http.get(f"/v1/channels/{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("scopes", ["", "advertiser"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/programmes"),
        ("POST", "/v1/programmes"),
        ("POST", "/v1/items"),
        ("POST", "/v1/channels"),
        ("GET", "/v1/channels/chn_1/schedule"),
        ("PUT", "/v1/channels/chn_1/schedule"),
        ("POST", "/v1/channels/chn_1/schedule/preview"),
        ("GET", "/editor"),
        ("GET", "/editor/upload"),
        ("GET", "/editor/schedule"),
        ("GET", "/editor/items"),
    ],
)
async def test_only_editors_edit(http, scopes, method, path):
    answer = await http.request(method, path, headers={"X-Scopes": scopes}, json={})
    assert answer.status_code == 403


async def test_from_upload_to_schedule(http, room):
    channel = (await http.post("/v1/channels", json={"name": "Canal", "slug": "canal"})).json()
    body = {"upload_id": "upl_9", "title": "La côte", "category": "travel"}
    made = await http.post("/v1/programmes", json=body)
    assert made.status_code == 201
    programme_id = made.json()["programme_id"]
    [listed] = (await http.get("/v1/programmes")).json()["programmes"]
    assert (listed["state"], listed["scheduled"], listed["duration_ms"]) == ("queued", False, 0)
    url = f"/v1/channels/{channel['channel_id']}/schedule"
    save = {"version": 1, "entries": [{"kind": "programme", "programme_id": programme_id}, {"kind": "break"}]}
    refused = await http.put(url, json=save)
    assert (refused.status_code, refused.json()["code"]) == (409, "asset-not-ready")
    room.make_ready("ast_9", 40)
    preview = await http.post(f"{url}/preview", json={"entries": save["entries"], "start": "soon"})
    assert [slot["title"] for slot in preview.json()["rundown"][:2]] == ["", "La côte"]
    saved = await http.put(url, json=save)
    assert saved.json()["version"] == 2
    again = await http.put(url, json=save)
    assert (again.status_code, again.json()["code"]) == (409, "schedule-changed")
    read = (await http.get(url)).json()
    assert read["entries"][1] == {"kind": "break", "segments": 16}
    assert (await http.get("/v1/programmes")).json()["programmes"][0]["scheduled"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/programmes", {"upload_id": "upl_1", "title": ""}, 422, "programme-invalid"),
        ("/v1/programmes", {"upload_id": "upl_1", "title": "x", "category": "war"}, 422, "body-invalid"),
        ("/v1/programmes", {"upload_id": "upl_text", "title": "x"}, 422, "media-no-media"),
        ("/v1/items", {"upload_id": "upl_1", "partner": "", "title": "x"}, 422, "item-invalid"),
        ("/v1/items", {"upload_id": "upl_1", "partner": "p", "title": "x", "more": 1}, 422, "body-invalid"),
        ("/v1/channels", {"name": "A", "slug": "Été"}, 422, "channel-invalid"),
        ("/v1/channels/c/schedule/preview", {"entries": [{"kind": "film"}]}, 422, "body-invalid"),
    ],
)
async def test_bad_bodies_are_refused_and_keep_nothing(http, room, path, body, status, code):
    answer = await http.post(path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert room.programmes.newest(5) == []
    assert room.items.newest(5) == []
    assert room.channels.all() == []


async def test_empty_pages_say_what_to_do_next(http):
    assert "Upload the first programme" in (await http.get("/editor")).text
    assert "There is no channel yet" in (await http.get("/editor/schedule")).text
    assert "There is no partner item yet" in (await http.get("/editor/items")).text


async def test_pages_show_states_and_escape_what_people_wrote(http, room):
    channel = room.channel()
    room.programme("<script>alert(1)</script>", 40)
    room.programme("two", schedule_on=channel.channel_id)
    room.programme("three")
    room.assets.fail("ast_three", ("media-undecodable",))
    library = (await http.get("/editor", headers={"Accept-Language": "fr"})).text
    assert "&lt;script&gt;alert(1)" in library
    assert "<script>alert(1)" not in library
    for words in (
        "Prêt",
        "En attente",
        "Échec",
        "Rien dans le fichier n’a pu être décodé",
        "Rejoint la grille",
    ):
        assert words in library
    schedule = (await http.get(f"/editor/schedule?channel={channel.channel_id}")).text
    assert "<script>alert(1)" not in schedule
    assert (await http.get("/editor/schedule?channel=chn_nobody")).status_code == 404


async def test_no_page_needs_inline_script_or_style(http, room):
    room.channel()
    for path in ("/editor", "/editor/upload", "/editor/schedule", "/editor/items"):
        text = (await http.get(path)).text
        assert not re.search(r"\sstyle=|\son\w+=|<style", text)
        assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", text))
        for static in re.findall(r'"(/static/content/[^"]+)"', text):
            assert (await http.get(static)).status_code == 200


def test_every_sentence_is_in_french():
    french = tomllib.loads((WEB / "locales" / "fr.toml").read_text("utf-8"))
    shared = tomllib.loads((ROOT / "server" / "locales" / "fr.toml").read_text("utf-8"))
    said = set(wording.PROBLEMS.values()) | set(wording.SCRIPT_TEXTS)
    for words in (wording.CATEGORIES, wording.KINDS, wording.LANGUAGES):
        said |= set(words.values())
    said |= {word for _, word in wording.STATES.values()}
    for template in WEB.rglob("*.html"):
        said |= {s for _, s in re.findall(r"""_\((["'])(.*?)\1[,)]""", template.read_text("utf-8"))}
    assert said - french.keys() - shared.keys() == set()
    for english, text in french.items():
        holes = re.compile(r"%\(\w+\)s")
        assert sorted(holes.findall(english)) == sorted(holes.findall(text)), english


def test_every_text_of_the_scripts_is_listed():
    for script in (WEB / "static").glob("*.js"):
        for text in re.findall(r'\bt\("(.*?)"[,)]', script.read_text("utf-8")):
            assert text in wording.SCRIPT_TEXTS, f"{script.name}: {text}"


def test_every_api_route_is_described(routes):
    schema = SchemaGenerator({"openapi": "3.1.0"}).get_schema(routes)
    described = {(method, path) for path, methods in schema["paths"].items() for method in methods}
    served = {
        (method.lower(), route.path)
        for route in routes
        if getattr(route, "include_in_schema", False)
        for method in (getattr(route, "methods", None) or set()) - {"HEAD"}
    }
    assert served == described
    assert all(o["summary"] and o["responses"] for ops in schema["paths"].values() for o in ops.values())
