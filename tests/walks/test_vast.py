"""A player of others asks for ads in VAST, plays and reports them; it is billed once, whatever comes."""

import json
import subprocess
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from players.feed import signals
from tests.walks.service import Car, Service, eventually
from tests.walks.test_campaign import PRICE_MICROS, approve, book, import_places, place, report, short_channel

BREST, LORIENT = (48.3904, -4.4861), (47.7482, -3.3702)
"""Of this walk."""
CLIENT = Path(__file__).parents[1] / "players" / "vast_client.mjs"
SPEED = 1.2
EVENTS = {"start", "firstQuartile", "midpoint", "thirdQuartile", "complete", "mute", "skip"}
FUNNEL = ("impressions", "first_quartiles", "midpoints", "third_quartiles", "completes")


@pytest.fixture(scope="module")
def campaign_id(service, films) -> str:
    """A campaign whose spot is on air around Brest."""
    with service.client("operator") as operator, service.client("advertiser") as advertiser:
        near = import_places(operator, [place("near", 0.01, BREST), place("far", 1.0, BREST)])
        booked, creative_id = book(advertiser, near, films["spot"])
        approve(operator, advertiser, booked, creative_id)
    return booked


@pytest.fixture(scope="module")
def channel_id(service, films) -> str:
    """What a session is opened on; what others play is not on it."""
    return short_channel(service, films, "walk-vast")


def player(url: str, speed: float) -> dict[str, Any]:
    """What @dailymotion/vast-client reads at ``url`` and is answered to all that it reports."""
    done = subprocess.run(
        ["node", str(CLIENT), url, str(speed)], capture_output=True, check=False, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-400:]
    return json.loads(done.stdout)


def tag_with_an_ad(
    service: Service, car: Car, session: dict[str, Any], query: str = "", first: int = 0
) -> str:
    """The tag of the first break that is answered with an ad; breaks are numbered from ``first``."""
    names = count(first)

    def asked() -> str | None:
        tag = f"{service.url}{session['urls']['vast']}&break=b{next(names)}&duration=20{query}"
        answer = car.client.get(tag)
        assert answer.status_code == 200, answer.text
        return tag if len(etree.fromstring(answer.content)) else None

    return eventually(asked)


def billed(service: Service, campaign_id: str) -> tuple[int, dict[str, int]]:
    with service.client("advertiser") as advertiser:
        told = report(advertiser, campaign_id)
        return told["overview"]["spent_micros"], told["total"]


def test_from_a_tag_to_the_ledger_once(service, car, campaign_id, channel_id):
    car.park(*BREST)
    session = car.open_session(channel_id)
    tag = tag_with_an_ad(service, car, session)
    assert billed(service, campaign_id)[0] == 0

    played = player(tag, SPEED)
    (ad,) = played["ads"]
    assert (played["version"], ad["duration"], set(ad["events"])) == ("4.2", 7.68, EVENTS)
    assert (ad["impressions"], ad["errors"], ad["clicks"]) == (1, 1, 1)
    (beside,) = ad["companions"]
    assert (beside["width"], beside["height"], beside["altText"]) == (1280, 720, "Come and try it")
    ((kind, still),) = beside["stills"]
    shown = httpx.get(still)
    assert (kind, shown.headers["content-type"], shown.content[:2]) == ("image/jpeg", kind, b"\xff\xd8")
    assert ad["adServingId"] == ad["id"]
    assert all(ad["id"] in one["url"] for one in played["fired"])
    assert {one["status"] for one in played["fired"]} == {204}
    reported = {one["url"].partition("?")[0].rpartition("/")[2] for one in played["fired"]}
    assert reported == EVENTS | {"impression", "error", "tap"}
    outcomes = sorted(one["outcome"] for one in played["fired"])
    assert outcomes == ["counted"] * (len(reported) - 1) + ["repeated"]  # impression and start are one

    def counted() -> dict[str, int] | None:
        spent, total = billed(service, campaign_id)
        return total if spent and total["completes"] else None

    assert [eventually(counted)[name] for name in FUNNEL] == [1] * len(FUNNEL)

    again = [car.client.get(one["url"]) for one in played["fired"]]
    assert {one.status_code for one in again} == {204}
    assert {one.headers["roadcast-outcome"] for one in again} <= {"repeated", "replayed"}
    assert player(tag, 0)["ads"][0]["id"] == ad["id"]
    spent, total = billed(service, campaign_id)
    assert spent == PRICE_MICROS
    assert [total[name] for name in FUNNEL] == [1] * len(FUNNEL)

    (media,) = ad["media"]
    playlist = httpx.get(media["fileURL"])
    assert (playlist.status_code, playlist.headers["content-type"]) == (200, media["mimeType"])
    assert ("RESOLUTION" in playlist.text) is (media["width"] > 0)


def test_a_player_of_vast_3_reads_it_too(service, car, campaign_id, channel_id):
    car.park(*BREST)
    read = player(tag_with_an_ad(service, car, car.open_session(channel_id), "&version=3.0"), 0)
    (ad,) = read["ads"]
    assert (read["version"], ad["duration"], set(ad["events"])) == ("3.0", 7.68, EVENTS)
    assert (ad["impressions"], ad["errors"], ad["clicks"], len(ad["media"])) == (1, 1, 1, 1)


def test_a_player_reads_that_there_is_nothing(service, car, channel_id):
    session = car.open_session(channel_id)
    read = player(f"{service.url}{session['urls']['vast']}&break=none&duration=2", 0)
    assert read == {"version": "4.2", "ads": [], "fired": []}


def test_an_ad_comes_when_the_car_has_left_an_area_and_not_before(service, films, car, channel_id):
    with service.client("operator") as operator, service.client("advertiser") as advertiser:
        point = {"type": "Point", "coordinates": [LORIENT[1], LORIENT[0]]}
        named = {"name": "Lorient", "radius_m": 2000}
        made = operator.post("/v1/areas", json={"type": "Feature", "geometry": point, "properties": named})
        assert made.status_code == 201, made.text
        there = {"place_ids": [], "area_ids": [made.json()["id"]], "cpm_micros": 50_000_000}
        leaving = {"approach": {"fence": "exit", "fence_min": 5}}
        exits, enters = [book(advertiser, "", films["spot"], **there, **more) for more in (leaving, {})]
        for one in (exits, enters):
            approve(operator, advertiser, *one)

        def said(campaign_id: str) -> dict[str, int]:
            return advertiser.get(f"/v1/campaigns/{campaign_id}/why").json()["said"]

        car.park(*LORIENT)
        session = car.open_session(channel_id)
        tag_with_an_ad(service, car, session)
        eventually(lambda: said(enters[0]).get("chosen"))
        assert said(exits[0]).keys() <= {"fence-not-crossed"}
        car.values[signals.LATITUDE] = str(LORIENT[0] + 0.05)
        later = count(1_000, 1_000)
        eventually(
            lambda: tag_with_an_ad(service, car, session, first=next(later)) and said(exits[0]).get("chosen")
        )
        assert said(exits[0])["fence-not-crossed"] >= 1
