"""Small playlists for the guard's tests, sound until a test breaks them."""

from datetime import UTC, datetime, timedelta

from players.guard.followed import Followed
from players.guard.reading import Reading
from players.guard.rule import MEDIA_TYPE, Breach

START = datetime(2026, 6, 15, 10, tzinfo=UTC)
MULTIVARIANT = b"""#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Main",DEFAULT=YES,URI="a128.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=700000,CODECS="avc1.64001f,mp4a.40.2",\
RESOLUTION=640x360,FRAME-RATE=25.000,CLOSED-CAPTIONS=NONE,AUDIO="sound"
v360.m3u8
"""


def date(k: float) -> str:
    """When segment ``k`` begins."""
    return (
        (START + timedelta(milliseconds=1920 * k)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def media(
    first: int = 100,
    count: int = 12,
    name: str = "v360",
    lease: str = "a",
    tags: str = "",
    shift: float = 0.0,
) -> bytes:
    """A live playlist; ``tags`` stand before its first segment, its dates ``shift`` segments late."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-TARGETDURATION:2", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
    lines += ["#EXT-X-INDEPENDENT-SEGMENTS", f'#EXT-X-MAP:URI="{name}.mp4"', *tags.splitlines()]
    for k in range(first, first + count):
        lines += [
            f"#EXT-X-PROGRAM-DATE-TIME:{date(k + shift)}",
            "#EXTINF:1.92000,",
            f"{name}/{k}.m4s?lease={lease}",
        ]
    return ("\n".join(lines) + "\n").encode()


def daterange(tag_id: str, first: float, last: float, more: str = "") -> str:
    """A DATERANGE over segments ``first`` to before ``last``."""
    length_s = (last - first) * 1.92
    return (
        f'#EXT-X-DATERANGE:ID="{tag_id}",START-DATE="{date(first)}",PLANNED-DURATION={length_s:.3f}{more}\n'
    )


def found(*readings: tuple[str, bytes], every_s: float = 1.9, content_type: str = MEDIA_TYPE) -> list[Breach]:
    """What comes of these readings (name and body), the same name's ``every_s`` apart."""
    followed, counts, breaches = Followed("ch", same_numbers=True), {}, []
    for name, body in readings:
        counts[name] = counts.get(name, -1) + 1
        breaches += followed.take(Reading(body, content_type, counts[name] * every_s), name)
    return breaches


def polled(*bodies: bytes, every_s: float = 1.9) -> list[Breach]:
    """What comes of polls of one media playlist."""
    return found(*[("v360", body) for body in bodies], every_s=every_s)


def broken(breaches: list[Breach]) -> set[int]:
    """The rules alone."""
    return {breach.rule for breach in breaches}


def undated(body: bytes) -> bytes:
    """The same without dates."""
    return b"\n".join(line for line in body.split(b"\n") if b"DATE-TIME" not in line)
