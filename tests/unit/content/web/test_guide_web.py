"""The guide over HTTP: caching, compression and refusals."""

import zlib
from xml.etree import ElementTree

import httpx
import msgspec
import pytest
from starlette.applications import Starlette

from content.channels.channel import ChannelDraft, logo_key
from content.channels.schedule import BreakEntry, ProgrammeEntry
from content.guide.read_guide import ReadGuide
from content.guide.xmltv import Site
from content.web import exports, guide, logos, public
from content.web.turns import Turn
from server.errors import exception_handlers
from server.pages import build_templates
from tests.media.pictures import picture


@pytest.fixture
async def http(room):
    turn = Turn(1)
    routes = [
        *public.routes(room.load),
        *guide.routes(ReadGuide(room.load, room.clock), turn),
        *exports.routes(room.load, Site("https://tv.example"), room.clock, turn),
        *logos.routes(room.load, room.change_logo),
    ]
    app = Starlette(routes=routes, exception_handlers=exception_handlers(build_templates()))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture
def channel_id(room) -> str:
    one = room.programme("one", 40)
    return room.channel(ProgrammeEntry(one.programme_id), BreakEntry(16)).channel_id


async def test_who_has_the_guide_is_not_sent_it_again(http, channel_id, room):
    for address in (f"/v1/channels/{channel_id}/guide", "/v1/guide", f"/v1/channels/{channel_id}/logo.svg"):
        first = await http.get(address)
        assert first.status_code == 200
        assert "public" in first.headers["cache-control"]
        same = await http.get(address, headers={"If-None-Match": f'"x", W/{first.headers["etag"]}'})
        assert (same.status_code, same.content) == (304, b"")
    room.clock.advance(60_000 * 3)
    later = await http.get("/v1/guide", headers={"If-None-Match": first.headers["etag"]})
    assert later.status_code == 200


