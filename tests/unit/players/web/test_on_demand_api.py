"""On demand over HTTP: a play and its document, what aired, and points to go on from."""

import dataclasses
import gzip

import m3u8
import msgspec
import pytest

from content.library.programme import Category, Programme
from content.library.rights import Rights, RightsWindow, Territories
from media.house_format import position_at
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role, Vehicle
from players.playback.keep_resume import TELLS
from players.web import on_demand
from tests.players.house import manifest


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture
async def bearer(house, http) -> dict[str, str]:
    house.register(Vehicle("veh_1", "Demo", location_consent=True))
    answer = await http.post("/v1/head-units", json={"code": house.issue_code(CodeTerms("veh_1", Role.BOTH))})
    return {"Authorization": f"Bearer {answer.json()['credential']}"}


@pytest.fixture
def another(bearer):
    """Opens another session of the same vehicle."""

    async def open_one(http) -> dict:
        return (await http.post("/v1/sessions", json={}, headers=bearer)).json()

    return open_one


@pytest.fixture
async def opened(http, bearer) -> dict:
    return (await http.post("/v1/sessions", json={}, headers=bearer)).json()


@pytest.fixture
def aired(house) -> str:
    """The airing on air, of a channel that lets both of its programmes be watched again in France."""
    rights = Rights(territories=Territories(("FR",)), catch_up_days=3)
    held = {
        key: Programme(key, asset, key, "", Category.OTHER, "fr", 0, rights=rights)
        for key, asset in (("prg_1", "film1"), ("prg_2", "film2"))
    }
    channel = dataclasses.replace(house.lineups.channels["ch1"], programmes=held)
    house.lineups = dataclasses.replace(house.lineups, channels={"ch1": channel})
    house.manifests |= {asset: manifest(asset, 20) for asset in ("film1", "film2")}
    house.clock.advance(10)
    return f"ch1-{position_at(house.clock.now_ms()) - 5}"


def place(opened, path: str, file: str) -> str:
    return f"/play/{path}/{opened['session_id']}/{file}?grant={opened['grant']}"


def points(opened, content_id: str = "") -> str:
    tail = f"/{content_id}" if content_id else ""
    return f"/v1/sessions/{opened['session_id']}/resume{tail}?grant={opened['grant']}"


async def test_an_item_and_what_is_in_it(http, opened):
    pulled = await http.get(place(opened, "item/it1", "a128.m3u8"))
    assert (pulled.status_code, pulled.headers["cache-control"]) == (200, "no-store")
    listed = m3u8.loads(pulled.text)
    told = (await http.get(place(opened, "item/it1", "play.json"))).json()
    assert told["length_ms"] == len(listed.segments) * 1920
    assert (told["kind"], told["title"], told["begin_ms"]) == ("video", "Clip", 0)
    (ads,) = told["breaks"]
    assert (ads["starts_at_ms"], ads["ends_at_ms"], len(ads["fills"])) == (0, 7 * 1920, 2)
    assert {"fill_id", "beacon", "card"} <= set(ads["fills"][0])
    assert "price_micros" not in ads["fills"][0]
    unknown = await http.get(place(opened, "item/no", "play.json"))
    assert code_of(unknown) == (404, "item-unknown")


async def test_a_list_that_grows_is_compressed_as_it_grows(house, http, opened, aired, monkeypatch):
    monkeypatch.setattr(on_demand, "_WORTH_BYTES", 0)
    address, lengths = place(opened, f"airing/{aired}", "a128.m3u8"), []
    for _ in range(4):
        whole = await http.get(address, headers={"Accept-Encoding": "identity"})
        packed = await http.get(address, headers={"Accept-Encoding": "gzip"})
        assert (packed.headers["content-encoding"], packed.content) == ("gzip", whole.content)
        lengths.append(whole.text.count("#EXTINF"))
        house.clock.advance(1.92)
    assert lengths == sorted(set(lengths))


async def test_a_long_list_is_compressed_for_who_takes_it(house, http, opened):
    house.manifests["clip"] = manifest("clip", 200)
    address, plain = place(opened, "item/it1", "a128.m3u8"), {"Accept-Encoding": "identity"}
    async with http.stream("GET", address, headers={"Accept-Encoding": "br, gzip"}) as answer:
        packed = b"".join([piece async for piece in answer.aiter_raw()])
    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert answer.headers["content-length"] == str(len(packed))
    whole = await http.get(address, headers=plain)
    assert ("content-encoding" in whole.headers, whole.headers["vary"]) == (False, "Accept-Encoding")
    assert gzip.decompress(packed) == whole.content
    assert len(packed) < len(whole.content) / 5
    short = await http.get(place(opened, "item/it1", "audio.m3u8"))
    assert "content-encoding" not in short.headers


async def test_what_is_on_now_is_started_over(house, http, opened, aired):
    told = await http.get(place(opened, f"airing/{aired}", "play.json"))
    assert (told.json()["content_id"], told.json()["kind"]) == ("prg_1", "programme")
    listed = await airing_listed(http, opened, aired)
    assert (len(content(listed)), listed.playlist_type, listed.is_endlist) == (6, "event", False)
    later = f"ch1-{int(aired.rpartition('-')[2]) + 28}"
    for name in ("a128.m3u8", "play.json"):
        assert code_of(await http.get(place(opened, f"airing/{later}", name))) == (403, "not-aired-yet")
        assert code_of(await http.get(place(opened, "airing/ch1-1", name))) == (404, "airing-unknown")


