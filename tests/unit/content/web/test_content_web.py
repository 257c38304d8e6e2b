"""The routes over HTTP, with the server's own errors, templates and languages."""

import re
import tomllib

import pytest
from starlette.schemas import SchemaGenerator

from content.channels.channel import ChannelDraft
from content.channels.plan import ProgrammeEntry
from content.guide.read_guide import ReadGuide
from content.guide.xmltv import Site
from content.library.add_uploaded import AddUploaded
from content.library.list_library import ListChannels, ListItems, ListLibrary
from content.library.partner_item import ItemDraft, ItemKind
from content.web import editing, exports, guide, library, logos, pages, public, wording
from content.web.editing import EditingVerbs
from content.web.library import LibraryVerbs
from content.web.pages import PageVerbs
from content.web.script_texts import SCRIPT_TEXTS
from content.web.turns import Turn
from kernel.errors import Invalid
from server.pages import ROOT, build_templates, static_routes
from tests.media.pictures import picture
from tests.signed_in import client_of

WEB = ROOT / "content" / "web"


@pytest.fixture
def routes(room):
    async def admit(owner, upload_id, *, film=False):
        if upload_id == "upl_text":
            raise Invalid("media-no-media", "Not a film.", fix="Bring one.")
        return room.assets.find(room.asset(upload_id.partition("_")[2]))

    list_library = ListLibrary(room.programmes, room.channels, room.assets)
    turn = Turn(1)
    return [
        *public.routes(room.load),
        *guide.routes(ReadGuide(room.load, room.clock), turn),
        *exports.routes(room.load, Site("https://tv.example"), room.clock, turn),
        *logos.routes(room.load, room.change_logo),
        *editing.routes(
            EditingVerbs(room.create_channel, room.edit, room.change_channel, room.remove_channel)
        ),
        *library.routes(
            LibraryVerbs(
                add_programme=AddUploaded(admit, room.add_programme),
                edit_programme=room.edit_programme,
                withdraw_programme=room.withdraw_programme,
                list_library=list_library,
                add_item=AddUploaded(admit, room.add_item),
                edit_item=room.edit_item,
            )
        ),
        *pages.routes(
            build_templates(),
            PageVerbs(
                list_library=list_library,
                list_items=ListItems(room.items, room.assets),
                list_channels=ListChannels(room.channels),
                change_channel=room.change_channel,
                edit_programme=room.edit_programme,
                edit_item=room.edit_item,
                account_name=lambda account_id: account_id.removeprefix("acc_"),
            ),
        ),
        *static_routes(),
    ]


@pytest.fixture
async def http(routes):
    async with client_of(routes, "editor") as client:
        yield client


async def test_channels_guide_and_items_are_public(http, room):
    one = room.programme("one", 40)
    channel = room.channel(ProgrammeEntry(one.programme_id))
    item = room.add_item(room.asset("song", 30), ItemDraft("Radio", "Song", ItemKind.MUSIC))
    http.headers.pop("X-Scopes")
    channels = (await http.get("/v1/channels")).json()
    assert channels == {
        "default_channel_id": channel.channel_id,
        "channels": [
            {
                "channel_id": channel.channel_id,
                "slug": "atelier",
                "name": "Atelier TV",
                "logo_url": f"/v1/channels/{channel.channel_id}/logo.svg",
            }
        ],
    }
    assert (await http.get("/v1/channels?market=FR")).json() == channels
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
        ("PUT", "/v1/channels/chn_1/logo"),
        ("DELETE", "/v1/channels/chn_1/logo"),
        ("GET", "/editor/channels"),
        ("GET", "/v1/channels/chn_1/schedule"),
        ("PUT", "/v1/channels/chn_1/schedule"),
        ("POST", "/v1/channels/chn_1/schedule/preview"),
        ("GET", "/v1/programmes/prg_1"),
        ("PUT", "/v1/programmes/prg_1"),
        ("DELETE", "/v1/programmes/prg_1"),
        ("PUT", "/v1/items/itm_1"),
        ("DELETE", "/v1/items/itm_1"),
        ("GET", "/editor/programmes/prg_1"),
        ("GET", "/editor/items/itm_1"),
        ("GET", "/editor"),
        ("GET", "/editor/upload"),
        ("GET", "/editor/schedule"),
        ("GET", "/editor/items"),
    ],
)
async def test_only_editors_edit(http, scopes, method, path):
    answer = await http.request(method, path, headers={"X-Scopes": scopes}, json={})
    assert answer.status_code == (403 if scopes else 401)


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
    assert saved.json() == {"version": 2, "starts_at_ms": preview.json()["starts_at_ms"]}
    again = await http.put(url, json=save)
    assert (again.status_code, again.json()["code"]) == (409, "schedule-changed")
    read = (await http.get(url)).json()
    assert read["entries"][1] == {"kind": "break", "segments": 16}
    assert (await http.get("/v1/programmes")).json()["programmes"][0]["scheduled"]


