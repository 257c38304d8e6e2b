"""A partner's film and sound, on demand: every player reads them whole, and from the middle on."""

import json
import wave
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest

from content.library.partner_item import ItemKind
from media.house_format import (
    AAC_FRAMES_PER_SEGMENT,
    EPOCH_MS,
    FPS,
    FRAMES_PER_SEGMENT,
    SAMPLE_RATE_HZ,
    SEGMENT_MS,
)
from tests.players import on_demand, relay, sound
from tests.players.film import BEEP_AT_S
from tests.players.on_demand import PAGES, SOUGHT, WHOLE
from tests.players.product import ADS_SEGMENTS, LISTED_SEGMENTS, Product
from tests.players.reading import Reading
from tests.players.test_gstreamer import ROUNDED_NS, jumps_in, shown_in
from tests.players.test_gstreamer import USUAL as USUAL_GSTREAMER

pytestmark = pytest.mark.timeout(300)
# The spots before an item have a beep a segment, as the items have.
LENGTH_S = LISTED_SEGMENTS * SEGMENT_MS / 1000
MIDDLE_S = LENGTH_S / 2
LEFT_SEGMENTS = 3
SEGMENT_S = SEGMENT_MS / 1000
STEP_S = 0.005
HOLE_MS = 100
STILL_MS = 600
"""Tests of another kind run beside: the machine itself stands still for a moment then."""
# A player that renews its lease is given the picture; one that knows nothing of us, the sound.
ITEMS = {"film": True, "sound": False}


@pytest.fixture(scope="module")
def urls(product: Product) -> Iterator[dict[str, str]]:
    """Each item's multivariant playlist, as its players are given it."""
    film = product.open_item("two-element", ItemKind.VIDEO)
    podcast = product.open_item("slate", ItemKind.PODCAST)
    with relay.relaying(product.url, film["report"]) as renewing:
        yield {"film": renewing.through(film["multivariant"]), "sound": podcast["multivariant"]}
    assert [one for one in renewing.fetches if one.status >= 400] == []