async def test_a_day_and_a_range_are_read(http, channel_id):
    day = (await http.get(f"/v1/channels/{channel_id}/guide?date=today&tz=Europe/Paris")).json()
    assert len(day["entries"]) > 100
    first = day["entries"][0]
    assert {"airing_id", "title", "advisory", "credits", "unavailable", "replay"} <= first.keys()
    everywhere = (await http.get("/v1/guide?date=today")).json()["channels"]
    assert [told["channel_id"] for told in everywhere] == [channel_id]
    now = (await http.get("/v1/guide?count=3")).json()["channels"][0]
    assert len(now["entries"]) == 3


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("date=yesterday", "date-malformed"),
        ("date=9999-12-31", "date-malformed"),
        ("date=1999-01-01", "range-out-of-reach"),
        ("date=today&tz=Mars", "zone-unknown"),
        ("from=2026-06-01T00:00:00Z", "moment-malformed"),
        ("from=2026-06-01T00:00:00&to=2026-06-02T00:00:00Z", "moment-malformed"),
        ("from=2026-06-01T00:00:00Z&to=2026-07-01T00:00:00Z", "range-too-long"),
        ("count=1&market=France", "market-unknown"),
    ],
)
async def test_what_cannot_be_read_is_refused(http, channel_id, query, code):
    answer = await http.get(f"/v1/channels/{channel_id}/guide?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_xmltv_is_compressed_for_who_takes_it(http, channel_id):
    plain = await http.get("/guide.xml?days=2", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    async with http.stream("GET", "/guide.xml?days=2", headers={"Accept-Encoding": "br, gzip"}) as zipped:
        raw = b"".join([piece async for piece in zipped.aiter_raw()])
    assert zipped.headers["content-encoding"] == "gzip"
    assert zlib.decompress(raw, 31) == plain.content
    assert len(raw) < len(plain.content) / 5
    none = await http.get("/guide.xml", headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in none.headers
    tv = ElementTree.fromstring(plain.content)
    assert tv.find("channel/icon").get("src") == f"https://tv.example/v1/channels/{channel_id}/logo.png"
    one = await http.get(f"/v1/channels/{channel_id}/guide.xml?days=2")
    assert one.content == plain.content


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/guide.xml?days=15", 422, "days-malformed"),
        ("/guide.xml?days=0", 422, "days-malformed"),
        ("/guide.xml?past_days=8", 422, "past_days-malformed"),
        ("/v1/channels/nobody/guide.xml", 404, "channel-unknown"),
        ("/v1/channels/nobody/logo.svg", 404, "channel-unknown"),
        ("/v1/channels/{channel_id}/logo.gif", 404, "logo-unknown"),
    ],
)
async def test_exports_refuse_what_they_do_not_have(http, channel_id, address, status, code):
    answer = await http.get(address.format(channel_id=channel_id))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_logo_is_a_drawing_or_a_picture(http, channel_id):
    drawn = await http.get(f"/v1/channels/{channel_id}/logo.svg")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    picture = await http.get(f"/v1/channels/{channel_id}/logo.png")
    assert (picture.headers["content-type"], picture.content[:4]) == ("image/png", b"\x89PNG")


async def test_a_logo_of_its_own_is_in_every_guide_and_kept_for_ever(http, room, channel_id):
    await room.change_logo("acc_1", channel_id, picture("png", "rgb24", 8, 8))
    address = f"/v1/channels/{channel_id}/logo.png?v={room.channels.get(channel_id).logo}"
    assert (await http.get(f"/v1/channels/{channel_id}/guide")).json()["logo_url"] == address
    tv = ElementTree.fromstring((await http.get("/guide.xml")).content)
    assert tv.find("channel/icon").get("src") == f"https://tv.example{address}"
    shown = await http.get(address)
    assert (shown.headers["content-type"], shown.content[:4]) == ("image/png", b"\x89PNG")
    assert "max-age=31536000" in shown.headers["cache-control"]
    old = await http.get(f"/v1/channels/{channel_id}/logo.png?v=before")
    assert "max-age=3600" in old.headers["cache-control"]
    drawing = await http.get(f"/v1/channels/{channel_id}/logo.svg")
    assert (drawing.status_code, drawing.headers["location"]) == (302, address)
    key = logo_key(channel_id, room.channels.get(channel_id).logo)
    await room.objects.delete([key])  # as while another takes its place
    gone = await http.get(address)
    assert (gone.content[:4], "max-age=0" in gone.headers["cache-control"]) == (b"\x89PNG", True)


async def test_a_logo_is_shown_by_a_process_that_has_not_heard_of_it(room, channel_id):
    before = room.load()
    changed = await room.change_logo("acc_1", channel_id, picture("png", "rgb24", 8, 8))
    app = Starlette(routes=logos.routes(lambda: before, room.change_logo))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        shown = await client.get(f"/v1/channels/{channel_id}/logo.png?v={changed.logo}")
    assert shown.content == await room.objects.get(logo_key(channel_id, changed.logo))
    assert "max-age=31536000" in shown.headers["cache-control"]


@pytest.fixture
def french(room) -> str:
    """A channel for France alone, the second; what it shows may be seen everywhere."""
    two = room.programme("two", 40)
    made = room.create_channel(
        "acc_1", ChannelDraft("Canal", "canal"), (ProgrammeEntry(two.programme_id), BreakEntry(16))
    )
    _, version = room.edit_plan.read(made.channel_id)
    plan = msgspec.structs.replace(version.plan(), territories=("FR",))
    room.save("acc_1", made.channel_id, version.number, plan)
    return made.channel_id


@pytest.mark.parametrize(("query", "listed"), [("?market=FR", 2), ("?market=BE", 1), ("", 1)])
async def test_no_list_promises_a_channel_where_it_is_not_offered(http, channel_id, french, query, listed):
    everywhere = [channel_id, french][:listed]
    told = (await http.get(f"/v1/channels{query}")).json()
    assert [one["channel_id"] for one in told["channels"]] == everywhere
    assert told["default_channel_id"] == channel_id
    told = (await http.get(f"/v1/guide{query}")).json()
    assert [one["channel_id"] for one in told["channels"]] == everywhere
    tv = ElementTree.fromstring((await http.get(f"/guide.xml{query}")).content)
    assert len(tv.findall("channel")) == listed
    assert {one.get("channel") for one in tv.findall("programme")} == {
        one.get("id") for one in tv.findall("channel")
    }
    one = ElementTree.fromstring((await http.get(f"/v1/channels/{french}/guide.xml{query}")).content)
    assert bool(len(one)) == (listed == 2)


async def test_a_market_without_a_channel_has_no_default(http, french):
    assert (await http.get("/v1/channels?market=JP")).json() == {"default_channel_id": "", "channels": []}


@pytest.mark.parametrize("address", ["/v1/channels", "/guide.xml", "/v1/channels/{channel_id}/guide.xml"])
async def test_a_market_that_is_no_country_is_refused(http, channel_id, address):
    answer = await http.get(address.format(channel_id=channel_id) + "?market=fr")
    assert (answer.status_code, answer.json()["code"]) == (422, "market-unknown")