FACTS = {
    "title": "La côte, l’hiver",
    "synopsis": "Une route.",
    "category": "travel",
    "language": "fr-BE",
    "kind": "programme",
    "advisory": "10",
    "for_children": True,
    "series_title": "Routes",
    "season": 2,
    "episode": 7,
    "year": 2025,
    "credits": [{"role": "director", "name": "Ada Roux"}, {"role": "actor", "name": "Lou Bel"}],
    "rights": {
        "window": {"from_ms": 1_700_000_000_000, "until_ms": 1_800_000_000_000},
        "territories": {"codes": ["BE", "FR"]},
        "catch_up_days": 7,
    },
}


async def test_a_programme_is_corrected_and_who_did_it_is_kept(http, room):
    one = room.programme("one", 40)
    url = f"/v1/programmes/{one.programme_id}"
    changed = await http.put(url, json=FACTS)
    assert changed.status_code == 200
    assert changed.json().items() >= FACTS.items()
    again = await http.put(url, json=FACTS)
    assert again.json() == changed.json()
    read = (await http.get(url)).json()
    assert read["programme"] == changed.json()
    [change] = read["history"]
    assert (change["actor"], change["action"]) == ("acc_1", "programme-changed")
    assert change["at_ms"] == room.clock.now_ms()
    assert change["detail"]["title"] == ["one", FACTS["title"]]
    assert change["detail"]["season"] == [None, 2]
    page = (await http.get(f"/editor/programmes/{one.programme_id}", headers={"Accept-Language": "fr"})).text
    assert "· 1<" in page
    for words in ("La côte, l’hiver", "fr-BE", "Ada Roux", "BE FR", "déconseillé aux moins de 10", "Modifié"):
        assert words in page


async def test_a_programme_comes_with_all_that_is_known_of_it(http):
    made = await http.post("/v1/programmes", json=FACTS | {"upload_id": "upl_1"})
    assert made.status_code == 201
    assert made.json().items() >= FACTS.items()


async def test_a_scheduled_programme_stays_until_its_schedule_has_changed(http, room, clock):
    one, two = room.programme("one", 40), room.programme("two", 40)
    channel = room.channel(ProgrammeEntry(one.programme_id))
    url = f"/v1/programmes/{one.programme_id}"
    refused = await http.delete(url)
    assert (refused.status_code, refused.json()["code"]) == (409, "programme-scheduled")
    assert "Atelier TV" in refused.json()["detail"]
    assert refused.json()["fields"] == {"channels": "Atelier TV"}
    room.edit("acc_1", channel.channel_id, 1, [ProgrammeEntry(two.programme_id)])
    assert (await http.delete(url)).status_code == 409  # it is still on air
    clock.advance(120)
    assert (await http.delete(f"/v1/programmes/{two.programme_id}")).status_code == 409
    assert (await http.delete(url)).status_code == 204
    assert [p["title"] for p in (await http.get("/v1/programmes")).json()["programmes"]] == ["two"]
    for gone in (await http.delete(url), await http.put(url, json=FACTS), await http.get(url)):
        assert (gone.status_code, gone.json()["code"]) == (404, "programme-not-found")
    again = {"version": 2, "entries": [{"kind": "programme", "programme_id": one.programme_id}]}
    saved = await http.put(f"/v1/channels/{channel.channel_id}/schedule", json=again)
    assert (saved.status_code, saved.json()["code"]) == (422, "programme-unknown")
    assert [entry.action for entry in room.audit.of(one.programme_id, 5)] == ["programme-withdrawn"]


