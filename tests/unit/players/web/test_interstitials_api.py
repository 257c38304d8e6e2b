"""HLS interstitials over HTTP, as a player meets them."""

import re
from urllib.parse import urljoin

import pytest

from media.house_format import SEGMENT_MS
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import AdOutput, Role, Technique, Vehicle
from tests.players.house import uris


async def opened(house, http, wish: dict[str, object], ads: AdOutput = AdOutput.STITCHED):
    """A session of a head unit that was enrolled for ``ads``, a break of which is about to be listed."""
    house.register(Vehicle("veh_1", "Demo", location_consent=True))
    code = house.issue_code(CodeTerms("veh_1", Role.BOTH, technique=Technique.TWO_ELEMENT, ads=ads))
    unit = (await http.post("/v1/head-units", json={"code": code})).json()
    bearer = {"Authorization": f"Bearer {unit['credential']}"}
    answer = await http.post("/v1/sessions", json=wish, headers=bearer)
    house.clock.advance(18 * SEGMENT_MS / 1000)
    return answer


async def listed(http, session) -> str:
    return (await http.get(session["urls"]["audio"].replace("audio.m3u8", "a128.m3u8"))).text


@pytest.mark.parametrize(
    ("enrolled", "wish", "marked"),
    [
        (AdOutput.STITCHED, None, False),
        (AdOutput.STITCHED, "interstitials", True),
        (AdOutput.INTERSTITIALS, None, True),
        (AdOutput.INTERSTITIALS, "stitched", False),
    ],
)
async def test_the_head_units_setting_holds_unless_the_session_says_otherwise(
    house, http, enrolled, wish, marked
):
    session = (await opened(house, http, {"ads": wish}, enrolled)).json()
    assert ("com.apple.hls.interstitial" in await listed(http, session)) is marked


async def test_a_player_finds_its_way_from_the_mark_to_the_segment(house, http):
    session = (await opened(house, http, {"ads": "interstitials"})).json()
    (place,) = re.findall(r'X-ASSET-LIST="([^"]+)"', await listed(http, session))
    answer = await http.get(place, headers={"Host": "elsewhere.example"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    first = answer.json()["ASSETS"][0]
    assert set(first) == {"URI", "DURATION"}
    assert first["URI"].startswith("http://test/play/ch1/")
    offered = await http.get(first["URI"])
    assert offered.headers["content-type"] == "application/vnd.apple.mpegurl"
    sound = await http.get(urljoin(first["URI"], offered.text.splitlines()[-1]))
    assert len(uris(sound.content)) == 3
    assert (await http.get(sound.text.splitlines()[-2])).status_code == 200
    refused = await http.get(first["URI"].replace("multivariant", "v720"))
    assert (refused.status_code, refused.json()["code"]) == (403, "video-withheld")


async def test_refusals(house, http):
    session = (await opened(house, http, {"ads": "interstitials"})).json()
    folder = session["urls"]["audio"].rpartition("/")[0]
    for place, status, code in (
        (f"{folder}/breaks/ch1-1.json?grant={session['grant']}", 404, "break-unknown"),
        (f"{folder}/breaks/ch1-1.json", 403, "signature-invalid"),
        (f"{folder}/breaks/ch1-1/fil_1/a128.m3u8?grant={session['grant']}", 404, "break-unknown"),
    ):
        answer = await http.get(place, headers={"Host": "elsewhere.example"})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    wrong = await opened(house, http, {"ads": "none"})
    assert wrong.status_code == 422
