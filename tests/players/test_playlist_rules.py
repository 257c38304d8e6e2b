"""Each rule finds what breaks it, and nothing in what is sound."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.players import playlist_rules as rules

START = datetime(2026, 6, 15, 10, tzinfo=UTC)
URL = "http://tv.example/play/one/multivariant.m3u8"
MULTIVARIANT = b"""#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Main",DEFAULT=YES,URI="a128.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=700000,CODECS="avc1.64001f,mp4a.40.2",\
RESOLUTION=640x360,FRAME-RATE=25.000,CLOSED-CAPTIONS=NONE,AUDIO="sound"
v360.m3u8
"""


def media(first: int = 100, count: int = 12, name: str = "v360", lease: str = "a") -> bytes:
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-TARGETDURATION:2", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
    lines += ["#EXT-X-INDEPENDENT-SEGMENTS", f'#EXT-X-MAP:URI="{name}.mp4"']
    for k in range(first, first + count):
        date = (START + timedelta(milliseconds=1920 * k)).isoformat(timespec="milliseconds")
        lines += [f"#EXT-X-PROGRAM-DATE-TIME:{date.replace('+00:00', 'Z')}", "#EXTINF:1.92000,"]
        lines += [f"{name}/{k}.m4s?lease={lease}"]
    return ("\n".join(lines) + "\n").encode()


def polls(*bodies: bytes, every_s: float = 1.9) -> list[rules.Poll]:
    return [rules.Poll(n * every_s, rules.read_media(body)) for n, body in enumerate(bodies)]


def broken(breaches: list[rules.Breach]) -> set[int]:
    return {breach.rule for breach in breaches}


def test_a_sound_playlist_breaks_nothing() -> None:
    assert rules.check_media(media(), rules.MEDIA_TYPE, "x") == []
    assert rules.check_multivariant(MULTIVARIANT, f"{rules.MEDIA_TYPE}; charset=utf-8", "x") == []
    assert rules.check_polls(polls(media(100), media(101, lease="b"), media(102, lease="c")), "x") == []


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        (1, b"EXTINF:1.92000", b"EXTINF:2.50000"),
        (2, b"v360/105", b'v360/104b.m4s\n#EXT-X-MAP:URI="other.mp4"\n#EXTINF:1.92000,\nv360/105'),
        (3, b"#EXT-X-INDEPENDENT", b"#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-INDEPENDENT"),
        (5, b"10:03:21.600Z", b"10:03:21.700Z"),
        (5, b"Z\n", b"\n"),
        (6, b"#EXT-X-INDEPENDENT-SEGMENTS\n", b""),
        (7, b"VERSION:6", b"VERSION:5"),
        (7, b"#EXTM3U", b"\xef\xbb\xbf#EXTM3U"),
        (7, b"#EXTM3U", b"#EXTM3U\n#EXT-X-ALLOW-CACHE:NO"),
        (7, b"#EXTM3U\n", b"#EXTM3U\n# caf\xe9\n"),
    ],
)
def test_one_media_playlist(rule: int, old: bytes, new: bytes) -> None:
    body = media()
    assert old in body
    assert rule in broken(rules.check_media(body.replace(old, new), rules.MEDIA_TYPE, "x"))


def test_too_little_listed_no_dates_and_another_type() -> None:
    undated = b"\n".join(line for line in media(count=3).split(b"\n") if b"DATE-TIME" not in line)
    assert broken(rules.check_media(undated, "audio/mpegurl", "x")) == {4, 5, 8}


@pytest.mark.parametrize(
    ("rule", "after"),
    [
        (9, media(101).replace(b"TARGETDURATION:2", b"TARGETDURATION:3")),
        (10, media(101).replace(b"SEQUENCE:101", b"SEQUENCE:103")),
        (10, media(3)),
        (
            11,
            media(101).replace(b"v360/101.m4s", b"v360/200.m4s", 1).replace(b"SEQUENCE:101", b"SEQUENCE:102"),
        ),
        (13, media(101).replace(b"v360/105", b"v360/ad5")),
    ],
)
def test_between_polls(rule: int, after: bytes) -> None:
    assert rule in broken(rules.check_polls(polls(media(100), after), "x"))


def test_a_playlist_that_stands_still() -> None:
    assert broken(rules.check_polls(polls(media(), media(), media()), "x")) == {12}


def test_a_client_that_was_away_longer_than_the_window() -> None:
    assert rules.check_polls(polls(media(100), media(150), every_s=2.5), "x") == []


def test_dateranges_stay_and_ids_are_used_once() -> None:
    def tagged(first: int, start_k: int) -> bytes:
        start = (START + timedelta(milliseconds=1920 * start_k)).isoformat().replace("+00:00", "Z")
        tag = f'#EXT-X-DATERANGE:ID="b1",START-DATE="{start}",END-DATE="{start}"\n'
        return media(first).replace(b"#EXTINF", tag.encode() + b"#EXTINF", 1)

    assert rules.check_polls(polls(tagged(100, 105), tagged(101, 105)), "x") == []
    assert broken(rules.check_polls(polls(tagged(100, 105), media(101)), "x")) == {15}
    assert broken(rules.check_polls(polls(tagged(100, 105), tagged(101, 107)), "x")) == {15}


def test_removed_segments_are_owed_for_a_while() -> None:
    seen = polls(media(100), media(101))
    assert rules.owed(seen, 2.0) == {"v360/100.m4s"}
    assert rules.owed(seen, 1.9 + 13 * 1.92 + 0.1) == set()
    assert rules.check_owed(seen, 2.0, {"v360/100.m4s": 200}, "x") == []
    assert broken(rules.check_owed(seen, 2.0, {"v360/100.m4s": 404}, "x")) == {14}


def together(audio: bytes, peak_bps: float = 850_000, codecs: str = "avc1.64001f") -> set[int]:
    base = URL.rpartition("/")[0]
    playlists = {
        f"{base}/v360.m3u8": rules.read_media(media()),
        f"{base}/a128.m3u8": rules.read_media(audio),
    }
    measured = {f"{base}/v360.m3u8": rules.Measured(frozenset({codecs}), peak_bps)}
    return broken(rules.check_renditions(MULTIVARIANT, URL, playlists, measured, "x"))


def test_across_renditions() -> None:
    sound = media(name="a128")
    assert together(sound) == set()
    assert together(sound.replace(b"TARGETDURATION:2", b"TARGETDURATION:3")) == {16}
    assert together(sound.replace(b"10:03:21.600Z", b"10:03:21.700Z")) == {17}
    assert 18 in together(b"\n".join(line for line in sound.split(b"\n") if b"DATE-TIME" not in line))
    assert together(media(103, name="a128")) == {19}
    assert together(sound, codecs="hvc1.1.6.L93") == {20}
    assert together(sound, peak_bps=950_000) == {21}


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        (20, b'CODECS="avc1.64001f,mp4a.40.2",', b""),
        (21, b"AVERAGE-BANDWIDTH=700000", b"AVERAGE-BANDWIDTH=990000"),
        (21, b"RESOLUTION=640x360,", b""),
        (21, b"CLOSED-CAPTIONS=NONE", b'CLOSED-CAPTIONS="cc"'),
        (7, b"BANDWIDTH=900000", b"PROGRAM-ID=1,BANDWIDTH=900000"),
    ],
)
def test_one_multivariant_playlist(rule: int, old: bytes, new: bytes) -> None:
    assert old in MULTIVARIANT
    assert rule in broken(rules.check_multivariant(MULTIVARIANT.replace(old, new), rules.MEDIA_TYPE, "x"))
