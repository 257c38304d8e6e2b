"""hls-parser in strict mode, and the house's own rules, accept every kind of playlist."""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import m3u8
import pytest

from content.library.partner_item import ItemKind
from media.house_format import SEGMENT_MS
from tests.players import playlist_rules as rules
from tests.players.conftest import POLLED, SECONDS, Played
from tests.players.listening import media_urls
from tests.players.product import LISTED_SEGMENTS, Product

pytestmark = pytest.mark.timeout(600)
SCRIPT = Path(__file__).with_name("hls_parser.mjs")


def parse(folder: Path, bodies: dict[str, bytes]) -> dict[str, Any]:
    """What hls-parser says of each body."""
    for name, body in bodies.items():
        (folder / name).write_bytes(body)
    command = ["node", str(SCRIPT), *(str(folder / name) for name in bodies)]
    told = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60).stdout
    return {Path(one["file"]).name: one for one in json.loads(told)}


def playlists(url: str, prefix: str) -> dict[str, bytes]:
    """A multivariant playlist and all that it names."""
    with httpx.Client() as client:
        body = client.get(url).raise_for_status().content
        found = {f"{prefix}-multivariant.m3u8": body}
        for number, media_url in enumerate(media_urls(body, url)):
            found[f"{prefix}-{number}.m3u8"] = client.get(media_url).raise_for_status().content
    return found


@pytest.mark.parametrize("code", ["two-element", "slate", "moving"])
def test_every_playlist_is_accepted(product: Product, tmp_path: Path, code: str) -> None:
    urls = product.open(code)
    kinds = ("multivariant", "audio") if code == "moving" else ("multivariant", "audio", "video")
    bodies = {name: body for kind in kinds for name, body in playlists(urls[kind], kind).items()}
    told = parse(tmp_path, bodies)
    assert {name: one["error"] for name, one in told.items() if one["error"]} == {}
    assert len(told) == len(bodies)


@pytest.mark.parametrize("code", ["two-element", "slate", "moving"])
@pytest.mark.parametrize("item", [ItemKind.VIDEO, ItemKind.PODCAST])
def test_every_playlist_of_an_item_is_accepted_and_ends(
    product: Product, tmp_path: Path, code: str, item: ItemKind
) -> None:
    urls = product.open_item(code, item)
    kinds = ("multivariant", "audio", "video") if code == "two-element" else ("multivariant", "audio")
    bodies = {name: body for kind in kinds for name, body in playlists(urls[kind], kind).items()}
    told = parse(tmp_path, bodies)
    assert {name: one["error"] for name, one in told.items() if one["error"]} == {}
    listed = {name: m3u8.loads(bodies[name].decode()) for name in bodies if "multivariant.m3u8" not in name}
    media = {name: one for name, one in listed.items() if not one.is_variant}
    assert len(media) == (8 if code == "two-element" else 2)
    for one in media.values():
        assert (one.is_endlist, one.playlist_type, one.media_sequence) == (True, "vod", 0)
        assert [s.duration for s in one.segments] == [SEGMENT_MS / 1000] * LISTED_SEGMENTS
        assert not any(s.discontinuity for s in one.segments)


def test_it_refuses_what_is_wrong(tmp_path: Path) -> None:
    broken = b"#EXTM3U\n#EXT-X-VERSION:6\n#EXTINF:4.0,\na.m4s\n"
    assert parse(tmp_path, {"broken.m3u8": broken})["broken.m3u8"]["error"]


def test_a_moving_session_is_offered_sound_only(product: Product, tmp_path: Path) -> None:
    body = httpx.get(product.open("moving")["multivariant"]).raise_for_status().content
    told = parse(tmp_path, {"moving.m3u8": body})["moving.m3u8"]
    assert told["offered"] == [{"codecs": "mp4a.40.2", "video": False}]
    assert b"avc1" not in body


def test_the_rules_held_at_every_poll(played: Played) -> None:
    assert played.listener.broken == []
    assert sorted(set(map(str, played.listener.breaches))) == []
    assert all(len(polls) > 0.75 * SECONDS for polls in played.listener.polls.values())
    assert played.listener.splices(POLLED) >= 4


def measure(client: httpx.Client, url: str) -> rules.Measured:
    """Codecs by the init segment, and the peak over the segments that are listed now."""
    listed = m3u8.loads(client.get(url).raise_for_status().text, uri=url)
    init = client.get(listed.segments[0].init_section.absolute_uri).raise_for_status().content
    at = init.find(b"avcC")
    codecs = f"avc1.{init[at + 5 : at + 8].hex()}" if at > 0 else "mp4a.40.2"
    bodies = [client.get(one.absolute_uri).raise_for_status().content for one in listed.segments]
    return rules.Measured(frozenset({codecs}), max(len(body) * 8000 / SEGMENT_MS for body in bodies))


def test_codecs_and_bandwidth_are_true(product: Product) -> None:
    url = product.open("two-element")["multivariant"]
    with httpx.Client() as client:
        body = client.get(url).raise_for_status().content
        urls = media_urls(body, url)
        measured = {rules.bare(one): measure(client, one) for one in urls}
        together = {rules.bare(one): rules.read_media(client.get(one).content, one) for one in urls}
    assert len(measured) == 4
    assert [b for b in rules.check_renditions(body, url, together, measured, url) if b.rule in (20, 21)] == []


def test_breaks_were_filled_while_they_played(played: Played) -> None:
    """Slate stands before the channel begins and in a break that a session joined in its middle: not else."""
    assert {
        name: share for name in played.listener.stood if (share := played.listener.slate_share(name)) > 0.4
    } == {}
    assert all(played.listener.splices(name) >= 4 for name in played.listener.stood)


def test_what_left_the_window_stays_fetchable(product: Product) -> None:
    """Rule 14, for sound: its grant lasts as long as the session."""
    url = product.open("two-element")["multivariant"]
    grant = url.rpartition("grant=")[2]
    deadline_s = time.monotonic() + 30
    with httpx.Client() as client:
        (sound,) = [one for one in media_urls(client.get(url).content, url) if "a128" in one]
        polls, owed = rules.Polls(sound), ()
        while not owed:
            assert time.monotonic() < deadline_s
            listed = rules.read_media(client.get(sound).raise_for_status().content, sound)
            assert polls.take(rules.Poll(time.monotonic(), listed)) == []
            owed = polls.owed(time.monotonic())
            time.sleep(0.2)
        gone = [one.segment.uri for one in owed]
        assert not set(gone) & set(listed.uris)
        assert [client.get(f"{one}?lease={grant}").status_code for one in gone] == [200] * len(gone)


def test_the_server_refused_nothing_and_broke_nothing(played: Played) -> None:
    lines = [json.loads(line) for line in played.server_log.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line.get("event") == "request"]
    assert len([line for line in requests if line["route"].startswith("/segments/")]) > 500
    assert [line for line in requests if line["status"] >= 400] == []
    assert [line for line in lines if line["level"] in {"error", "critical"}] == []