async def test_the_page_of_a_programme_tells_that_it_was_refused_by_its_schedule(http, room, clock):
    channel = room.channel()
    one = room.programme("one", schedule_on=channel.channel_id)
    url = f"/v1/programmes/{one.programme_id}"
    over = FACTS | {"rights": {"window": {"until_ms": clock.now_ms() - 1}}}
    assert (await http.put(url, json=over)).status_code == 200
    room.make_ready("ast_one", 40)
    assert room.publish() == []
    page = f"/editor/programmes/{one.programme_id}"
    shown = (await http.get(page, headers={"Accept-Language": "fr"})).text
    assert "Il n’est pas entré dans la grille de Atelier TV" in shown
    assert "Ses droits" in shown
    assert "Roadcast lui-même" in shown
    assert (await http.put(url, json=FACTS)).status_code == 200
    assert "It did not join" not in (await http.get(page)).text


async def test_a_withdrawn_programme_no_longer_waits_to_join_a_schedule(http, room):
    channel = room.channel()
    waiting = room.programme("one", schedule_on=channel.channel_id)
    assert (await http.delete(f"/v1/programmes/{waiting.programme_id}")).status_code == 204
    room.make_ready("ast_one", 40)
    assert room.publish() == []


async def test_an_item_is_corrected_and_withdrawn(http, room):
    item = room.add_item(room.asset("song", 30), ItemDraft("Radio", "Song", ItemKind.MUSIC))
    url = f"/v1/items/{item.item_id}"
    body = {"partner": "Fjord FM", "title": "Chant", "kind": "podcast", "for_children": True}
    assert (await http.put(url, json=body)).json().items() >= body.items()
    assert (await http.get("/v1/items")).json()["items"][0]["title"] == "Chant"
    assert room.load().items[item.item_id].for_children
    page = (await http.get(f"/editor/items/{item.item_id}")).text
    assert "Fjord FM" in page
    assert 'name="for_children" type="checkbox" data-as="flag" checked' in page
    assert (await http.delete(url)).status_code == 204
    assert (await http.get("/v1/items")).json()["items"] == []
    assert room.load().withdrawn == {item.item_id}
    for gone in (await http.delete(url), await http.put(url, json=body)):
        assert (gone.status_code, gone.json()["code"]) == (404, "item-not-found")
    told = room.audit.of(item.item_id, 5)
    assert [entry.action for entry in told] == ["item-withdrawn", "item-changed"]
    assert told[1].detail["kind"] == ["music", "podcast"]


async def test_sound_alone_does_not_become_a_video(http, room):
    song = room.asset("song")
    room.make_ready(song, 30, has_picture=False)
    item = room.add_item(song, ItemDraft("Radio", "Song", ItemKind.MUSIC))
    body = {"partner": "Radio", "title": "Song", "kind": "video"}
    refused = await http.put(f"/v1/items/{item.item_id}", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "picture-needed")
    assert set(refused.json()["fields"]) == {"kind"}
    assert room.items.get(item.item_id) == item


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/programmes", {"upload_id": "upl_1", "title": "x", "year": "old"}, 422, "body-invalid"),
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
    one = room.programme("one", 40).programme_id
    item = room.add_item(room.asset("song", 30), ItemDraft("Radio", "Song", ItemKind.MUSIC)).item_id
    below = (f"programmes/{one}", f"programmes/{one}/cues", f"items/{item}", "upload", "schedule", "items")
    for path in ("/editor", *(f"/editor/{name}" for name in below)):
        text = (await http.get(path)).text
        assert not re.search(r"\sstyle=|\son\w+=|<style", text)
        assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", text))
        for static in re.findall(r'"(/static/content/[^"]+)"', text):
            assert (await http.get(static)).status_code == 200, static


