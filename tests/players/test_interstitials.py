"""hls.js in headless Chromium puts the ads of a break in itself: pictures if parked, else sound alone."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.players import browse
from tests.players.product import SPOTS, Product

SECONDS = 55.0
BUDGET_S = 0.4
"""How far the time of each of a player's own events may lie from the media's."""
PATIENCE_MS = 2000
"""How soon after a break the channel plays on."""
HAVE_CURRENT_DATA = 2
FRAMES_PER_S = 25
MOVING, STANDING = "moving", "standing"

pytestmark = pytest.mark.timeout(300)
Told = list[dict[str, Any]]


@pytest.fixture(scope="module")
def urls(product: Product) -> dict[str, dict[str, str]]:
    """Sessions that asked for interstitials, of a car that moves and of one that is parked."""
    codes = {MOVING: "moving", STANDING: "two-element"}
    return {name: product.open(code, ads="interstitials") for name, code in codes.items()}


@pytest.fixture(scope="module")
def reports(urls: dict[str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """What hls.js told of itself in each, side by side in one browser, while it played at least one break."""
    folder = tmp_path_factory.mktemp("interstitials")
    pages = [f"{name}@interstitials={one['multivariant']}" for name, one in urls.items()]
    command = [sys.executable, browse.__file__, str(SECONDS), str(folder), *pages]
    subprocess.run(command, check=True, timeout=SECONDS + 60)
    found = {name: json.loads(Path(folder, f"{name}.json").read_text()) for name in urls}
    assert [one["refused"] for one in found.values()] == [[], []]
    return {name: one["told"] for name, one in found.items()}


@pytest.fixture(params=[MOVING, STANDING])
def car(request: pytest.FixtureRequest) -> str:
    """Whose session is looked at."""
    return request.param


@pytest.fixture
def told(car: str, reports: dict[str, Told]) -> Told:
    """What hls.js told in the session of ``car``."""
    return reports[car]


def of(told: Told, what: str) -> Told:
    return [one for one in told if one["what"] == what]


def whole_break(told: Told) -> Told:
    """What was told from the start to the end of the first break whose ads were played whole.

    One that had long begun when a slow machine's player came to the channel has none.
    """
    with_ads = {one["id"] for one in of(told, "list") if one["assets"]}
    for n, one in enumerate(told):
        if one["what"] == "started" and one["id"] in with_ads:
            for m, other in enumerate(told[n:], n):
                if other["what"] == "ended" and other["id"] == one["id"]:
                    return told[n : m + 1]
    raise AssertionError([one for one in told if one["what"] != "beat"])


def test_it_plays_the_ads_of_a_break_and_goes_on(told: Told) -> None:
    # A busy machine may stall a moment; what that costs is measured below.
    assert [one for one in of(told, "error") if not one["text"].startswith("bufferStalledError false")] == []
    during = whole_break(told)
    (listed,) = [one for one in of(told, "list") if one["id"] == during[0]["id"]]
    assert len(listed["assets"]) == len(SPOTS)
    played = [one["uri"] for one in of(during, "asset")]
    assert played == [asset["URI"] for asset in listed["assets"]]
    length_s = (during[-1]["at_ms"] - during[0]["at_ms"]) / 1000
    assert length_s == pytest.approx(sum(asset["DURATION"] for asset in listed["assets"]), abs=2 * BUDGET_S)
    after = told[told.index(during[-1]) + 1 :]
    ends = next((n for n, one in enumerate(after) if one["what"] == "started"), len(after))
    # Until its playlist is there again, the channel stands at 0.
    beats = [one for one in of(after[:ends], "beat") if one["ready"] >= HAVE_CURRENT_DATA]
    assert beats[0]["at_ms"] - during[-1]["at_ms"] < PATIENCE_MS
    played_s = beats[-1]["position_s"] - beats[0]["position_s"]
    assert played_s > 2
    assert played_s == pytest.approx((beats[-1]["at_ms"] - beats[0]["at_ms"]) / 1000, abs=2 * BUDGET_S)


def test_it_is_the_break_that_would_have_been_stitched_with_the_same_beacons(
    told: Told, car: str, urls: dict[str, dict[str, str]]
) -> None:
    listed = of(told, "list")[-1]
    breaks = httpx.get(urls[car]["report"]).raise_for_status().json()["breaks"]
    (same,) = [one for one in breaks if f"{one['break_id']}.ads" == listed["id"]]
    names = [asset["URI"].split("/")[-2] for asset in listed["assets"]]
    assert names == [fill["fill_id"] for fill in same["fills"]]
    assert all(fill["beacon"] for fill in same["fills"])


def test_a_moving_car_hears_the_ads_and_is_offered_no_picture(reports: dict[str, Told]) -> None:
    told = reports[MOVING]
    assert of(told, "manifest")[0]["codecs"] == ["mp4a.40.2"]
    uri = of(told, "list")[-1]["assets"][0]["URI"]
    offered = httpx.get(uri).raise_for_status().text
    assert "avc1" not in offered
    refused = httpx.get(uri.replace("multivariant.m3u8", "v360.m3u8"))
    assert (refused.status_code, refused.json()["code"]) == (403, "video-withheld")
    fetched = [one["url"] for one in of(told, "buffered")]
    assert fetched
    assert all("/a128/" in url for url in fetched)


def test_a_parked_car_is_shown_the_ads_and_then_the_channel_again(reports: dict[str, Told]) -> None:
    told = reports[STANDING]
    assert all("avc1" in codecs for codecs in of(told, "manifest")[0]["codecs"])
    during = whole_break(told)
    fetched = [one["url"] for one in of(during, "buffered")]
    assert any("/a128/" in url for url in fetched)
    for asset in of(during, "asset"):
        own = told[told.index(asset) :]
        ended = next(one for one in own if one["what"] == "asset ended" and one["uri"] == asset["uri"])
        assert_shown([one for one in of(told, "beat") if asset["at_ms"] < one["at_ms"] < ended["at_ms"]])
    after = told[told.index(during[-1]) + 1 :]
    ends = next((n for n, one in enumerate(after) if one["what"] == "started"), len(after))
    assert_shown([one for one in of(after[:ends], "beat") if one["ready"] >= HAVE_CURRENT_DATA])


def assert_shown(beats: Told) -> None:
    """Nearly as many pictures as the time asks for; the count begins anew where the element does."""
    frames = [one["frames"] for one in beats]
    new = sum(after - before if after >= before else after for before, after in pairwise(frames))
    assert new > 0.8 * FRAMES_PER_S * (beats[-1]["at_ms"] - beats[0]["at_ms"]) / 1000
