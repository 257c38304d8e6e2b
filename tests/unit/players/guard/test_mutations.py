"""What the product renders is sound; spoil any of it, and the rule that it breaks is told."""

import re
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.signing import Signer
from media.house_format import SEGMENT_MS
from media.timeline import Position
from players.guard.followed import Followed
from players.guard.reading import Reading
from players.guard.rule import MEDIA_TYPE, Breach
from players.playback.playlist import Media, Offer, media, multivariant

SIGNER = Signer([b"k" * 32])
K = 14_600_000
NAMES = ("v720", "a128")
Bodies = list[bytes]


def rendered(k: int, name: str, splice: int) -> bytes:
    """The window that begins at ``k``; after ``splice`` another asset plays."""
    positions = (Position(n, "film" if n < splice else "spot", n - K) for n in range(k, k + 12))
    return media(Media(name, tuple(positions)), f"lease-{k}", SIGNER)


def judged(polls: list[dict[str, bytes]], content_type: str = MEDIA_TYPE) -> list[Breach]:
    followed = Followed("ch", same_numbers=True)
    found = followed.take(Reading(multivariant(Offer.AUDIO_VIDEO, {}, "G"), MEDIA_TYPE), "multivariant")
    for n, bodies in enumerate(polls):
        for name, body in bodies.items():
            found += followed.take(Reading(body, content_type, n * SEGMENT_MS / 1000), name)
    return found


def on(pattern: bytes, new: bytes | Callable[[re.Match[bytes]], bytes]) -> Callable[[bytes, int], bytes]:
    """Change the ``at``-th place that ``pattern`` finds, counted round."""

    def spoil(body: bytes, at: int) -> bytes:
        places = list(re.finditer(pattern, body))
        place = places[at % len(places)]
        put = new(place) if callable(new) else new
        return body[: place.start()] + put + body[place.end() :]

    return spoil


def number(by: int) -> Callable[[re.Match[bytes]], bytes]:
    return lambda found: b"%s%d" % (found[1], int(found[2]) + by)


# By rule that must be told: how one playlist of one rendition is spoilt.
MUTATIONS = [
    (1, on(rb"EXTINF:1\.92000", b"EXTINF:2.92000")),
    (2, on(rb"(?<!\n)\n#EXTINF", b'\n#EXT-X-MAP:URI="/other.mp4"\n#EXTINF')),
    (3, on(rb"#EXT-X-MAP", b"#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-MAP")),
    (5, on(rb"\.\d{3}Z", b"Z")),
    (5, on(rb"Z\n", b"\n")),
    (7, on(rb"VERSION:6", b"VERSION:4")),
    (7, on(rb"#EXTM3U\n", b"\n#EXTM3U\n")),
    (7, on(rb"TARGETDURATION:2", b"TARGETDURATION:")),
    (9, on(rb"TARGETDURATION:2", b"TARGETDURATION:3")),
    (10, on(rb"(SEQUENCE:)(\d+)", number(-1))),
    (10, on(rb"(SEQUENCE:)(\d+)", number(+7))),
    (13, on(rb"/segments/(?:film|spot)", b"/segments/other")),
    (16, on(rb"TARGETDURATION:2", b"TARGETDURATION:3")),
    (17, on(rb"#EXTINF", b"#EXT-X-DISCONTINUITY\n#EXTINF")),
    (17, on(rb"(SEQUENCE:)(\d+)", number(+1))),
]


@settings(max_examples=80)
@given(
    mutation=st.sampled_from(MUTATIONS),
    name=st.sampled_from(NAMES),
    poll=st.integers(1, 4),
    at=st.integers(0, 9),
    splice=st.integers(0, 20),
)
def test_the_right_rule_is_told(mutation, name, poll, at, splice):
    rule, spoil = mutation
    polls = [{each: rendered(K + n, each, K + splice) for each in NAMES} for n in range(6)]
    assert judged(polls) == []
    before = polls[poll][name]
    polls[poll][name] = spoil(before, at)
    if polls[poll][name] == before:  # a date on a whole second
        return
    found = judged(polls)
    assert rule in {breach.rule for breach in found}, found


@settings(max_examples=20)
@given(gone=st.integers(1, 9), poll=st.integers(1, 4), name=st.sampled_from(NAMES))
def test_a_playlist_that_is_cut_is_told(gone, poll, name):
    polls = [{each: rendered(K + n, each, K) for each in NAMES} for n in range(6)]
    lines = polls[poll][name].splitlines(keepends=True)
    polls[poll][name] = b"".join(lines[: -3 * gone])
    rules = {breach.rule for breach in judged(polls)}
    assert rules & {4, 12, 13} or gone == 1


@given(content_type=st.sampled_from(["text/plain", "application/x-mpegurl", "audio/mpegurl", ""]))
def test_another_content_type_is_told(content_type):
    found = judged([{"a128": rendered(K, "a128", K)}], content_type)
    assert {breach.rule for breach in found} == {8}
