"""Walk D: a campaign is booked, serves a break of a car that stands nearby, and is billed once."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from content.channels.channel import ChannelDraft
from content.channels.plan import BreakEntry, ProgrammeEntry
from tests.walks.service import RENNES, eventually, upload

CPM_MICROS = 25_000_000
PRICE_MICROS = CPM_MICROS // 1000


@pytest.fixture(scope="module")
def channel_id(service, films) -> str:
    """Of this walk."""
    return short_channel(service, films, "walk-campaign")


def short_channel(service, films, slug: str) -> str:
    """A channel of one short programme and one short break, on air at once."""
    taken = service.command("ingest", str(films["programme"]), "--title", "Short")
    assert taken.returncode == 0, taken.stderr
    programme_id = "prg_" + taken.stdout.strip().partition("_")[2]

    def create(house):
        entries = [ProgrammeEntry(programme_id), BreakEntry(4)]
        return house.content.create_channel("test", ChannelDraft("Walk D", slug), entries)

    return service.in_house(create).channel_id


def place(external_id: str, north: float, town: tuple[float, float] = RENNES) -> dict:
    return {
        "type": "Feature",
        "id": f"{external_id} of {town}",
        "geometry": {"type": "Point", "coordinates": [town[1], town[0] + north]},
        "properties": {"name": f"Garage {external_id}", "category": "dealer"},
    }


def test_from_an_order_to_the_ledger(service, films, car, channel_id):
    with service.client("operator") as operator, service.client("advertiser") as advertiser:
        near = import_places(operator, [place("near", 0.01), place("far", 1.0)])
        campaign_id, creative_id = book(advertiser, near, films["spot"])
        approve(operator, advertiser, campaign_id, creative_id)

        car.park(*RENNES)
        session = car.open_session(channel_id)
        fill = eventually(lambda: first_fill(car, session))
        assert fill["card"]["place_name"] == "Garage near"
        assert fill["card"]["distance_m"] == 1100  # of 1112

        before = report(advertiser, campaign_id)
        assert before["overview"]["balance"]["reserved_micros"] >= PRICE_MICROS
        assert before["overview"]["shown"] == 0
        for _ in range(3):
            assert car.client.post(f"/v1/beacons/{fill['beacon']}/impression").status_code == 204
        after = eventually(lambda: (found := report(advertiser, campaign_id))["overview"]["shown"] and found)
        assert after["overview"]["shown"] == 1
        assert after["overview"]["spent_micros"] == PRICE_MICROS
        balance = after["overview"]["balance"]
        parts = ("remaining_micros", "reserved_micros", "spent_micros")
        assert sum(balance[part] for part in parts) == balance["budget_micros"]
        why = eventually(
            lambda: (found := advertiser.get(f"/v1/campaigns/{campaign_id}/why").json())["said"] and found
        )
        assert why["said"]["chosen"] >= 1
        hours = advertiser.get(f"/v1/campaigns/{campaign_id}/delivery?by=hour").json()["slices"]
        told = [(one["impressions"], one["spent_micros"]) for one in hours]
        # It may have been planned in the hour before.
        assert [one for one in told if any(one)] == [(1, PRICE_MICROS)]
        # The spot stands in the playlist where its break is.
        audio = car.client.get(session["urls"]["audio"].replace("audio.m3u8", "a128.m3u8")).text
        assert "#EXT-X-DISCONTINUITY" not in audio


def import_places(operator, features) -> str:
    """The id of the first."""
    body = json.dumps({"type": "FeatureCollection", "features": features})
    answer = operator.post("/v1/places/import?format=geojson&source=walk", content=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] == 2
    lon, lat = features[0]["geometry"]["coordinates"]
    nearby = f"/v1/places/near?lat={lat}&lon={lon}&radius_m=500"
    found = eventually(lambda: operator.get(nearby).json()["places"])
    return next(one["place_id"] for one in found if one["name"] == features[0]["properties"]["name"])


def book(advertiser, place_id: str, spot, **changes) -> tuple[str, str]:
    """The campaign and its creative: a film by its path, or somebody else's tag by its address."""
    now = datetime.now(UTC)
    order = {
        "name": "Test drives",
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=30)).isoformat(),
        "budget_micros": 100_000_000,
        "cpm_micros": CPM_MICROS,
        "radius_m": 3000,
        "place_ids": [place_id],
    } | changes
    booked = eventually(
        lambda: (answer := advertiser.post("/v1/campaigns", json=order)).status_code == 201 and answer
    )
    campaign_id = booked.json()["campaign_id"]
    made = {"tag_url": spot} if isinstance(spot, str) else {"upload_id": upload(advertiser, spot)}
    submission = {"headline": "Come and try it", "body": "Today."} | made
    added = advertiser.post(f"/v1/campaigns/{campaign_id}/creatives", json=submission)
    assert added.status_code == 201, added.text
    return campaign_id, added.json()["creative_id"]


def approve(operator, advertiser, campaign_id: str, creative_id: str) -> None:
    def in_review():
        creative = advertiser.get(f"/v1/campaigns/{campaign_id}").json()["creatives"][0]
        assert creative["state"] not in {"failed", "rejected"}, creative
        return creative["state"] == "review"

    eventually(in_review)
    answer = operator.post(f"/v1/creatives/{creative_id}/approve")
    assert answer.status_code == 200, answer.text


def first_fill(car, session) -> dict | None:
    """Pull as a player does, and tell of the first fill that has begun: before that, none is believed."""
    pulled = car.client.get(session["urls"]["audio"].replace("audio.m3u8", "a128.m3u8"))
    assert pulled.status_code == 200, pulled.text
    seen = car.client.get(session["urls"]["report"]).json()
    now_ms = time.time() * 1000
    fills = [fill for one in seen["breaks"] for fill in one["fills"] if fill["starts_at_ms"] <= now_ms]
    return fills[0] if fills else None


def report(advertiser, campaign_id: str) -> dict:
    answer = advertiser.get(f"/v1/campaigns/{campaign_id}/report")
    assert answer.status_code == 200, answer.text
    return answer.json()
