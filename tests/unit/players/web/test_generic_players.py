"""What an ordinary player subscribes to, from the list to the sound."""

from dataclasses import replace

import pytest

from content.channels.lineup import Lineups
from content.guide.read_guide import ReadGuide
from content.guide.xmltv import Site
from content.library.rights import Rights, Territories
from media.house_format import SEGMENT_MS, position_at, starts_at_ms
from players.adapters.redis_sessions import RedisSessions
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role, Technique, Vehicle, Zone
from players.playback.player_link import LINK_MS, TURN_MS
from players.playback.tune_in import IssuePlayerLink, RecogniseLink, TuneIn
from players.web import generic_players
from tests.players.house import DRIVING
from tests.unit.content.guide.conftest import programme


@pytest.fixture
def app(house, app):
    channel = house.lineups.channels["ch1"]
    films = {name: programme(name, rights=Rights(catch_up_days=30)) for name in ("prg_1", "prg_2")}
    shown = replace(channel, programmes=films, known_from=position_at(house.clock.now_ms()) - 50)
    house.lineups = Lineups({"ch1": shown}, "ch1", {})
    app.router.routes[:0] = generic_players.routes(
        house.recognise,
        IssuePlayerLink(house.signer, house.clock),
        RecogniseLink(house.units, house.signer, house.clock),
        house.read_vehicle,
        TuneIn(house.open_session, house.clock),
        ReadGuide(lambda: house.lineups, house.clock),
        Site("http://test"),
    )
    return app


async def link(house, http, technique: Technique = Technique.TWO_ELEMENT) -> str:
    _, credential = house.unit(technique)
    made = await http.post("/v1/player-links", headers={"Authorization": f"Bearer {credential}"})
    assert made.status_code == 201
    assert made.json()["expires_at_ms"] == house.clock.now_ms() + LINK_MS
    return made.json()["url"]


async def listed(http, url: str) -> list[str]:
    answer = await http.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("audio/x-mpegurl")
    assert answer.headers["cache-control"] == "no-store"
    return answer.text.splitlines()


async def tuned(http, address: str) -> str:
    """Where the channel's address leads."""
    answer = await http.get(address)
    assert (answer.status_code, answer.headers["cache-control"]) == (302, "no-store")
    return answer.headers["location"]


async def test_a_channel_is_listed_with_the_logo_of_its_own(house, http):
    channel = house.lineups.channels["ch1"]
    house.lineups = Lineups({"ch1": replace(channel, logo="0123abcd")}, "ch1", {})
    _, about, _ = await listed(http, await link(house, http))
    assert 'tvg-logo="http://test/v1/channels/ch1/logo.png?v=0123abcd"' in about


async def test_the_list_leaves_out_what_is_not_offered_in_the_vehicles_market(house, http):
    one = house.lineups.channels["ch1"]
    elsewhere = replace(one, channel_id="ch2", slug="elsewhere", territories=("DE",))
    house.lineups = Lineups({"ch1": replace(one, territories=("FR",)), "ch2": elsewhere}, "ch1", {})
    _, credential = house.unit(Technique.TWO_ELEMENT)
    own = await http.get("/channels.m3u", headers={"Authorization": f"Bearer {credential}"})
    for lines in (own.text.splitlines(), await listed(http, await link(house, http))):
        assert [line.split("/")[4] for line in lines if line.startswith("http")] == ["ch1"]
        assert 'url-tvg="http://test/guide.xml?days=7&past_days=7&market=FR"' in lines[0]


async def test_the_list_promises_nothing_again_that_is_not_cleared_in_the_vehicles_market(house, http):
    one = house.lineups.channels["ch1"]
    rights = Rights(territories=Territories(("DE",)), catch_up_days=30)
    films = {name: programme(name, rights=rights) for name in ("prg_1", "prg_2")}
    house.lineups = Lineups({"ch1": replace(one, programmes=films)}, "ch1", {})
    assert not any("catchup" in line for line in await listed(http, await link(house, http)))


async def test_from_the_list_to_the_sound(house, http):
    head, about, address = await listed(http, await link(house, http))
    assert 'url-tvg="http://test/guide.xml' in head
    assert 'tvg-id="one.roadcast.localhost"' in about
    assert 'tvg-logo="http://test/v1/channels/ch1/logo.png"' in about
    multivariant = await tuned(http, address)
    offered = await http.get(multivariant)
    assert "a128.m3u8" in offered.text
    media = multivariant.rpartition("/")[0] + "/" + offered.text.splitlines()[-1]
    assert (await http.get(media)).text.count("#EXTINF") == 12


@pytest.mark.parametrize("technique", [Technique.TWO_ELEMENT, Technique.AUDIO_ONLY])
async def test_no_picture_is_offered_even_while_parked(house, http, technique):
    address = (await listed(http, await link(house, http, technique)))[-1]
    await house.park(house.feed())
    multivariant = await tuned(http, address)
    assert "v720" not in (await http.get(multivariant)).text
    assert (await http.get(multivariant.replace("multivariant", "v720"))).status_code == 403


async def test_a_unit_whose_picture_can_be_blackened_has_it(house, http):
    address = (await listed(http, await link(house, http, Technique.SLATE)))[-1]
    await house.park(house.feed())
    assert "v720" in (await http.get(await tuned(http, address))).text