async def airing_listed(http, opened, airing_id):
    return m3u8.loads((await http.get(place(opened, f"airing/{airing_id}", "a128.m3u8"))).text)


def content(listed) -> list[str]:
    return [one.uri for one in listed.segments if "/segments/film" in one.uri]


async def test_what_is_started_over_grows_as_it_is_shown_and_ends_with_it(
    house, http, opened, another, aired
):
    """Nobody sees the ending before the channel has shown it."""
    known, counts = [], []
    for _ in range(16):
        listed = await airing_listed(http, opened, aired)
        uris = [one.uri.partition("?")[0] for one in listed.segments]
        assert uris[: len(known)] == known
        known = uris
        counts.append(len(content(listed)))
        assert (listed.playlist_type, listed.is_endlist) == ("event", counts[-1] == 20)
        assert listed.start.time_offset == 0  # or players would begin where it grows
        house.clock.advance(1.92)
    assert counts == [*range(6, 20), 20, 20]
    other = await airing_listed(http, await another(http), aired)
    assert (len(content(other)), other.playlist_type, other.is_endlist) == (20, "vod", True)


async def test_a_point_of_another_airing_does_not_lead_past_what_is_shown(
    house, http, opened, another, aired
):
    told = {"airing_id": aired, "position_s": 13}
    assert (await http.put(points(opened), json=told)).status_code == 204
    assert (await http.get(place(opened, f"airing/{aired}", "play.json"))).json()["resume_ms"] == 0
    house.clock.advance(40)
    later = await another(http)
    assert (await http.get(place(later, f"airing/{aired}", "play.json"))).json()["resume_ms"] == 13_000


async def test_what_was_cut_off_is_not_offered(house, http, opened, aired):
    house.manifests["film1"] = manifest("film1", 90)  # 20 of them were on the channel
    house.clock.advance(60)
    listed = await airing_listed(http, opened, aired)
    assert (len(content(listed)), listed.is_endlist) == (20, True)
    told = (await http.get(place(opened, f"airing/{aired}", "play.json"))).json()
    assert told["duration_ms"] == 20 * 1920


async def test_rights_are_asked_when_a_play_begins_and_not_while_it_goes_on(house, http, opened, aired):
    channel = house.lineups.channels["ch1"]
    ending = Rights(RightsWindow(None, house.clock.now_ms() + 60_000), catch_up_days=3)
    held = {key: msgspec.structs.replace(one, rights=ending) for key, one in channel.programmes.items()}
    house.lineups = dataclasses.replace(
        house.lineups, channels={"ch1": dataclasses.replace(channel, programmes=held)}
    )
    assert (await http.get(place(opened, f"airing/{aired}", "play.json"))).status_code == 200
    house.clock.advance(61)
    assert (await http.get(place(opened, f"airing/{aired}", "a128.m3u8"))).status_code == 200
    again = await http.get(place(opened, f"airing/{aired}", "play.json"))
    assert code_of(again) == (403, "catch-up-expired")


async def test_what_may_be_watched_again_is_listed_for_the_sessions_country(http, opened, aired):
    told = (await http.get(f"/v1/channels/ch1/catch-up?grant={opened['grant']}")).json()
    assert next((one["airing_id"], one["on_air"]) for one in told["airings"]) == (aired, True)
    assert {one["programme_id"] for one in told["airings"]} == {"prg_1", "prg_2"}
    assert (await http.get("/v1/channels/ch1/catch-up")).json()["airings"] == []
    assert code_of(await http.get("/v1/channels/no/catch-up")) == (404, "channel-unknown")
    assert code_of(await http.get("/v1/channels/ch1/catch-up?grant=x")) == (403, "signature-invalid")


async def test_a_point_is_kept_listed_and_forgotten(house, http, opened, bearer, aired):
    told = {"airing_id": aired, "position_s": 12.5}
    assert (await http.put(points(opened), json=told)).status_code == 204
    assert (await http.put(points(opened), json={"item_id": "it1", "position_s": 6})).status_code == 204
    listed = (await http.get(points(opened))).json()["points"]
    assert {(one["airing_id"], one["item_id"], one["position_ms"]) for one in listed} == {
        (aired, None, 12_500),
        (None, "it1", 6_000),
    }
    assert (await http.delete(points(opened, "prg_1"))).status_code == 204
    assert [one["item_id"] for one in (await http.get(points(opened))).json()["points"]] == ["it1"]
    assert (await http.delete("/v1/vehicles/veh_1/resume", headers=bearer)).status_code == 204
    assert (await http.get(points(opened))).json() == {"points": []}


async def test_who_may_not(house, http, opened, bearer):
    other = {**opened, "grant": opened["grant"][:-2] + "~~"}
    for answer in (
        await http.put(points(other), json={"item_id": "it1", "position_s": 6}),
        await http.get(points(other)),
        await http.delete(points(other, "it1")),
    ):
        assert code_of(answer) == (403, "signature-invalid")
    assert code_of(await http.delete("/v1/vehicles/veh_2/resume", headers=bearer)) == (
        403,
        "vehicle-of-other",
    )
    assert code_of(await http.delete("/v1/vehicles/veh_1/resume")) == (401, "credential-missing")
    assert code_of(await http.put(points(opened), json={"position_s": 6})) == (422, "resume-invalid")
    answers = [
        await http.put(points(opened), json={"item_id": "it1", "position_s": 6}) for _ in range(TELLS + 1)
    ]
    assert [one.status_code for one in answers][-2:] == [204, 429]
    assert (code_of(answers[-1]), answers[-1].headers["retry-after"]) == ((429, "too-many-requests"), "10")
