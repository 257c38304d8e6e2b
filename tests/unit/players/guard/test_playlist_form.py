"""Rule 7's version floors (RFC 8216bis, section 8), each at its edge."""

import pytest

from players.guard.playlist_form import check_form
from players.guard.reading import Reading
from players.guard.rule import MEDIA_TYPE, Findings


def seen(text: str) -> list[str]:
    findings = Findings("x")
    check_form(Reading(text.encode(), MEDIA_TYPE), findings)
    return [breach.seen for breach in findings.found]


@pytest.mark.parametrize(
    ("floor", "line"),
    [
        (2, '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x1'),
        (3, "#EXTINF:1.92,"),
        (4, "#EXT-X-BYTERANGE:1@0"),
        (5, '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k",KEYFORMAT="f"'),
        (5, '#EXT-X-I-FRAMES-ONLY\n#EXT-X-MAP:URI="i"'),
        (6, '#EXT-X-MAP:URI="i"'),
        (8, '#EXT-X-DEFINE:NAME="a",VALUE="b"'),
        (9, "#EXT-X-SKIP:SKIPPED-SEGMENTS=3"),
        (11, '#EXT-X-DEFINE:QUERYPARAM="a"'),
    ],
)
def test_what_a_version_allows(floor, line):
    assert seen(f"#EXTM3U\n#EXT-X-VERSION:{floor}\n{line}\n") == []
    assert len(seen(f"#EXTM3U\n#EXT-X-VERSION:{floor - 1}\n{line}\n")) == 1


def test_without_a_version_it_is_the_first():
    assert seen("#EXTM3U\n#EXTINF:2,\na\n") == []
    assert seen("#EXTM3U\n#EXTINF:2.0,\na\n") == ["version 1 with #EXTINF:2.0,"]
