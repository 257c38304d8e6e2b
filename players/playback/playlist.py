"""HLS playlists (RFC 8216bis) as bytes: multivariant and media, live and on demand.

Everything is on the house grid, so a live playlist's MEDIA-SEQUENCE and PROGRAM-DATE-TIME are the
clock, and nothing in it ever changes codec, map or timing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from kernel.clock import from_ms, iso_z
from kernel.signing import Signer
from media.house_format import AUDIO_RENDITION, FPS, SEGMENT_MS, VIDEO_RENDITIONS, Rendition, starts_at_ms
from media.rates import Rates
from media.stitch import Run
from media.timeline import Position
from players.playback import segment_key
from players.playback.break_plan import Laid
from players.playback.interstitials import GRANT
from players.playback.marks import Mark
from players.playback.segment_key import Holder

CONTENT_TYPE = "application/vnd.apple.mpegurl"
TARGET_DURATION_S = 2
_EXTINF = f"#EXTINF:{SEGMENT_MS / 1000:.5f},"
TOKEN = b"\x00"
_LEASE = TOKEN.decode()
"""Stands in a cached line where the session's token belongs; nothing in a playlist is zero."""

# fMP4 boxes and HTTP ranges on top of what the encoder was allowed, until it has been measured.
_OVERHEAD = 1.10


class Offer(Enum):
    """What a multivariant playlist offers."""

    AUDIO_VIDEO = "multivariant"
    AUDIO = "audio"
    VIDEO = "video"


class Extent(Enum):
    """How much of something on demand is listed."""

    WHOLE = "all of it, as it always was"
    GROWS = "what a channel has shown of it so far"
    GROWN = "all of it by now"

    @property
    def kind(self) -> str:
        """Its EXT-X-PLAYLIST-TYPE, which never changes."""
        return "VOD" if self is Extent.WHOLE else "EVENT"


def multivariant(offer: Offer, rates: Mapping[str, Rates], token: str) -> bytes:
    """The multivariant playlist.

    Args:
        offer: sound and picture, sound alone, or picture alone (for a second element).
        rates: measured rates by rendition name; BANDWIDTH is never below the measured peak,
            sound included (RFC 8216bis, 4.4.6.2).
        token: the session's grant, carried to the media playlists.
    """
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if offer is Offer.AUDIO:
        lines += _variant((AUDIO_RENDITION,), rates, token)
    else:
        sound = (AUDIO_RENDITION,) if offer is Offer.AUDIO_VIDEO else ()
        if sound:
            lines.append(
                '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Main",DEFAULT=YES,AUTOSELECT=YES,'
                f'CHANNELS="2",URI="{AUDIO_RENDITION.name}.m3u8?grant={token}"'
            )
        for rendition in VIDEO_RENDITIONS:
            lines += _variant((rendition, *sound), rates, token)
    return ("\n".join(lines) + "\n").encode()


def _variant(parts: tuple[Rendition, ...], rates: Mapping[str, Rates], token: str) -> list[str]:
    first = parts[0]
    measured = [_rates(rendition, rates) for rendition in parts]
    attributes = [
        f"BANDWIDTH={sum(one.peak_bps for one in measured)}",
        f"AVERAGE-BANDWIDTH={sum(one.average_bps for one in measured)}",
        f'CODECS="{",".join(rendition.codecs for rendition in parts)}"',
    ]
    if first.width:
        attributes += [
            f"RESOLUTION={first.width}x{first.height}",
            f"FRAME-RATE={FPS:.3f}",
            "CLOSED-CAPTIONS=NONE",
        ]
    if len(parts) > 1:
        attributes.append('AUDIO="sound"')
    return [f"#EXT-X-STREAM-INF:{','.join(attributes)}", f"{first.name}.m3u8?grant={token}"]


def _rates(rendition: Rendition, rates: Mapping[str, Rates]) -> Rates:
    """The promise: what the encoder may do, or what was measured where that is more."""
    promised_bps = int(rendition.peak_bps * _OVERHEAD)
    found = rates.get(rendition.name)
    if found is None:
        return Rates(promised_bps, int(rendition.bitrate_bps * _OVERHEAD))
    return Rates(max(promised_bps, found.peak_bps), found.average_bps)


@dataclass(frozen=True, slots=True)
class Media:
    """What a media playlist lists: consecutive positions, oldest first.

    Args:
        marks: of the breaks that it lists, in the order of their places.
        grant: the session's, where marks ask for it.
    """

    rendition: str
    positions: tuple[Position, ...]
    marks: tuple[Mark, ...] = ()
    grant: str = ""


def media(listing: Media, token: str, signer: Signer) -> bytes:
    """The media playlist with ``token`` (a lease, for sound the grant) on every segment's URL."""
    before = texts(listing.marks, listing.grant)
    lines = [before.get(one.k, "") + segment(one, listing.rendition, signer) for one in listing.positions]
    return listed(listing.rendition, listing.positions[0].k, lines, token)


def texts(marks: Iterable[Mark], grant: str = "") -> dict[int, str]:
    """What stands before the segment of each marked position, with ``grant`` where a mark asks for it."""
    found: dict[int, str] = {}
    for mark in marks:
        text = mark.text.replace(GRANT, grant) if grant else mark.text
        found[mark.k] = found.get(mark.k, "") + text
    return found


