"""A coupon's way: a card is shown, its coupon saved, redeemed at a till by one of many, and reported."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.walks.service import eventually
from tests.walks.test_campaign import import_places, place, report, short_channel

BREST = (48.3904, -4.4861)
"""Of this walk alone."""


@pytest.fixture(scope="module")
def channel_id(service, films) -> str:
    return short_channel(service, films, "walk-coupons")


def booked(operator, advertiser) -> str:
    """A campaign of a card with a coupon, which an operator has approved."""
    near = import_places(operator, [place("near", 0.01, BREST), place("far", 1.0, BREST)])
    now = datetime.now(UTC)
    order = {
        "name": "Coffee",
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=30)).isoformat(),
        "budget_micros": 100_000_000,
        "cpm_micros": 10_000_000,
        "radius_m": 3000,
        "place_ids": [near],
    }
    answer = eventually(lambda: (a := advertiser.post("/v1/campaigns", json=order)).status_code == 201 and a)
    campaign_id = answer.json()["campaign_id"]
    coupon = {"title": "Free coffee", "valid_until": (now + timedelta(days=40)).isoformat(), "limit": 5}
    submission = {"headline": "Coffee is ready", "coupon": coupon}
    added = advertiser.post(f"/v1/campaigns/{campaign_id}/creatives", json=submission)
    assert added.status_code == 201, added.text
    approved = operator.post(f"/v1/creatives/{added.json()['creative_id']}/approve")
    assert approved.status_code == 200, approved.text
    return campaign_id


def shown_card(car, session) -> dict:
    """The card that the screen is told of."""
    with car.client.stream("GET", session["urls"]["events"], timeout=60) as stream:
        name = ""
        for line in stream.iter_lines():
            key, _, value = line.partition(": ")
            name = value if key == "event" else name
            if name == "card" and key == "data" and (card := json.loads(value)):
                return card
    raise AssertionError("no card came")


def test_from_a_card_to_the_report(service, car, channel_id):
    with service.client("operator") as operator, service.client("advertiser") as advertiser:
        campaign_id = booked(operator, advertiser)
        car.park(*BREST)
        session = car.open_session(channel_id)
        card = eventually(lambda: shown_card(car, session))
        assert card["card"]["coupon"] == "Free coffee"
        assert car.client.post(f"/v1/beacons/{card['beacon']}/card-shown").status_code == 204

        coupons = session["urls"]["events"].replace("/events", "/coupons")
        saved = car.client.post(coupons, json={"beacon": card["beacon"]})
        assert saved.status_code == 200, saved.text
        code, qr = saved.json()["code"], saved.json()["qr"]
        assert (qr["size"], qr["path"][:11]) == (29, "M4 4h7v1h-7")
        assert car.client.post(coupons, json={"beacon": card["beacon"]}).json()["code"] == code
        assert [one["code"] for one in car.client.get(coupons).json()["coupons"]] == [code]

        def redeem(_n: int):
            return advertiser.post("/v1/coupons/redeem", json={"code": code})

        with ThreadPoolExecutor(16) as tills:
            answers = list(tills.map(redeem, range(64)))
        assert sorted(answer.status_code for answer in answers) == [200, *[409] * 63]
        (won,) = (answer.json() for answer in answers if answer.status_code == 200)
        lost = [answer.json() for answer in answers if answer.status_code == 409]
        assert {one["code"] for one in lost} == {"coupon-redeemed"}
        assert {one["fields"]["redeemed_at"][:19] for one in lost} == {won["redeemed_at"][:19]}

        total = eventually(lambda: (one := report(advertiser, campaign_id)["total"])["redemptions"] and one)
        assert (total["cards"], total["coupons"], total["redemptions"]) == (1, 1, 1)
        for by in ("day", "place", "creative"):
            sliced = advertiser.get(f"/v1/campaigns/{campaign_id}/delivery?by={by}").json()
            # The card may have been shown on the day before.
            assert [n for one in sliced["slices"] if (n := one["redemptions"])] == [1], by
        (standing,) = advertiser.get(f"/v1/campaigns/{campaign_id}/coupons").json()["coupons"]
        assert (standing["saved"], standing["redeemed"]) == (1, 1)
        assert code in advertiser.get(f"/v1/campaigns/{campaign_id}/coupons.csv").text
        (kept,) = car.client.get(coupons).json()["coupons"]
        assert kept["redeemed_at"]
        assert kept["qr"] is None, "what was redeemed is not held to a till again"