@pytest.fixture(scope="module")
def watched(urls: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Reading:
    """What the players left, who all read both items at once."""
    return on_demand.read_items(urls, tmp_path_factory.mktemp("items"), LENGTH_S)


def wave_of(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        return sound.left_of(file.readframes(file.getnframes()))


def packets(path: Path, kind: str) -> list[float]:
    with av.open(str(path)) as container:
        streams = getattr(container.streams, kind)
        return [float(p.pts * p.time_base) for p in container.demux(streams) if p.pts is not None]


def steady(beeps: list[float]) -> bool:
    """One beep a segment."""
    return max(abs(after - before - SEGMENT_S) for before, after in pairwise(beeps)) < STEP_S


def test_everybody_came_to_the_end(watched: Reading) -> None:
    assert {name: code for name, code in watched.codes.items() if code} == {}


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("page", PAGES)
def test_browsers_play_it_whole_and_from_the_middle(watched: Reading, item: str, page: str) -> None:
    report: dict[str, Any] = json.loads(watched.text(f"{item}-{page}.json"))
    assert (report["errors"], report["refused"], report["sound"]) == ([], [], "running")
    assert len(report["ends"]) == 2
    for end in report["ends"]:
        assert (end["time"], end["duration"]) == (pytest.approx(LENGTH_S, abs=0.03),) * 2
    first, second = (end["frames"] for end in report["ends"])
    asked = LENGTH_S * FPS if ITEMS[item] else 0
    assert (first, second - first) == (pytest.approx(asked, abs=2), pytest.approx(asked / 2, abs=3))
    stills = [still for still in report["stills"] if still[1] > STILL_MS]
    assert [still for still in stills if sum(still) < report["ends"][0]["at"]] == []
    ends_s = [((date - EPOCH_MS) / 1000, length) for date, length in report["silences"] if length > HOLE_MS]
    assert [hole for hole in ends_s if abs(hole[0] - MIDDLE_S) > 1] == []


@pytest.mark.parametrize("item", ITEMS)
def test_ffmpeg_reads_every_packet(watched: Reading, item: str) -> None:
    path = watched.folder / f"{item}-{WHOLE}.nut"
    assert watched.text(f"{item}-{WHOLE}-ffmpeg.err") == ""
    for kind, per_segment in (("video", FRAMES_PER_SEGMENT), ("audio", AAC_FRAMES_PER_SEGMENT)):
        if kind == "video" and not ITEMS[item]:
            continue
        times = packets(path, kind)
        asked = np.arange(LISTED_SEGMENTS * per_segment) * SEGMENT_S / per_segment
        assert times == pytest.approx(asked.tolist(), abs=0.0001)
    with av.open(str(path)) as container:
        assert bool(container.streams.video) is ITEMS[item]
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    beeps = sound.beeps(heard.astype(np.float64) * 32768)
    assert beeps == pytest.approx([BEEP_AT_S + n * SEGMENT_S for n in range(LISTED_SEGMENTS)], abs=STEP_S)


@pytest.mark.parametrize("item", ITEMS)
def test_ffmpeg_goes_on_from_the_middle(urls: dict[str, str], item: str) -> None:
    packets = on_demand.seek_with_ffmpeg(urls[item], MIDDLE_S)
    assert {kind for kind, _ in packets} == ({"video", "audio"} if ITEMS[item] else {"audio"})
    for kind, per_segment in (("video", FRAMES_PER_SEGMENT), ("audio", AAC_FRAMES_PER_SEGMENT)):
        times, step_s = [at_s for one, at_s in packets if one == kind], SEGMENT_S / per_segment
        if times:
            assert MIDDLE_S - SEGMENT_S < times[0] <= MIDDLE_S + step_s
            assert times[-1] == pytest.approx(LENGTH_S - step_s, abs=0.001)
            assert max(abs(after - before - step_s) for before, after in pairwise(times)) < 0.0001


@pytest.mark.parametrize("item", ITEMS)
def test_vlc_plays_it_whole_and_from_the_middle(watched: Reading, item: str) -> None:
    whole, sought = (wave_of(watched.folder / f"{item}-{part}-vlc.wav") for part in (WHOLE, SOUGHT))
    assert f"\n{int(LENGTH_S)}\n" in watched.text(f"{item}-{WHOLE}-vlc.out").replace("\r", "")
    assert len(whole) / SAMPLE_RATE_HZ == pytest.approx(LENGTH_S, abs=0.1)
    beeps = sound.beeps(whole)
    assert len(beeps) == LISTED_SEGMENTS
    assert steady(beeps)
    # It went on from the middle to the very end, in one piece.
    assert len(sought) / SAMPLE_RATE_HZ < LENGTH_S + on_demand.SEEK_AFTER_S
    last = sound.beeps(sought)[-3:]
    assert steady(last)
    assert len(sought) / SAMPLE_RATE_HZ - last[-1] == pytest.approx(SEGMENT_S - BEEP_AT_S, abs=0.1)


@pytest.mark.parametrize("item", ITEMS)
def test_playbin3_plays_it_whole(watched: Reading, item: str) -> None:
    said = [
        line
        for line in watched.text(f"{item}-{WHOLE}-gstreamer.err").splitlines()
        if line and not USUAL_GSTREAMER.search(line)
    ]
    assert said == []
    told = watched.text(f"{item}-{WHOLE}-gstreamer.out")
    assert [delta for delta in jumps_in(told) if abs(delta) > ROUNDED_NS] == []
    shown = {timestamp for timestamp, _ in shown_in(told, "shown")}
    assert bool(shown) is ITEMS[item]
    if shown:
        assert (min(shown), max(shown)) == (0, pytest.approx(LENGTH_S - 1 / FPS, abs=0.05))
        assert len(shown) > 0.95 * LENGTH_S * FPS
    left = sound.left_of((watched.folder / f"{item}-{WHOLE}.raw").read_bytes())
    assert len(left) / SAMPLE_RATE_HZ == pytest.approx(LENGTH_S, abs=0.03)
    assert sound.beeps(left) == pytest.approx(
        [BEEP_AT_S + n * SEGMENT_S for n in range(LISTED_SEGMENTS)], abs=STEP_S
    )


@pytest.mark.parametrize("item", ITEMS)
def test_playbin3_goes_on_from_the_middle(watched: Reading, item: str) -> None:
    told = json.loads(watched.text(f"{item}-{SOUGHT}-gstreamer.out"))
    assert (told["seeks"], told["ended"], told["error"]) == (1, True, False)
    assert told["duration_s"] == pytest.approx(LENGTH_S, abs=0.03)
    places = [place for _, place in told["positions"] if place >= 0]
    leap = max(range(1, len(places)), key=lambda n: places[n] - places[n - 1])
    assert places[leap] == pytest.approx(MIDDLE_S, abs=1.0)
    assert max(after - before for before, after in pairwise(places[leap:])) < 1.0
    assert places[-1] == pytest.approx(LENGTH_S, abs=0.5)


def test_what_stands_before_the_items(urls: dict[str, str]) -> None:
    """What the lengths in this file are about: the ads, and then the item, as a player is told."""
    for url in urls.values():
        told = httpx.get(url.replace("multivariant.m3u8", "play.json")).raise_for_status().json()
        (ads,) = told["breaks"]
        assert (ads["starts_at_ms"], ads["ends_at_ms"]) == (0, ADS_SEGMENTS * SEGMENT_MS)
        assert told["length_ms"] == LISTED_SEGMENTS * SEGMENT_MS


def test_ffmpeg_reads_ads_in_the_middle_without_a_seam(product: Product) -> None:
    """Where it was left, ads stand within: content, ads and content again are one timeline."""
    film = product.open_item("two-element", ItemKind.VIDEO)
    about, grant = film["report"].split("/report?")
    points = f"{about}/resume?{grant}"
    item_id = product.stock.items[ItemKind.VIDEO]
    left = {"item_id": item_id, "position_s": LEFT_SEGMENTS * SEGMENT_S}
    httpx.put(points, json=left).raise_for_status()
    try:
        with relay.relaying(product.url, film["report"]) as renewing:
            told = httpx.get(film["audio"].replace("audio.m3u8", "play.json")).raise_for_status().json()
            read = on_demand.seek_with_ffmpeg(renewing.through(film["multivariant"]), 0)
        assert [one for one in renewing.fetches if one.status >= 400] == []
    finally:
        httpx.delete(f"{about}/resume/{item_id}?{grant}").raise_for_status()
    assert [one["content_at_ms"] for one in told["breaks"]] == [LEFT_SEGMENTS * SEGMENT_MS]
    assert told["begin_ms"] == LEFT_SEGMENTS * SEGMENT_MS
    for kind, per_segment in (("video", FRAMES_PER_SEGMENT), ("audio", AAC_FRAMES_PER_SEGMENT)):
        times = [at_s for one, at_s in read if one == kind]
        asked = np.arange(LISTED_SEGMENTS * per_segment) * SEGMENT_S / per_segment
        assert times == pytest.approx(asked.tolist(), abs=0.0001)


def test_the_picture_of_an_item_is_for_those_who_renew(product: Product) -> None:
    """docs/head-units.md: on demand a player of one element is offered the sound alone."""
    for code, offered in (("two-element", True), ("slate", False), ("moving", False)):
        for kind in (ItemKind.VIDEO, ItemKind.PODCAST):
            body = httpx.get(product.open_item(code, kind)["multivariant"]).raise_for_status().content
            assert (b"avc1" in body) is offered