def listed(rendition: str, head: int, lines: Iterable[str], token: str) -> bytes:
    """The live media playlist of ``lines``, each by :func:`segment`, the first at position ``head``."""
    text = f'{_LIVE_HEAD}{head}{_MAP}{rendition}.mp4"\n{"".join(lines)}'
    return text.replace(_LEASE, token).encode("ascii")


class Stretch(NamedTuple):
    """Consecutive segments of an asset at consecutive positions: ``first`` at ``k``."""

    k: int
    asset_id: str
    first: int
    segments: int


def whole(
    rendition: str,
    stretches: Sequence[Stretch],
    begin_s: float,
    token: str,
    signer: Signer,
    holder: Holder,
    extent: Extent = Extent.WHOLE,
) -> bytes:
    """The media playlist of something on demand: listed from position 0 on, and mostly whole.

    Args:
        rendition: which.
        stretches: everything that may be played now, ads included, without a gap; the last may be longer
            the next time.
        begin_s: where a player begins by itself; 0 for the beginning.
        token: as for :func:`media`.
        signer: makes the keys of the segments' addresses.
        holder: for whom they are made.
        extent: whether more is to come; players begin at the end of what may grow unless they are told.

    What grows is asked for again with each segment that is shown: so its lines are made once, in pieces.
    Hardly anybody asks again for what is whole.
    """
    told = begin_s > 0 or extent is not Extent.WHOLE
    start = f"\n#EXT-X-START:TIME-OFFSET={begin_s:.3f},PRECISE=YES" if told else ""
    text = [f'{_LIVE_HEAD}0{_ON_DEMAND}{extent.kind}{start}{_MAP}{rendition}.mp4"\n'.encode("ascii")]
    pieces = [piece for one in stretches for piece in _cut(one)]
    for number, piece in enumerate(pieces, 1):
        kept = extent is not Extent.WHOLE and (number < len(pieces) or piece.segments == _PIECE_SEGMENTS)
        text.append((_kept_lines if kept else _lines)(piece, rendition, signer, holder))
    if extent is not Extent.GROWS:
        text.append(b"#EXT-X-ENDLIST\n")
    return b"".join(text).replace(TOKEN, token.encode("ascii"))


def _cut(one: Stretch) -> Iterator[Stretch]:
    for at in range(0, one.segments, _PIECE_SEGMENTS):
        yield Stretch(one.k + at, one.asset_id, one.first + at, min(_PIECE_SEGMENTS, one.segments - at))


def _lines(piece: Stretch, rendition: str, signer: Signer, holder: Holder) -> bytes:
    found = []
    for n in range(piece.segments):
        k, index = piece.k + n, piece.first + n
        uri = segment_key.address(signer, piece.asset_id, rendition, index, k, holder)
        found.append(_line(_told(k), uri))
    return "".join(found).encode("ascii")


_PIECE_SEGMENTS = 32
# 5 kB each, 90 MB at most: sound and picture of some 200 who started over what has run for half an hour.
_kept_lines = lru_cache(maxsize=16_384)(_lines)


_LIVE_HEAD = f"""\
#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:{TARGET_DURATION_S}
#EXT-X-MEDIA-SEQUENCE:"""
_ON_DEMAND = "\n#EXT-X-PLAYLIST-TYPE:"
_MAP = """
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="/segments/init/"""


# Every session of a channel lists the same segments, and each stands in twelve playlists.
@lru_cache(maxsize=65_536)
def segment(position: Position, rendition: str, signer: Signer) -> str:
    """The lines of one segment of a live playlist, without the token."""
    return _segment(position.k, position.asset_id, position.index, rendition, signer)


# The sessions that are shown one promotion at one time list it alike, from its first segment to its last.
@lru_cache(maxsize=32_768)
def run(whole: Run, rendition: str, signer: Signer) -> list[str]:
    """The lines of each segment of ``whole``, as :func:`segment` has them."""
    return [
        _segment(whole.k + index, whole.asset_id, index, rendition, signer) for index in range(whole.segments)
    ]


def laid(runs: Iterable[Run], rendition: str, signer: Signer) -> list[Laid]:
    """The lines of ``runs``, oldest first; those that follow without a gap are put together."""
    found: list[Laid] = []
    for one in runs:
        text = run(one, rendition, signer)
        if found and found[-1][0] + len(found[-1][1]) == one.k:
            found[-1][1].extend(text)
        else:
            found.append((one.k, text.copy()))
    return found


def _segment(k: int, asset_id: str, index: int, rendition: str, signer: Signer) -> str:
    return _line(_date(k), segment_key.address(signer, asset_id, rendition, index, k))


def _line(date: str, uri: str) -> str:
    return f"#EXT-X-PROGRAM-DATE-TIME:{date}\n{_EXTINF}\n{uri}?lease={_LEASE}\n"


def _told(k: int) -> str:
    return iso_z(from_ms(starts_at_ms(k)))


_date = lru_cache(maxsize=256)(_told)
