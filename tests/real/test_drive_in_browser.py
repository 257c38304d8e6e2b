"""The promise, end to end: a real drive past real stations, the real service, real Chromium on the dash."""

import asyncio
import json
from itertools import groupby
from typing import Any

import pytest
from sqlalchemy import select

from adserver.adapters.tables import ledger_transfers
from adserver.billing.ledger import REVENUE
from geotarget.distance import geodesic_m
from players.playback.events import DecisionEvent
from tests.real.driven import BREAK_SEGMENTS, CARD, SPOTS, Driven, drive, set_up
from tests.walks.service import Service, eventually

pytestmark = pytest.mark.timeout(600)
STALL_MS = 300
SILENCE_MS = 200
MARGIN_MS = 10_000
BILLING = {"start", "card-shown"}
BRANDS = tuple(booking.brand for booking in SPOTS)


@pytest.fixture(scope="module")
def driven(real_data, tmp_path_factory) -> Driven:
    """One drive; each test looks at what was recorded of it."""
    folder = tmp_path_factory.mktemp("drive")
    service = Service(folder / "data", folder / "log.txt")
    try:
        stage = set_up(service, real_data, folder)
        yield asyncio.run(drive(stage, real_data))
    finally:
        service.close()


TAKEN = "advertiser-in-pod"
"""Says no more than that the nearer took the break: one advertiser booked both."""


def winner_of(decision: DecisionEvent) -> str:
    """The brand that was chosen."""
    return decision.fills[0].card.headline.removesuffix(" is near")


def told_as(exact_m: float, told_m: int) -> bool:
    """Whether a distance is told so: in steps of 50 m up to 1 km, and of 100 m beyond."""
    step_m = 50 if told_m < 1_000 else 100
    return told_m % step_m == 0 and abs(exact_m - told_m) <= step_m / 2 + 1


def distances_m(driven: Driven, decision: DecisionEvent) -> dict[str, float]:
    """How far each brand's station was from the place that the decision took for the car's.

    The place is the newest of those told within the last second or so that give the winner's distance, as it
    is told in steps. Of the others it is the station that the decision names, the nearest ahead; of several
    in one town the farthest, as the nearer may lie behind.
    """
    winner, card = winner_of(decision), decision.fills[0].card
    named = {card.place_name, *(one.place_name for one in decision.refusals)}
    recent = [point for at_ms, point in driven.sent if -1_500 < at_ms - decision.at_ms <= 50]
    found: list[dict[str, float]] = []
    for point in recent:
        apart = {
            booking.brand: [
                geodesic_m(point.latitude, point.longitude, one["lat"], one["lng"])
                for one in _told_of(driven.stage.stations[booking.brand], named, booking.brand)
            ]
            for booking in (*SPOTS, CARD)
        }
        told = [one for one in apart[winner] if told_as(one, card.distance_m)]
        if told:
            found.append({brand: max(far) for brand, far in apart.items()} | {winner: told[0]})
    return found[-1]


def _told_of(stations: list[dict[str, Any]], named: set[str], brand: str) -> list[dict[str, Any]]:
    """Those of a brand's stations whose name a decision tells; all, where it tells none of them."""
    names = {name.casefold() for name in named}
    return [one for one in stations if f"{brand} {one['city']}".casefold() in names] or stations


def billed(service: Service) -> dict[str, list[int]]:
    """What the ledger holds of each fill that was billed: what each credited to delivered revenue."""

    def read(house):
        with house.engines.reads.connect() as connection:
            return connection.execute(
                select(ledger_transfers).where(ledger_transfers.c.credit == REVENUE)
            ).all()

    found: dict[str, list[int]] = {}
    for transfer in service.in_house(read):
        found.setdefault(transfer.event_id, []).append(transfer.amount_micros)
    return found


def test_parked_video_plays(driven):
    shown = driven.report.between(driven.departed_ms - MARGIN_MS, driven.departed_ms)
    assert len(shown) > 50
    assert all(sample.picture and sample.playing for sample in shown)
    frames = [at for at in driven.report.frames if shown[0].at_ms <= at < driven.departed_ms]
    assert len(frames) > 8 * MARGIN_MS / 1000
    assert any(one.is_picture for one in driven.answers if one.at_ms < driven.departed_ms)


def test_within_two_seconds_of_the_first_moving_sample_there_is_no_picture(driven):
    seen = driven.report.between(*driven.moving())
    assert len(seen) > 300
    assert [one.at_ms - driven.departed_ms for one in seen if one.picture] == []
    from_ms, to_ms = driven.moving()
    assert [at - driven.departed_ms for at in driven.report.frames if from_ms <= at < to_ms] == []
    assert any("Driving" in sample.withheld for sample in seen)


def test_while_it_moves_no_video_segment_is_served(driven):
    from_ms, to_ms = driven.moving()
    answers = [one for one in driven.answers if from_ms <= one.at_ms < to_ms]
    assert [one for one in answers if one.is_picture and one.status == 200] == []
    # What the server says that it served is accounted for by the sound alone, but for one on its way.
    (began_ms, before), (ended_ms, after) = driven.served
    sound = [one for one in answers if one.segment and began_ms <= one.at_ms < ended_ms]
    assert after > before
    assert abs((after - before) - len(sound)) <= 1
    assert {name: answer.status_code for name, answer in driven.refused.items()} == {
        "segment": 403,
        "playlist": 403,
    }
    assert {answer.json()["code"] for answer in driven.refused.values()} == {"video-withheld"}