async def test_a_rear_screens_link_is_worth_no_more_than_a_drivers(house, http):
    house.register(Vehicle("veh_1", "Demo", market="FR"))
    terms = CodeTerms("veh_1", Role.SCREEN, Zone.REAR, Technique.SLATE, shielded=True)
    bearer = {"Authorization": f"Bearer {house.enrol(house.issue_code(terms)).credential}"}
    made = await http.post("/v1/player-links", headers=bearer)
    multivariant = await tuned(http, (await listed(http, made.json()["url"]))[-1])
    feed = house.feed()
    await house.park(feed)
    assert "v720" in (await http.get(multivariant)).text
    await house.tell(feed, DRIVING)
    assert "v720" not in (await http.get(multivariant)).text
    held = (await http.get(multivariant.replace("multivariant", "v720"))).text.rpartition("?lease=")[2]
    name = house.segment("film1", "v720", 3, position_at(house.clock.now_ms()))
    assert await house.serve_segment(name, held.strip()) == f"slate/v720/0/{name.k}".encode()


async def test_who_zaps_goes_on_with_the_same_session(house, http):
    address = (await listed(http, await link(house, http)))[-1]
    first = await tuned(http, address)
    house.clock.advance(10)
    # It is as it was opened, whatever is known of the vehicle since, and its grant the same.
    house.register(Vehicle("veh_1", "Demo", market="DE"))
    assert await tuned(http, address) == first
    other = RedisSessions(house.sessions._redis)
    kept = (await other.playback("veh_1", first.split("/")[3], ())).session
    assert (kept.market, kept.opened_ms) == ("FR", house.clock.now_ms() - 10_000)
    house.clock.advance(TURN_MS / 1000)
    assert (await tuned(http, address)).split("/")[3] != first.split("/")[3]


async def test_who_comes_back_within_a_break_has_joined_midway(house, http):
    address = (await listed(http, await link(house, http)))[-1]
    await tuned(http, address)
    house.clock.advance(24 * SEGMENT_MS / 1000)
    again = await tuned(http, address)
    await http.get(again.replace("multivariant", "a128"))
    assert house.ads.asked == []


async def test_a_links_grant_plays_and_tells_nothing_of_the_vehicle(house, http):
    to = await tuned(http, (await listed(http, await link(house, http)))[-1])
    session_id, grant = to.split("/")[3], to.rpartition("grant=")[2]
    about = f"/v1/sessions/{session_id}"
    for method, path in (
        ("GET", f"{about}/events"),
        ("GET", f"{about}/report"),
        ("GET", f"{about}/resume"),
        ("PUT", f"{about}/resume"),
        ("DELETE", f"{about}/resume/it1"),
        ("GET", f"/play/item/it1/{session_id}/play.json"),
    ):
        body = {"item_id": "it1", "position_s": 5} if method == "PUT" else None
        answer = await http.request(method, path, params={"grant": grant}, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "grant-only-plays"), path
    assert (await http.get(f"{about}/tracking", params={"grant": grant})).status_code == 200
    wider = grant.replace(":play", "")
    answer = await http.get(f"{about}/report", params={"grant": wider})
    assert answer.json()["code"] == "signature-invalid"
    kept = (await house.sessions.playback("veh_1", session_id, ())).session
    assert house.read_vehicle("veh_1").location_consent
    assert not kept.location_consent


async def test_a_head_unit_gets_the_list_by_its_credential(house, http):
    _, credential = house.unit()
    answer = await http.get("/channels.m3u", headers={"Authorization": f"Bearer {credential}"})
    assert (await http.get(answer.text.splitlines()[-1])).status_code == 302


async def test_nobody_gets_it_without_a_link(house, http):
    url = await link(house, http)
    for address, status, code in (
        ("/channels.m3u", 401, "player-link-missing"),
        ("/channels.m3u?key=forged", 403, "signature-invalid"),
        ("/play/ch1/live.m3u8", 401, "player-link-missing"),
        ("/play/ch1/live.m3u8?key=forged", 403, "signature-invalid"),
    ):
        answer = await http.get(address)
        assert (answer.status_code, answer.json()["code"]) == (status, code), address
    assert (await http.post("/v1/player-links")).status_code == 401
    unknown = (await listed(http, url))[-1].replace("ch1", "ch9")
    assert (await http.get(unknown)).json()["code"] == "channel-unknown"
    house.clock.advance(LINK_MS / 1000)
    assert (await http.get(url)).json()["code"] == "player-link-expired"


async def test_a_feed_gets_no_link(house, http):
    house.unit()
    feed = house.enrol(house.issue_code(CodeTerms("veh_1", Role.FEED, Zone.DRIVER)))
    answer = await http.post("/v1/player-links", headers={"Authorization": f"Bearer {feed.credential}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "role-cannot-play")


async def test_what_was_on_leads_to_its_airing(house, http):
    about, address = (await listed(http, await link(house, http)))[1:]
    assert 'catchup-days="8"' in about
    source = about.partition('catchup-source="')[2].partition('"')[0]
    now_s = house.clock.now_ms() // 1000
    to = await tuned(http, source.replace("{utc}", str(now_s)))
    assert to.startswith("/play/airing/ch1-")
    assert to.split("/")[4] == (await tuned(http, address)).split("/")[3]
    house.clock.advance(120)
    for slot in house.lineups.channels["ch1"].schedule.slots(known := position_at(now_s * 1000), known + 50):
        if slot.programme_id:
            begin_s = starts_at_ms(slot.start) // 1000
            airing = await tuned(http, source.replace("{utc}", str(begin_s)))
            assert airing.split("/")[3] == slot.airing_id
    for moment, code in (
        (str(now_s + 1200), "airing-unknown"),
        ("soon", "moment-malformed"),
        ("1", "range-out-of-reach"),
    ):
        answer = await http.get(source.replace("{utc}", moment))
        assert answer.json()["code"] == code
