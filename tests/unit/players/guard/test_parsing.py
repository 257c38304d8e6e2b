"""What strangers' playlists may look like, and what no playlist may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from players.guard import parsing
from players.guard.followed import Followed
from players.guard.parsing import bare, read
from players.guard.reading import MediaPlaylist, Multivariant, Reading, Unreadable
from players.guard.rule import MEDIA_TYPE
from tests.unit.players.guard.listed import MULTIVARIANT, media

HEAD = b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n"


def parsed(body: bytes, url: str = "http://tv.example/live/v360.m3u8"):
    return read(Reading(body, MEDIA_TYPE, url=url))


def test_both_kinds_are_told_apart():
    assert isinstance(parsed(MULTIVARIANT), Multivariant)
    assert isinstance(parsed(media()), MediaPlaylist)
    assert bare("http://a/b.m4s?lease=1#x") == "http://a/b.m4s"


def test_uris_are_absolute_and_without_the_query_that_is_no_name():
    first = parsed(media()).segments[0]
    assert first.uri == "http://tv.example/live/v360/100.m4s"
    assert first.href == "http://tv.example/live/v360/100.m4s?lease=a"
    assert first.map_uri == "http://tv.example/live/v360.mp4"


def test_a_query_that_alone_tells_segments_apart_is_part_of_the_name():
    body = HEAD + b"".join(b"#EXTINF:2,\nseg?n=%d\n" % n for n in range(3))
    assert len(set(parsed(body).uris)) == 3


def test_byte_ranges_are_part_of_the_name():
    body = HEAD + b"".join(b"#EXTINF:2,\n#EXT-X-BYTERANGE:10@%d\nall.m4s\n" % n for n in (0, 10))
    assert [segment.byte_range for segment in parsed(body).segments] == ["10@0", "10@10"]
    assert len(set(parsed(body).uris)) == 2


def test_unknown_attributes_are_kept():
    tag = '#EXT-X-DATERANGE:ID="a",START-DATE="2026-06-15T10:00:00Z",X-COM-EXAMPLE="x,y",SCTE35-OUT=0xFC\n'
    (found,) = parsed(media(tags=tag)).dateranges
    assert found.attributes["x_com_example"] == '"x,y"'
    assert found.attributes["scte35_out"] == "0xFC"


def test_discontinuities_are_counted():
    body = HEAD + b"#EXT-X-DISCONTINUITY-SEQUENCE:4\n#EXTINF:2,\na\n#EXT-X-DISCONTINUITY\n#EXTINF:2,\nb\n"
    assert [segment.era for segment in parsed(body).segments] == [4, 5]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>not found</html>",
        b"\xff\xfe\x00",
        HEAD + b"#EXTINF:nan,\na\n",
        HEAD + b"#EXTINF:1e300,\na\n",
        HEAD + b"#EXTINF:-1,\na\n",
        HEAD + b"#EXT-X-PROGRAM-DATE-TIME:yesterday\n#EXTINF:2,\na\n",
        HEAD + b"#EXT-X-PROGRAM-DATE-TIME:9999-12-31T23:59:59Z\n#EXTINF:2,\na\n",
        HEAD.replace(b":2", b":two"),
        b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=much\na\n",
        HEAD + b"#" + b"x" * parsing.LINE_LIMIT,
        HEAD + b"#EXTINF:2,\na\n" * (parsing.SEGMENTS_LIMIT + 1),
        HEAD + b"#" * parsing.BODY_LIMIT_BYTES,
        HEAD + b'#EXT-X-DATERANGE:ID="a",START-DATE="2026-06-15T10:00:00Z",DURATION=1e300\n#EXTINF:2,\na\n',
    ],
)
def test_what_cannot_be_is_told(body):
    assert isinstance(parsed(body), Unreadable)
    assert 7 in {breach.rule for breach in Followed("").take(Reading(body, MEDIA_TYPE), "x")}


@given(lines=st.lists(st.sampled_from([*media().split(b"\n"), *MULTIVARIANT.split(b"\n")]), max_size=40))
def test_any_order_of_lines_is_judged(lines):
    followed = Followed("")
    for at_s in (0.0, 1.0):
        followed.take(Reading(b"\n".join(lines), MEDIA_TYPE, at_s), "x")


@given(body=st.binary(max_size=300))
def test_any_bytes_are_judged(body):
    Followed("").take(Reading(b"#EXTM3U\n#EXTINF:" + body, MEDIA_TYPE), "x")
