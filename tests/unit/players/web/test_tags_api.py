"""VAST and VMAP over HTTP, as a player of others meets them."""

from urllib.parse import urljoin

import pytest
from lxml import etree

from tests.players.house import uris

V = "{http://www.iab.com/VAST}"


async def test_a_player_finds_its_way_from_the_sessions_tag_to_the_segment(house, http):
    session = await house.opened()
    answer = await http.get(f"{session.urls.vast}&break=b1", headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["content-type"] == "application/xml"
    root = etree.fromstring(answer.content)
    assert len(root) == 2
    media = next(root.iter(f"{V}MediaFile"))
    assert media.text.startswith("http://test/play/spot/")
    offered = await http.get(media.text)
    assert offered.headers["content-type"] == media.get("type")
    sound = await http.get(urljoin(media.text, offered.text.splitlines()[-1]))
    assert len(uris(sound.content)) == 3
    assert (await http.get(sound.text.splitlines()[-2])).status_code == 200
    refused = await http.get(media.text.replace("audio.m3u8", "v720.m3u8"))
    assert (refused.status_code, refused.json()["code"]) == (403, "video-withheld")


async def test_3_0_on_request(house, http):
    session = await house.opened()
    root = etree.fromstring((await http.get(f"{session.urls.vast}&break=b1&version=3.0")).content)
    assert (root.tag, root.get("version"), len(root)) == ("VAST", "3.0", 2)


async def test_a_vmap_leads_to_vast(house, http):
    session = await house.opened()
    asked = session.urls.vast.replace("/v1/vast", "/v1/vmap") + "&play=p1&at=start,end&max_ads=1"
    answer = await http.get(asked)
    assert answer.headers["content-type"] == "application/xml"
    tags = [
        one.text
        for one in etree.fromstring(answer.content).iter("{http://www.iab.net/videosuite/vmap}AdTagURI")
    ]
    assert len(tags) == 2
    assert len(etree.fromstring((await http.get(tags[1])).content)) == 1


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/vast?break=b1", 403, "signature-invalid"),
        ("/v1/vast?break=b1&grant=no", 403, "signature-invalid"),
        ("{vast}", 422, "break-name-malformed"),
        ("{vast}&break=b1&duration=1", 422, "duration-too-short"),
        ("{vast}&break=b1&version=1.0", 422, "vast-version-unknown"),
        ("{vmap}&play=p1", 422, "offsets-missing"),
        ("{vmap}&at=start", 422, "break-name-malformed"),
        ("/v1/vmap?play=p1&at=start", 403, "signature-invalid"),
    ],
)
async def test_refusals_are_problem_documents(house, http, path, status, code):
    vast = (await house.opened()).urls.vast
    answer = await http.get(path.format(vast=vast, vmap=vast.replace("/v1/vast", "/v1/vmap")))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_its_grant_opens_nothing_that_tells_of_the_vehicle(house, http):
    session = await house.opened()
    grant = session.urls.vast.rpartition("grant=")[2]
    answer = await http.get(f"/v1/sessions/{session.session_id}/report?grant={grant}")
    assert (answer.status_code, answer.json()["code"]) == (403, "grant-only-plays")
