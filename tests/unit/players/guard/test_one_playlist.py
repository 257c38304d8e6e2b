"""Rules 1 to 8 and 20 to 23: for each a playlist that breaks it alone, and one beside it that is sound."""

import pytest

from players.guard.rule import MEDIA_TYPE, RULES
from tests.unit.players.guard.listed import MULTIVARIANT, broken, daterange, found, media, polled, undated

INTERSTITIAL = ',CLASS="com.apple.hls.interstitial"'
OUT = ",SCTE35-OUT=0xFC30"


def test_the_rules_are_numbered_and_named_once():
    assert list(RULES) == list(range(1, 24))
    assert len({rule.code for rule in RULES.values()}) == len(RULES)
    assert all(rule.reference for rule in RULES.values())


def test_sound_playlists_break_nothing():
    assert found(("multivariant", MULTIVARIANT), ("v360", media()), ("a128", media(name="a128"))) == []
    assert found(("v360", media()), content_type=f"{MEDIA_TYPE}; charset=utf-8") == []


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        (1, b"TARGETDURATION:2", b"TARGETDURATION:1"),
        (1, b"#EXT-X-TARGETDURATION:2\n", b""),
        (2, b"v360/105", b'v360/104b.m4s\n#EXT-X-MAP:URI="other.mp4"\n#EXTINF:1.92000,\nv360/105'),
        (3, b"#EXT-X-INDEPENDENT", b"#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-INDEPENDENT"),
        (5, b"10:03:21.600Z", b"10:03:21.700Z"),
        (5, b"Z\n", b"\n"),
        (6, b"#EXT-X-INDEPENDENT-SEGMENTS\n", b""),
        (7, b"VERSION:6", b"VERSION:5"),
        (7, b"#EXT-X-VERSION:6\n", b""),
        (7, b"VERSION:6", b"VERSION:6\n#EXT-X-VERSION:6"),
        (7, b'#EXT-X-MAP:URI="v360.mp4"', b'#EXT-X-DEFINE:NAME="a",VALUE="b"\n#EXT-X-MAP:URI="v360.mp4"'),
        (7, b"#EXTM3U", b"\xef\xbb\xbf#EXTM3U"),
        (7, b"#EXTM3U", b"#EXTM3U\n#EXT-X-ALLOW-CACHE:NO"),
        (7, b"#EXTM3U\n", b"#EXTM3U\n# caf\xe9\n"),
        (7, b"#EXTINF:1.92000,\nv360/105", b"#EXTINF:long,\nv360/105"),
        (13, b"v360/111.m4s?lease=a\n", b""),
    ],
)
def test_one_media_playlist(rule, old, new):
    body = media()
    assert old in body
    breaches = polled(body.replace(old, new))
    # Moving one segment's date, or taking in one more, is seen on both sides of it.
    assert broken(breaches) - ({5} if rule == 2 else set()) == {rule}, breaches


def test_a_map_may_change_where_a_discontinuity_says_so():
    change = b'#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="other.mp4"\n'
    at = b"#EXT-X-PROGRAM-DATE-TIME:2026-06-15T10:03:21.600Z"
    assert at in media()
    assert polled(media().replace(at, change + at)) == []
    assert broken(polled(media().replace(at, change.partition(b"\n")[2] + at))) == {2}


def test_too_little_listed_no_dates_and_another_type():
    assert broken(polled(media(count=3))) == {4}
    assert broken(polled(undated(media()))) == {5}
    assert broken(found(("v360", media()), content_type="audio/mpegurl")) == {8}
    assert broken(found(("v360", media()), content_type="")) == {8}


def test_what_is_on_demand_need_not_be_long_dated_or_without_type():
    ended = media(count=2).replace(b"#EXT-X-INDEP", b"#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEP")
    assert polled(undated(ended) + b"#EXT-X-ENDLIST\n") == []


def growing(count: int, first: int = 0, kind: bytes = b"EVENT") -> tuple[str, bytes]:
    return "v360", media(first, count).replace(
        b"#EXT-X-INDEP", b"#EXT-X-PLAYLIST-TYPE:%s\n#EXT-X-INDEP" % kind
    )


def test_what_only_grows_from_its_first_segment_may_be_an_event():
    assert found(growing(12), growing(13), growing(14)) == []
    name, last = growing(15)
    assert found(growing(14), (name, last + b"#EXT-X-ENDLIST\n")) == []
    assert broken(found(growing(12, kind=b"VOD"))) == {3}
    assert broken(found(growing(12), growing(12, first=1))) == {3}
    assert broken(found(growing(13), growing(12))) == {13}


