"""Decisions as data: each case of the JSON files beside this one is decided and compared.

A file holds a list of cases ``{name, avail, candidates, remaining, seen, roll, fills, refusals}``. A
candidate names what differs from: active, in flight, 10 a thousand, standard, one approved 8-segment
creative for video and audio, its place 100 m away, 1,000,000 micros left. ``distance_m: null`` is a
line item that does not reach the car, unless ``within`` says that the car is in one of its areas;
``crossed`` that it came in, stayed or left there as asked. ``side`` is where the place lies from the car,
``hours`` when it is open. Of the avail, a case names what differs from: a break of 16 segments in France
for a car that may show video, of which nothing else is known. ``done`` is what a line item has had towards
its goal, ``passes`` how much of it is let through, ``delivered`` its history.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adserver.booking.campaign import CampaignState, Creative, LineItem
from adserver.booking.campaign import Category as LineCategory
from adserver.booking.cap import WINDOW_MAX_S, FrequencyCap
from adserver.booking.terms import Delivered
from adserver.serving.avail import Avail
from adserver.serving.decision import fill
from adserver.serving.demand import Candidate
from adserver.serving.eligibility import plain, unable
from adserver.serving.frequency import GLANCES, NEVER
from adserver.serving.offer import Offer
from adserver.serving.reason import Reason
from adserver.serving.trace import Trace, replay, trace_of
from adserver.serving.usage import Usage
from geotarget.course import Side
from geotarget.place import Category, Place
from kernel.clock import to_ms

CASES = [
    (f"{path.stem}: {case['name']}", case)
    for path in sorted(Path(__file__).parent.glob("*.json"))
    for case in json.loads(path.read_text("utf-8"))
]
PLACE = Place("plc_1", "test", "1", "Here", "", Category.DEALER, 48.1, -1.7)
AVAIL = {
    "avail_id": "a",
    "subject": "car",
    "segments": 16,
    "formats": ["video", "audio"],
    "at": "2026-06-15T10:00:00+00:00",
    "location": {"latitude": 48.1, "longitude": -1.7},
    "zones": ["Europe/Paris"],
}
LEAST = 150


def ms(text: str) -> int:
    return to_ms(datetime.fromisoformat(text))


def candidate(given: dict[str, Any]) -> Candidate:
    item_id = given["id"]
    item = {
        "line_item_id": item_id,
        "campaign_id": given.get("campaign", f"cmp_{item_id}"),
        "advertiser_id": given.get("advertiser", f"adv_{given.get('campaign', item_id)}"),
        "name": item_id,
        "starts_ms": ms(given.get("starts", "2026-06-01T00:00:00+00:00")),
        "ends_ms": ms(given.get("ends", "2026-07-01T00:00:00+00:00")),
        "budget_micros": 10_000_000,
        "cpm_micros": given.get("cpm_micros", 10_000_000),
        "currency": "EUR",
        "radius_m": 5000,
        "place_ids": given.get("place_ids", ["plc_1"]),
        "category": given.get("category", "other"),
        "priority": given.get("priority", "standard"),
        "caps": given.get("caps", [given.get("cap", {"count": 3, "window_s": 3600})]),
        "exclusions": given.get("exclusions", []),
        "markets": given.get("markets", []),
        "area_ids": given.get("area_ids", []),
        "approach": given.get("approach", {}),
        "targeting": given.get("targeting", {}),
        "rotation": given.get("rotation", "fit"),
        "cpv_micros": given.get("cpv_micros", 0),
        "cpa_micros": given.get("cpa_micros", 0),
        "action": given.get("action", "tap"),
        "goal": given.get("goal", {}),
        "timezone": "Europe/Paris",
    }
    made = [
        {
            "creative_id": f"{item_id}-{n}",
            "line_item_id": item_id,
            "campaign_id": item["campaign_id"],
            "advertiser_id": "adv",
            "name": "c",
            "formats": ["video", "audio"],
            "state": "approved",
            "headline": "h",
            "body": "",
            "created_ms": 0,
            "asset_id": "" if creative.get("formats") == ["card"] else "ast",
            "segments": 8,
        }
        | creative
        for n, creative in enumerate(given.get("creatives", [{}]))
    ]
    offer = Offer(
        line_item=msgspec.convert(item, LineItem),
        state=CampaignState(given.get("state", "active")),
        advertiser_name="A",
        creatives=tuple(msgspec.convert(creative, Creative) for creative in made),
        advertiser_category=LineCategory(given.get("deals_in", "other")),
        delivered=Delivered(**given.get("delivered", {})),
        campaign_caps=msgspec.convert(given.get("campaign_caps", ()), tuple[FrequencyCap, ...]),
        advertiser_caps=msgspec.convert(given.get("advertiser_caps", ()), tuple[FrequencyCap, ...]),
    )
    distance_m = given.get("distance_m", 100.0)
    within = given.get("within", False)
    crossed = given.get("crossed", False)
    if distance_m is None:
        return Candidate(offer, within=within, crossed=crossed)
    hours = {"opening_hours": given["hours"]} if "hours" in given else {}
    place = replace(PLACE, attributes=hours)
    side, detour_s = Side[given.get("side", "AHEAD")], given.get("detour_s", 0.0)
    return Candidate(offer, place, distance_m, within, side, detour_s, crossed)


def usage(case: dict[str, Any], avail: Avail, candidates: Sequence[Candidate]) -> Usage:
    """What the counters say.

    ``seen`` is by name how often it was shown just now, or how many seconds ago each time; what was an hour
    ago or longer was in another drive.
    """
    caps = {name: caps for one in candidates for counted in one.offer.counted for name, caps in counted}
    caps[GLANCES] = avail.glances
    seen, many = NEVER, (FrequencyCap(1000, WINDOW_MAX_S),)
    for name, told in case.get("seen", {}).items():
        for ago_s in told if isinstance(told, list) else [1] * told:
            shown = [(name, caps.get(name, ()) or many)]
            seen = seen.and_these(shown, avail.at_ms - ago_s * 1000, int(ago_s < 3600))
    remaining = {c.offer.line_item.line_item_id: 1_000_000 for c in candidates} | case.get("remaining", {})
    turns = {name: seen.turn(name) for name in case.get("seen", {}) if name.endswith(":turn")}
    full = seen.full(caps, caps, avail.at_ms, 1)
    return Usage(remaining, full, case.get("done", {}), case.get("passes", {}), turns)


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_case(case: dict[str, Any]) -> None:
    candidates = [candidate(given) for given in case["candidates"]]
    avail = msgspec.convert(AVAIL | case.get("avail", {}), Avail)
    used = usage(case, avail, candidates)
    decision = fill(avail, candidates, used, case.get("roll", 0.5))
    assert [[f.line_item.line_item_id, f.creative.creative_id] for f in decision.fills] == [
        [item, f"{item}-{n}"] for item, n in (f if isinstance(f, list) else (f, 0) for f in case["fills"])
    ]
    assert {r.line_item.line_item_id: r.reason.value for r in decision.refusals} == case["refusals"]
    for item, detail in case.get("details", {}).items():
        assert detail in {r.detail for r in decision.refusals if r.line_item.line_item_id == item}
    assert len(decision.fills) + len(decision.refusals) == len(candidates)
    assert sum(f.creative.segments for f in decision.fills) <= avail.segments
    again = fill(avail, list(reversed(candidates)), used, case.get("roll", 0.5))
    assert again == decision, "the order in which candidates come must not matter"


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_who_is_let_through_at_a_glance_is_let_through_by_the_checklist(case: dict[str, Any]) -> None:
    avail = msgspec.convert(AVAIL | case.get("avail", {}), Avail)
    for one in map(candidate, case["candidates"]):
        assert not plain(avail, one) or unable(avail, one) is None


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_it_comes_out_the_same_when_it_is_made_again_from_its_trace(case: dict[str, Any]) -> None:
    candidates = tuple(candidate(given) for given in case["candidates"])
    roll = case.get("roll", 0.5)
    avail = msgspec.convert(AVAIL | case.get("avail", {}), Avail)
    used = usage(case, avail, candidates)
    trace = trace_of(avail, candidates, used, roll, fill(avail, candidates, used, roll), 1)
    found = replay(msgspec.msgpack.decode(msgspec.msgpack.encode(trace), type=Trace))
    assert (found.same, found.changes) == (True, ())
    told = {one.line_item_id: one.reason for one in found.verdicts if one.reason}
    assert told.items() <= case["refusals"].items()
    assert Counter(told.values()) + Counter(found.untold) == Counter(case["refusals"].values())


def test_most_are_let_through_at_a_glance() -> None:
    glances = [
        plain(msgspec.convert(AVAIL | case.get("avail", {}), Avail), candidate(given))
        for _, case in CASES
        for given in case["candidates"]
    ]
    assert sum(glances) > len(glances) / 3


def test_there_are_many_and_each_has_a_name_of_its_own() -> None:
    assert len(CASES) >= LEAST
    assert len({name for name, _ in CASES}) == len(CASES)


def test_each_coded_refusal_is_in_a_case() -> None:
    named = {reason for _, case in CASES for reason in case["refusals"].values()}
    assert named == {reason.value for reason in Reason}
