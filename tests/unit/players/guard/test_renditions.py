"""Rules 16 to 21 across renditions: for each a pair that breaks it alone, and one that is sound."""

import pytest

from players.guard.followed import Followed
from players.guard.parsing import read
from players.guard.reading import Reading
from players.guard.renditions import Measured, check_promises
from players.guard.rule import MEDIA_TYPE
from tests.unit.players.guard.listed import MULTIVARIANT, broken, found, media

SOUND = media(name="a128")


def together(sound: bytes, picture: bytes = media()) -> set[int]:
    return broken(found(("v360", picture), ("a128", sound)))


def test_across_renditions():
    assert together(SOUND) == set()
    assert together(SOUND.replace(b"TARGETDURATION:2", b"TARGETDURATION:3")) == {16}
    assert together(media(101, name="a128")) == set()
    assert together(media(103, name="a128")) == {19}


def test_the_same_times_at_the_same_numbers():
    assert together(media(name="a128", shift=0.02)) == set()
    assert together(media(name="a128", shift=0.04)) == {17}
    assert together(media(name="a128").replace(b"SEQUENCE:100", b"SEQUENCE:99")) == {17}
    assert together(SOUND.replace(b"#EXT-X-MAP", b"#EXT-X-DISCONTINUITY-SEQUENCE:1\n#EXT-X-MAP")) == {17}


def test_numbers_may_differ_where_they_are_no_clock():
    followed, other = Followed(""), media(name="a128").replace(b"SEQUENCE:100", b"SEQUENCE:7")
    assert followed.take(Reading(media(), MEDIA_TYPE), "v360") == []
    assert followed.take(Reading(other, MEDIA_TYPE), "a128") == []


def test_dates_in_all_or_none():
    undated = (
        b"\n".join(line for line in SOUND.split(b"\n") if b"DATE-TIME" not in line) + b"#EXT-X-ENDLIST\n"
    )
    assert together(undated, media() + b"#EXT-X-ENDLIST\n") == {18}


def test_renditions_that_were_pulled_apart_are_not_compared():
    followed = Followed("ch")
    assert followed.take(Reading(media(100), MEDIA_TYPE, 0.0), "v360") == []
    assert followed.take(Reading(media(130, name="a128"), MEDIA_TYPE, 57.6), "a128") == []


@pytest.mark.parametrize(
    ("codecs", "peak_bps", "rules"),
    [
        ({"avc1.64001f"}, 790_000, set()),
        ({"avc1"}, 790_000, set()),
        ({"avc1.64001e"}, 790_000, set()),  # a lower level than is said
        ({"avc1.640028"}, 790_000, {20}),
        ({"avc1.4d001f"}, 790_000, {20}),
        ({"hvc1"}, 790_000, {20}),
        ({"avc1.64001f"}, 850_000, {21}),
    ],
)
def test_what_is_promised_is_kept(codecs, peak_bps, rules):
    offered = read(Reading(MULTIVARIANT, MEDIA_TYPE, url="http://tv.example/multivariant.m3u8"))
    measured = {
        "http://tv.example/v360.m3u8": Measured(frozenset(codecs), peak_bps),
        "http://tv.example/a128.m3u8": Measured(frozenset({"mp4a.40.2"}), 110_000),
    }
    assert broken(check_promises(offered, measured, "x")) == rules
