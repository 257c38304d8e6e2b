"""From an enrolment code to a segment, over HTTP."""

from dataclasses import replace

import pytest

from content.channels.lineup import Lineups
from players.feed.enrol_head_unit import CodeTerms
from players.feed.evidence import DRIVER_POSITION, PASSENGER_SEAT
from players.feed.head_unit import Role, Technique, Vehicle, Zone
from tests.players.house import DRIVING, uris


def code_of(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


@pytest.fixture
def code(house) -> str:
    house.register(Vehicle("veh_1", "Demo", location_consent=True))
    return house.issue_code(CodeTerms("veh_1", Role.BOTH, technique=Technique.TWO_ELEMENT))


async def enrolled(http, code) -> dict[str, str]:
    answer = await http.post("/v1/head-units", json={"code": code})
    assert answer.status_code == 201
    return {"Authorization": f"Bearer {answer.json()['credential']}"}


async def test_enrol_open_play(house, http, code):
    bearer = await enrolled(http, code)
    opened = (await http.post("/v1/sessions", json={"channel_id": None}, headers=bearer)).json()
    assert opened["segment_ms"] == 1920
    sound = await http.get(opened["urls"]["audio"])
    assert sound.headers["content-type"] == "application/vnd.apple.mpegurl"
    media_url = sound.text.splitlines()[-1]
    listed = await http.get(opened["urls"]["audio"].rpartition("/")[0] + "/" + media_url)
    segment_url = listed.text.splitlines()[-1]
    segment = await http.get(segment_url)
    assert segment.headers["content-type"] == "audio/mp4"
    assert segment.content.decode() == uris(listed.content)[-1].removeprefix("/segments/")
    foreign = segment_url.replace("/segments/", "/segments/other")
    assert code_of(await http.get(foreign)) == (403, "signature-invalid")
    init = await http.get("/segments/init/a128.mp4")
    assert (init.content, init.headers["content-type"]) == (b"init a128", "audio/mp4")
    report = (await http.get(opened["urls"]["report"])).json()
    assert report["state"]["video"]["permitted"] is False
    assert report["channel_id"] == "ch1"


async def test_the_picture_is_refused_by_its_name(house, http, code):
    bearer = await enrolled(http, code)
    opened = (await http.post("/v1/sessions", json={}, headers=bearer)).json()
    assert code_of(await http.get(opened["urls"]["video"])) == (403, "video-withheld")
    feed = house.feed()
    await house.park(feed)
    assert (await http.get(opened["urls"]["video"])).status_code == 200
    pulled = await http.get(opened["urls"]["video"].replace("video.m3u8", "v720.m3u8"))
    assert "set-cookie" not in pulled.headers
    picture = await http.get(pulled.text.splitlines()[-1])
    assert (picture.status_code, picture.headers["cache-control"]) == (200, "no-store")
    house.clock.advance(0.2)
    await house.tell(feed, DRIVING)
    assert code_of(await http.get(pulled.text.splitlines()[-1])) == (403, "video-withheld")
    house.clock.advance(6)
    assert code_of(await http.get(pulled.text.splitlines()[-1])) == (403, "lease-expired")
    assert code_of(await http.get(pulled.text.splitlines()[-1].partition("?")[0])) == (403, "lease-missing")
    forged = pulled.text.splitlines()[-1][:-2] + "~~"
    assert code_of(await http.get(forged)) == (403, "signature-invalid")


async def test_a_passengers_screen_that_nobody_who_drives_can_see_plays_on_while_driving(house, http):
    house.register(Vehicle("veh_1", "Demo"))
    terms = CodeTerms(
        "veh_1", Role.SCREEN, Zone.PASSENGER, Technique.TWO_ELEMENT, shielded=True, built_in=True
    )
    bearer = await enrolled(http, house.issue_code(terms))
    opened = (await http.post("/v1/sessions", json={}, headers=bearer)).json()
    feed = house.feed()
    await house.tell(feed, {**DRIVING, PASSENGER_SEAT: "OCCUPIED", DRIVER_POSITION: "LEFT"})
    pulled = await http.get(opened["urls"]["video"].replace("video.m3u8", "v720.m3u8"))
    assert pulled.status_code == 200
    assert (await http.get(pulled.text.splitlines()[-1])).status_code == 200
    await house.change_market("veh_1", "AQ", "test")
    assert code_of(await http.get(pulled.text.splitlines()[-1])) == (403, "video-withheld")
    refused = (await http.get(opened["urls"]["report"])).json()["state"]["video"]
    assert (refused["permitted"], refused["policy"]) == (False, "strict")
    await house.change_market("veh_1", "FR", "test")
    assert code_of(await http.get(pulled.text.splitlines()[-1])) == (403, "video-withheld")
    await house.park(feed)
    house.clock.advance(0.5)
    await house.tell(feed, DRIVING)
    again = await http.get(opened["urls"]["video"].replace("video.m3u8", "v720.m3u8"))
    assert again.status_code == 200
    house.clock.advance(0.5)
    await house.tell(feed, {PASSENGER_SEAT: "EMPTY"})
    assert code_of(await http.get(again.text.splitlines()[-1])) == (403, "video-withheld")


async def test_an_item_on_demand(house, http, code):
    bearer = await enrolled(http, code)
    opened = (await http.post("/v1/sessions", json={}, headers=bearer)).json()
    url = f"/play/item/it1/{opened['session_id']}/a128.m3u8?grant={opened['grant']}"
    assert (await http.get(url)).text.rstrip().endswith("#EXT-X-ENDLIST")


async def test_who_may_not(house, http, code):
    bearer = await enrolled(http, code)
    assert code_of(await http.post("/v1/head-units", json={"code": code})) == (403, "code-not-valid")
    assert code_of(await http.post("/v1/head-units", json={"code": "x" * 300})) == (422, "secret-malformed")
    assert (await http.post("/v1/head-units", content=b"{")).status_code == 400
    assert (await http.post("/v1/head-units", json={"code": 5})).status_code == 422
    assert code_of(await http.post("/v1/head-units", content=b" " * 5000)) == (413, "body-too-large")
    assert code_of(await http.post("/v1/sessions", json={})) == (401, "credential-missing")
    other = {"Authorization": "Bearer nobody"}
    assert code_of(await http.post("/v1/sessions", json={}, headers=other)) == (401, "credential-unknown")
    wrong = await http.post("/v1/sessions", json={"channel_id": "no"}, headers=bearer)
    assert code_of(wrong) == (404, "channel-unknown")
    gateway = house.issue_code(CodeTerms("veh_1", Role.FEED))
    deaf = await enrolled(http, gateway)
    assert code_of(await http.post("/v1/sessions", json={}, headers=deaf)) == (403, "role-cannot-play")
    screen = await enrolled(http, house.issue_code(CodeTerms("veh_1", Role.SCREEN)))
    refused = await http.post("/v1/tickets", json={"purpose": "feed"}, headers=screen)
    assert code_of(refused) == (403, "role-cannot-report")
    assert (await http.post("/v1/tickets", json={"purpose": "all"}, headers=bearer)).status_code == 422


async def test_a_code_expires(house, http):
    house.register(Vehicle("veh_1", "Demo"))
    code = house.issue_code(CodeTerms("veh_1", technique=Technique.SLATE, uses=2, valid_ms=1000))
    await enrolled(http, code)
    house.clock.advance(1)
    assert code_of(await http.post("/v1/head-units", json={"code": code})) == (403, "code-not-valid")


async def test_a_session_without_a_channel_is_on_the_first_that_its_market_is_offered(house, http, code):
    one = house.lineups.channels["ch1"]
    elsewhere = replace(one, channel_id="ch0", slug="elsewhere", territories=("DE",))
    house.lineups = Lineups({"ch0": elsewhere, "ch1": one}, "ch0", {})
    bearer = await enrolled(http, code)
    assert (await http.post("/v1/sessions", json={}, headers=bearer)).json()["channel_id"] == "ch1"
    for channel_id, offered in (("ch0", False), ("ch1", True)):
        answer = await http.post("/v1/sessions", json={"channel_id": channel_id}, headers=bearer)
        assert (answer.json()["channel_id"], answer.json()["offered"]) == (channel_id, offered)
    house.lineups = Lineups({"ch0": elsewhere}, "ch0", {})
    assert (await http.post("/v1/sessions", json={}, headers=bearer)).json()["channel_id"] == "ch0"