def test_a_multivariant_playlist_speaks_for_its_media_playlists():
    body = media().replace(b"#EXT-X-INDEPENDENT-SEGMENTS\n", b"")
    assert found(("multivariant", MULTIVARIANT), ("v360", body)) == []


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        (6, b"#EXT-X-INDEPENDENT-SEGMENTS\n", b""),
        (7, b"BANDWIDTH=900000", b"PROGRAM-ID=1,BANDWIDTH=900000"),
        (20, b'CODECS="avc1.64001f,mp4a.40.2",', b""),
        (21, b"AVERAGE-BANDWIDTH=700000", b"AVERAGE-BANDWIDTH=990000"),
        (21, b"AVERAGE-BANDWIDTH=700000,", b""),
        (21, b"RESOLUTION=640x360,", b""),
        (21, b"FRAME-RATE=25.000,", b""),
        (21, b"CLOSED-CAPTIONS=NONE", b'CLOSED-CAPTIONS="cc"'),
    ],
)
def test_one_multivariant_playlist(rule, old, new):
    assert old in MULTIVARIANT
    assert broken(found(("multivariant", MULTIVARIANT.replace(old, new)))) == {rule}


@pytest.mark.parametrize(
    ("more", "rules"),
    [
        (',X-ASSET-LIST="/play/ch/ses/breaks/b1.json"', set()),
        (',X-ASSET-URI="https://ads.example/1.m3u8"', set()),
        (',X-ASSET-URI="https://ads.example/1.m3u8",X-ASSET-LIST="/l.json"', {22}),
        ("", {22}),
    ],
)
def test_an_interstitial_has_one_source(more, rules):
    tag = daterange("b1", 104, 108, INTERSTITIAL + more)
    assert broken(polled(media(tags=tag))) == rules


def test_an_interstitial_behind_the_last_segment_is_read_too():
    tag = daterange("b1", 120, 128, INTERSTITIAL).encode()
    assert broken(polled(media() + tag)) == {22}


@pytest.mark.parametrize(
    ("tag", "rules"),
    [
        (daterange("b1", 104, 108, OUT + ",SCTE35-IN=0xFC31"), set()),
        (daterange("b1", 104, 108, OUT) + daterange("b1", 104, 108, ",SCTE35-IN=0xFC31"), set()),
        (daterange("b1", 104, 108, f"{OUT},DURATION=7.68"), set()),
        (daterange("b1", 110, 116, OUT), set()),  # still going on
        (daterange("b1", 104, 108, OUT), {23}),
        (daterange("b1", 104, 108, ",SCTE35-IN=0xFC31"), {23}),
    ],
)
def test_a_break_that_is_marked_ends(tag, rules):
    assert broken(polled(media(tags=tag))) == rules


@pytest.mark.parametrize(
    ("out", "back", "rules"),
    [
        ("#EXT-X-CUE-OUT:DURATION=3.84", "#EXT-X-CUE-IN", set()),
        ("#EXT-X-CUE-OUT:3.84", "#EXT-X-CUE-IN", set()),
        ("#EXT-X-CUE-OUT", "#EXT-X-CUE-OUT-CONT:3.84/30", set()),  # still going on
        ("#EXT-X-CUE-OUT:3.84", "#EXT-X-CUE-OUT-CONT:3.84/3.84", {23}),
        ("#EXT-X-CUE-OUT:30", "#EXT-X-CUE-OUT:30", {23}),
        ("#EXT-X-CUE-IN", "#EXT-X-CUE-IN", {23}),
        ("#EXT-X-CUE-IN", "# nothing", set()),  # its OUT stood before the head
    ],
)
def test_cue_tags_come_in_pairs(out, back, rules):
    body = media()
    for k, tag in ((104, out), (106, back)):
        at = f"#EXTINF:1.92000,\nv360/{k}".encode()
        assert at in body
        body = body.replace(at, tag.encode() + b"\n" + at)
    assert broken(polled(body)) == rules


def test_a_daterange_says_what_and_when():
    assert broken(polled(media(tags='#EXT-X-DATERANGE:ID="b1",DURATION=4\n'))) == {15}
    undated = b"\n".join(
        line for line in media(tags=daterange("b", 1, 2)).split(b"\n") if b"E-TIME" not in line
    )
    assert broken(polled(undated)) == {5, 15}