def test_the_sound_never_stops(driven):
    report = driven.report
    from_ms, to_ms = driven.departed_ms - MARGIN_MS, report.samples[-1].at_ms
    assert all(sample.sounding for sample in report.between(from_ms, to_ms))
    assert report.longest_stall_ms(from_ms, to_ms) <= STALL_MS
    ran_s = report.between(from_ms, to_ms)[-1].sound_s - report.between(from_ms, to_ms)[0].sound_s
    assert ran_s == pytest.approx((to_ms - from_ms) / 1000, abs=0.5)
    silences = [one.quiet_ms for one in report.between(from_ms, to_ms)]
    assert max(silences) <= SILENCE_MS


def test_parked_again_the_picture_returns(driven):
    after = [sample for sample in driven.report.samples if sample.at_ms >= driven.parked_ms]
    back_ms = next(sample.at_ms for sample in after if sample.picture)
    # Three seconds of agreement, then as long as a player takes to start.
    assert 3_000 <= back_ms - driven.parked_ms < 15_000
    rest = [sample for sample in after if sample.at_ms > back_ms + 1_000]
    assert len(rest) > 20
    assert all(sample.picture and sample.playing for sample in rest)
    assert driven.complaints == 0
    assert driven.page_errors == []


def left_behind(decision: DecisionEvent) -> set[str]:
    """The brands all of whose stations within reach lay behind the car: their names begin with the brand."""
    behind = [one.place_name for one in decision.refusals if one.reason in {"behind-the-car", "driven-by"}]
    return {brand for brand in BRANDS if any(name.startswith(brand) for name in behind)}


def test_each_break_was_filled_by_the_campaign_whose_place_ahead_was_nearest(driven):
    breaks = [one for one in driven.decisions if one.kind == "break"]
    assert len(breaks) >= 5
    # Which is nearest changes on the way, so that it is a real question.
    assert [brand for brand, _ in groupby(breaks, winner_of)] == list(BRANDS)
    for decision in breaks:
        winner, distances = winner_of(decision), distances_m(driven, decision)
        ahead = [brand for brand in BRANDS if brand not in left_behind(decision)]
        assert winner == min(ahead, key=distances.__getitem__)
        (fill,) = decision.fills
        assert told_as(distances[winner], fill.card.distance_m)
        assert (fill.asset_id, fill.segments) == (driven.stage.assets[winner], BREAK_SEGMENTS)
        # The other was refused because the nearer took the break, or because it lay behind.
        lost = [one for one in decision.refusals if one.reason == TAKEN]
        assert len(lost) == len(ahead) - 1
        assert all(one.place_name for one in lost)
    heard = {one.segment["asset_id"] for one in driven.answers if one.segment and one.status == 200}
    assert heard >= {driven.stage.assets[brand] for brand in BRANDS}


def test_a_card_appeared_for_a_place_within_its_radius_and_not_before(driven):
    cards = [one for one in driven.decisions if one.kind == "card"]
    chosen = [one for one in cards if one.fills]
    before = [one for one in cards if one.at_ms < chosen[0].at_ms]
    assert all("out-of-reach" in {one.reason for one in decision.refusals} for decision in before)
    for decision in chosen:
        (fill,) = decision.fills
        assert winner_of(decision) == CARD.brand
        exact_m = distances_m(driven, decision)[CARD.brand]
        assert told_as(exact_m, fill.card.distance_m)
        assert exact_m <= CARD.radius_m
    headline = chosen[0].fills[0].card.headline
    shown = [one for one in driven.report.samples if one.promotion and one.promotion.headline == headline]
    assert len(shown) > 20
    assert shown[0].at_ms >= chosen[0].at_ms
    assert shown[0].promotion.place == chosen[0].fills[0].card.place_name


def test_each_impression_is_in_the_ledger_once(driven):
    service = driven.stage.service
    price_of = {booking.brand: booking.price_micros for booking in (*SPOTS, CARD)}
    prices = {one.fills[0].fill_id: price_of[winner_of(one)] for one in driven.decisions if one.fills}
    sent = [event for one in driven.answers if one.sent for event in json.loads(one.sent)["events"]]
    told = {(event["beacon"], event["event"]) for event in sent if event["event"] in BILLING}
    assert {event for _, event in told} == BILLING
    heard = len({beacon for beacon, _ in told})
    assert heard >= 5
    eventually(lambda: len(billed(service)) >= heard)
    with service.client() as client:
        for beacon, event in sorted(told) * 2:
            assert client.post(f"/v1/beacons/{beacon}/{event}").status_code == 204
    ledger = billed(service)
    assert ledger == {fill_id: [prices[fill_id]] for fill_id in ledger}
    with service.client("advertiser") as advertiser:
        for booking in (*SPOTS, CARD):
            campaign_id = driven.stage.campaigns[booking.brand]
            overview = advertiser.get(f"/v1/campaigns/{campaign_id}/report").json()["overview"]
            count = sum(amounts == [booking.price_micros] for amounts in ledger.values())
            assert count >= 1
            assert (overview["shown"], overview["spent_micros"]) == (count, count * booking.price_micros)
