"""A player that knows nothing of us follows the tracking document, and the dash plays a spot to its end."""

import asyncio
import json
import time
from datetime import datetime
from typing import Any

import pytest
from playwright.async_api import Route, async_playwright

from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role, Technique
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.walks.service import QUIMPER, Car, eventually
from tests.walks.test_campaign import PRICE_MICROS, approve, book, import_places, place, report, short_channel

EVENTS = ["start", "firstQuartile", "midpoint", "thirdQuartile", "complete"]
PLAYED = ["impressions", "first_quartiles", "midpoints", "third_quartiles", "completes"]


@pytest.fixture(scope="module")
def channel_id(service, films) -> str:
    """Of this walk."""
    return short_channel(service, films, "walk-counting")


@pytest.fixture(scope="module")
def campaign_id(service, films, channel_id) -> str:
    """A campaign whose spot is on air around Quimper."""
    with service.client("operator") as operator, service.client("advertiser") as advertiser:
        near = import_places(operator, [place("near", 0.01, QUIMPER), place("far", 1.0, QUIMPER)])
        booked, creative_id = book(advertiser, near, films["spot"])
        approve(operator, advertiser, booked, creative_id)
    return booked


def now_ms() -> float:
    return time.time() * 1000


def moment_ms(text: str) -> float:
    return datetime.fromisoformat(text).timestamp() * 1000


def funnel(service, campaign_id: str) -> dict[str, int]:
    with service.client("advertiser") as advertiser:
        return report(advertiser, campaign_id)["total"]


def follow(car: Car, session: dict[str, Any], until_ms: float) -> dict[str, int]:
    """Play by the clock, and report as the document says; what was sent, and the status of its answer."""
    sent: dict[str, int] = {}
    etag, document, behind_ms = "", {"avails": []}, 6_000
    while now_ms() < until_ms:
        car.client.get(session["urls"]["audio"].replace("audio.m3u8", "a128.m3u8"))
        answer = car.client.get(session["urls"]["tracking"], headers={"If-None-Match": etag})
        if answer.status_code == 200:
            etag, document = answer.headers["etag"], answer.json()
        playing_ms = now_ms() - behind_ms
        for avail in document["avails"]:
            for event in (event for ad in avail["ads"] for event in ad["trackingEvents"]):
                if event["eventId"] not in sent and playing_ms >= moment_ms(event["startTime"]):
                    (url,) = event["beaconUrls"]
                    sent[event["eventId"]] = car.client.post(url).status_code
        if sent and sorted(sent.values()) == [204] * len(sent) and any(e.endswith("complete") for e in sent):
            break
        time.sleep(0.5)
    return sent


def test_a_player_that_follows_the_document_is_counted_event_by_event(service, campaign_id, channel_id, car):
    before = funnel(service, campaign_id)
    car.park(*QUIMPER)
    session = car.open_session(channel_id)
    sent = follow(car, session, now_ms() + 90_000)
    assert [event.partition(":")[2] for event in sent][:5] == EVENTS
    assert set(sent.values()) == {204}
    expected = {name: before[name] + 1 for name in PLAYED}
    after = eventually(
        lambda: (found := funnel(service, campaign_id))["completes"] > before["completes"] and found, 30
    )
    assert {name: after[name] for name in expected} == expected
    assert after["spent_micros"] == before["spent_micros"] + PRICE_MICROS
    assert after["planned"] >= after["stitched"] >= after["impressions"]
    metrics = car.client.get("/metrics").text
    for event in ("planned", "stitched", "impression", "complete"):
        assert f'roadcast_ad_events_total{{event="{event}",outcome="' in metrics


async def watched(service, channel_id: str, code: str, leave_after: float | None) -> dict[str, list[str]]:
    """Open the dash and play one whole spot, or leave after that share of it; the events sent, by fill."""
    told: dict[str, list[str]] = {}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await (await browser.new_context()).new_page()

        def note(request) -> None:
            if request.url.endswith("/v1/beacons") and request.method == "POST" and request.post_data_json:
                for event in request.post_data_json["events"]:
                    events = told.setdefault(event["beacon"], [])
                    if event["event"] not in events:
                        events.append(event["event"])

        async def on_ours(route: Route) -> None:
            """The dash asks for the default channel; other walks have channels, too."""
            await route.continue_(post_data=json.dumps({"channel_id": channel_id}))

        page.on("request", note)
        await page.route("**/v1/sessions", on_ours)
        await page.goto(f"{service.url}/dash#code={code}")
        wanted = EVENTS[-1] if leave_after is None else EVENTS[int(leave_after * 4)]
        for _ in range(1200):
            if any(wanted in events for events in told.values()):
                break
            await page.wait_for_timeout(100)
        if leave_after is not None:
            await page.click("#play")
            await page.wait_for_timeout(9_000)  # longer than what was left of the spot
        await page.wait_for_timeout(500)
        await browser.close()
    return told


def screen_code(service, car: Car) -> str:
    terms = CodeTerms(car.vehicle_id, role=Role.SCREEN, technique=Technique.TWO_ELEMENT)
    return service.in_house(lambda house: house.players.issue_code(terms))


async def test_a_spot_in_the_dash_is_counted_stage_by_stage_once(service, campaign_id, channel_id, car):
    before = await asyncio.to_thread(funnel, service, campaign_id)
    code = await asyncio.to_thread(screen_code, service, car)
    car.park(*QUIMPER)
    told = await watched(service, channel_id, code, None)
    whole = [events for events in told.values() if "complete" in events]
    assert whole
    assert whole[0] == EVENTS
    number = len(whole)
    after = await asyncio.to_thread(
        eventually,
        lambda: (
            (found := funnel(service, campaign_id))["completes"] >= before["completes"] + number and found
        ),
        30,
    )
    assert after["completes"] == before["completes"] + number
    assert after["impressions"] == before["impressions"] + len(told)


async def test_a_spot_that_is_stopped_in_the_middle_is_not_completed(service, campaign_id, channel_id, car):
    before = await asyncio.to_thread(funnel, service, campaign_id)
    code = await asyncio.to_thread(screen_code, service, car)
    car.park(*QUIMPER)
    told = await watched(service, channel_id, code, 0.5)
    (stopped,) = [events for events in told.values() if "midpoint" in events]
    # A slow machine may hear some more of it before it stops.
    assert stopped == EVENTS[: len(stopped)]
    assert "complete" not in stopped
    after = await asyncio.to_thread(
        eventually,
        lambda: (found := funnel(service, campaign_id))["midpoints"] > before["midpoints"] and found,
        30,
    )
    assert after["completes"] == before["completes"]