def test_every_sentence_is_in_french():
    french = tomllib.loads((WEB / "locales" / "fr.toml").read_text("utf-8"))
    shared = tomllib.loads((ROOT / "server" / "locales" / "fr.toml").read_text("utf-8"))
    shared |= tomllib.loads((ROOT / "media" / "web" / "locales" / "fr.toml").read_text("utf-8"))
    said = set(wording.PROBLEMS.values()) | set(SCRIPT_TEXTS)
    for words in (
        wording.CATEGORIES,
        wording.KINDS,
        wording.LANGUAGES,
        wording.PROGRAMME_KINDS,
        wording.ADVISORIES,
        wording.CREDIT_ROLES,
        wording.ACTIONS,
        wording.FACTS,
    ):
        said |= set(words.values())
    said |= {word for _, word in wording.STATES.values()} | set(wording.FINDING_REASONS.values())
    said |= {words for finding in wording.FINDINGS.values() for words in finding}
    for template in WEB.rglob("*.html"):
        said |= {s for _, s in re.findall(r"""_\((["'])(.*?)\1[,)]""", template.read_text("utf-8"))}
    assert said - french.keys() - shared.keys() == set()
    for english, text in french.items():
        holes = re.compile(r"%\(\w+\)s")
        assert sorted(holes.findall(english)) == sorted(holes.findall(text)), english


def test_every_text_of_the_scripts_is_listed():
    for script in (WEB / "static").glob("*.js"):
        for text in re.findall(r'\bt\("(.*?)"[,)]', script.read_text("utf-8")):
            assert text in SCRIPT_TEXTS, f"{script.name}: {text}"


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


async def test_a_channel_is_made_with_its_time_its_countries_and_its_logo(http, room):
    body = {"name": "Rhein TV", "slug": "rhein", "timezone": "Europe/Berlin", "territories": ["de"]}
    made = (await http.post("/v1/channels", json=body)).json()
    plan = room.edit_plan.read(made["channel_id"])[1].plan()
    assert (plan.timezone, plan.territories) == ("Europe/Berlin", ("DE",))
    logo = f"/v1/channels/{made['channel_id']}/logo"
    answer = await http.put(logo, content=picture("png", "rgb24", 8, 8))
    page = (await http.get("/editor/channels")).text
    assert f'src="{logo}.png?v={answer.json()["logo"]}"' in page
    refused = await http.put(logo, content=b"<svg/>")
    assert (refused.status_code, refused.json()["code"]) == (422, "logo-unreadable")
    assert (await http.delete(logo)).json()["logo"] == ""


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [("timezone", "Mars", "timezone-unknown"), ("territories", ["XX"], "territory-unknown")],
)
async def test_a_channel_of_nowhere_is_refused(http, room, field, value, code):
    body = {"name": "A", "slug": "a", field: value}
    refused = (await http.post("/v1/channels", json=body)).json()
    assert (refused["code"], list(refused["fields"])) == (code, [field])
    assert room.channels.all() == []


async def test_a_channel_is_renamed_hidden_and_removed(http, room):
    one = room.channel(ProgrammeEntry(room.programme("one", 40).programme_id))
    at = f"/v1/channels/{one.channel_id}"

    async def listed():
        return [found["name"] for found in (await http.get("/v1/channels")).json()["channels"]]

    answer = await http.patch(at, json={"name": "Télé Pont"})
    assert (answer.status_code, answer.json()["name"], answer.json()["slug"]) == (200, "Télé Pont", "atelier")
    assert await listed() == ["Télé Pont"]
    assert (await http.patch(at, json={"slug": "other"})).json()["code"] == "body-invalid"
    assert (await http.patch(at, json={"name": ""})).json()["fields"].keys() == {"name"}
    refused = await http.delete(at)
    assert (refused.status_code, refused.json()["code"]) == (409, "channel-offered")
    assert (await http.patch(at, json={"offer": "never"})).json()["offer"] == "never"
    assert await listed() == []
    assert (await http.delete(at)).status_code == 204
    assert (await http.delete(at)).status_code == 404
    for method in ("PATCH", "DELETE"):
        stranger = await http.request(method, at, headers={"X-Scopes": "advertiser"}, json={})
        assert stranger.status_code == 403


async def test_the_page_tells_what_cars_are_offered_and_removes_only_what_they_are_not(http, room):
    room.channel()
    room.create_channel(
        "acc_1", ChannelDraft("Full", "full"), [ProgrammeEntry(room.programme("one", 40).programme_id)]
    )
    page = (await http.get("/editor/channels", headers={"Accept-Language": "en"})).text
    empty, full = page.split("<section")[1:3]
    assert "Nothing to play yet: not offered" in empty
    assert "Offered to cars" in full
    assert " disabled>Remove the channel" in full
    assert ">Remove the channel" in empty
    assert " disabled>Remove the channel" not in empty
