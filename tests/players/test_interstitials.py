"""hls.js in headless Chromium puts the ads of a break in itself, in a car that moves: sound alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.players import browse
from tests.players.product import SPOTS, Product

SECONDS = 55.0
BUDGET_S = 0.4
"""How far the times of a player's own events may lie from the media's."""
PATIENCE_MS = 2000
"""How soon after a break the channel plays on."""
HAVE_CURRENT_DATA = 2

pytestmark = pytest.mark.timeout(300)
Told = list[dict[str, Any]]


@pytest.fixture(scope="module")
def urls(product: Product) -> dict[str, str]:
    """A session of the moving car that asked for interstitials."""
    return product.open("moving", ads="interstitials")


@pytest.fixture(scope="module")
def told(urls: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What hls.js told of itself while it played at least one break."""
    folder = tmp_path_factory.mktemp("interstitials")
    command = [sys.executable, browse.__file__, str(SECONDS), str(folder)]
    subprocess.run([*command, f"interstitials={urls['multivariant']}"], check=True, timeout=SECONDS + 60)
    report = json.loads(Path(folder, "interstitials.json").read_text())
    assert report["refused"] == []
    return report["told"]


def of(told: Told, what: str) -> Told:
    return [one for one in told if one["what"] == what]


def whole_break(told: Told) -> Told:
    """What was told from the start to the end of the first break that was played whole."""
    for n, one in enumerate(told):
        if one["what"] == "started":
            for m, other in enumerate(told[n:], n):
                if other["what"] == "ended" and other["id"] == one["id"]:
                    return told[n : m + 1]
    raise AssertionError([one for one in told if one["what"] != "beat"])


def test_it_plays_the_ads_of_a_break_and_goes_on(told: Told) -> None:
    assert of(told, "error") == []
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
    assert played_s == pytest.approx((beats[-1]["at_ms"] - beats[0]["at_ms"]) / 1000, abs=BUDGET_S)


def test_it_is_the_break_that_would_have_been_stitched_with_the_same_beacons(told: Told, urls) -> None:
    listed = of(told, "list")[-1]
    breaks = httpx.get(urls["report"]).raise_for_status().json()["breaks"]
    (same,) = [one for one in breaks if f"{one['break_id']}.ads" == listed["id"]]
    names = [asset["URI"].split("/")[-2] for asset in listed["assets"]]
    assert names == [fill["fill_id"] for fill in same["fills"]]
    assert all(fill["beacon"] for fill in same["fills"])


def test_a_moving_car_hears_the_ads_and_is_offered_no_picture(told: Told) -> None:
    assert of(told, "manifest")[0]["codecs"] == ["mp4a.40.2"]
    uri = of(told, "list")[-1]["assets"][0]["URI"]
    offered = httpx.get(uri).raise_for_status().text
    assert "avc1" not in offered
    refused = httpx.get(uri.replace("multivariant.m3u8", "v360.m3u8"))
    assert (refused.status_code, refused.json()["code"]) == (403, "video-withheld")
    fetched = [one["url"] for one in of(told, "buffered")]
    assert fetched
    assert all("/a128/" in url for url in fetched)
