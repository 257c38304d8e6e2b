"""The tracking document, as a player that knows nothing of us reads it."""

import json
from datetime import datetime, timedelta

from media.house_format import SEGMENT_MS, position_at, starts_at_ms

WORDS = ["start", "firstQuartile", "midpoint", "thirdQuartile", "complete"]


async def in_break(house):
    """A session whose next break is decided."""
    opened = await house.opened()
    while not house.noted:
        house.clock.advance(2)
        await house.pull_audio(opened)
    return opened


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_avails_ads_and_events_on_the_playlists_clock(house, http):
    opened = await in_break(house)
    answer = await http.get(opened.urls.tracking)
    assert answer.headers["content-type"] == "application/json"
    document = answer.json()
    (avail,) = document["avails"]
    assert avail["durationInSeconds"] == 8 * SEGMENT_MS / 1000
    first, second = avail["ads"]
    assert (first["startTime"], first["startOffsetInSeconds"]) == (avail["startTime"], 0)
    assert first["durationInSeconds"] == second["startOffsetInSeconds"] == 3 * SEGMENT_MS / 1000
    assert moment(second["startTime"]) - moment(first["startTime"]) == timedelta(milliseconds=3 * SEGMENT_MS)
    for ad in (first, second):
        events = ad["trackingEvents"]
        assert [event["eventType"] for event in events] == WORDS
        assert [event["eventId"] for event in events] == [f"{ad['adId']}:{word}" for word in WORDS]
        for number, event in enumerate(events):
            offset = ad["durationInSeconds"] * number / 4
            assert event["offsetInSeconds"] == offset
            assert moment(event["startTime"]) - moment(ad["startTime"]) == timedelta(seconds=offset)
            (url,) = event["beaconUrls"]
            assert url.endswith(f"/{WORDS[number]}")
    assert {one["eventType"] for one in first["interactionEvents"]} >= {"skip", "mute", "error", "notUsed"}
    # The ad stands in the playlist where the document says.
    starts_ms = round(moment(first["startTime"]).timestamp() * 1000)
    house.clock.advance((starts_ms - house.clock.now_ms()) / 1000 + 4)
    body = (await house.pull_audio(opened)).decode().splitlines()
    date = next(line for line in body if line.startswith("#EXT-X-PROGRAM-DATE-TIME:")).partition(":")[2]
    segments = [line for line in body if line.startswith("/segments/")]
    index = round((moment(first["startTime"]) - moment(date)) / timedelta(milliseconds=SEGMENT_MS))
    assert segments[index].startswith("/segments/ad1")
    assert not segments[index - 1].startswith("/segments/ad")
    assert starts_at_ms(position_at(starts_ms)) == starts_ms


async def test_neither_price_nor_campaign_nor_place(house, http):
    opened = await in_break(house)
    text = (await http.get(opened.urls.tracking)).text
    assert "Two for one" not in text  # the card's body is for the page
    for word in ("price", "micros", "5000", "EUR", "li_1", "cr_1", "48.11", "distance", "300"):
        assert word not in text, word


async def test_it_is_sent_again_only_when_it_has_changed(house, http):
    opened = await in_break(house)
    first = await http.get(opened.urls.tracking)
    etag = first.headers["etag"]
    house.clock.advance(1)
    for wanted in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await http.get(opened.urls.tracking, headers={"If-None-Match": wanted})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    changed = await http.get(opened.urls.tracking, headers={"If-None-Match": '"other"'})
    assert (changed.status_code, changed.json()) == (200, first.json())
    # A minute after the end of the break it is told no more.
    house.clock.advance(8 * SEGMENT_MS / 1000 + 20 + 61)
    gone = await http.get(opened.urls.tracking, headers={"If-None-Match": etag})
    assert (gone.status_code, gone.json()["avails"]) == (200, [])


async def test_who_may_not_read_it(house, http):
    opened, other = await house.opened(), await house.opened()
    address = opened.urls.tracking.partition("?")[0]
    for grant, code in (("", "signature-invalid"), (other.grant, "grant-of-other-session")):
        answer = await http.get(address, params={"grant": grant})
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    house.clock.advance(12 * 3600)
    assert json.loads((await http.get(opened.urls.tracking)).content)["code"] == "grant-expired"


async def test_a_play_on_demand_is_told_on_the_clock_of_its_playlist(house, http):
    opened = await house.opened()
    address = f"{opened.urls.tracking}&item_id=it1"
    assert "play" not in (await http.get(address)).json()
    body = (await http.get(f"/play/item/it1/{opened.session_id}/a128.m3u8?grant={opened.grant}")).text
    document = (await http.get(address)).json()
    assert document["avails"] == []
    assert document["play"]["playId"] == "it1.1"
    (avail,) = document["play"]["avails"]
    dates = [line.partition(":")[2] for line in body.splitlines() if line.startswith("#EXT-X-PROGRAM-DATE")]
    assets = [line.split("/")[2] for line in body.splitlines() if line.startswith("/segments/")]
    assert avail["startTimeInSeconds"] == 0
    assert [assets[dates.index(ad["startTime"])] for ad in avail["ads"]] == ["ad1-1", "ad2-1"]
    assert [one["eventType"] for one in avail["ads"][0]["trackingEvents"]] == WORDS
    assert "play" not in (await http.get(opened.urls.tracking)).json()
    assert "play" not in (await http.get(f"{opened.urls.tracking}&airing_id=ch1-1")).json()
