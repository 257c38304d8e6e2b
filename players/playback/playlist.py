"""HLS playlists (RFC 8216bis) as bytes: multivariant and media, live and on demand.

Everything is on the house grid, so a live playlist's MEDIA-SEQUENCE and PROGRAM-DATE-TIME are the
clock, and nothing in it ever changes codec, map or timing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

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


def whole(
    rendition: str,
    positions: Sequence[Position],
    begin_s: float,
    token: str,
    signer: Signer,
    holder: Holder,
    extent: Extent = Extent.WHOLE,
) -> bytes:
    """The media playlist of something on demand: listed from position 0 on, and mostly whole.

    Args:
        rendition: which.
        positions: everything that may be played now, ads included.
        begin_s: where a player begins by itself; 0 for the beginning.
        token: as for :func:`media`.
        signer: makes the keys of the segments' addresses.
        holder: for whom they are made.
        extent: whether more is to come; players begin at the end of what may grow unless they are told.

    Nothing is cached: hardly anybody else lists the same.
    """
    told = begin_s > 0 or extent is not Extent.WHOLE
    start = f"\n#EXT-X-START:TIME-OFFSET={begin_s:.3f},PRECISE=YES" if told else ""
    lines = [f'{_LIVE_HEAD}0{_ON_DEMAND}{extent.kind}{start}{_MAP}{rendition}.mp4"\n']
    lines += [
        f"#EXT-X-PROGRAM-DATE-TIME:{iso_z(from_ms(starts_at_ms(one.k)))}\n{_EXTINF}\n"
        f"{segment_key.address(signer, one.asset_id, rendition, one.index, one.k, holder)}?lease={token}\n"
        for one in positions
    ]
    if extent is not Extent.GROWS:
        lines.append("#EXT-X-ENDLIST\n")
    return "".join(lines).encode("ascii")


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
    uri = segment_key.address(signer, asset_id, rendition, index, k)
    return f"#EXT-X-PROGRAM-DATE-TIME:{_date(k)}\n{_EXTINF}\n{uri}?lease={_LEASE}\n"


@lru_cache(maxsize=256)
def _date(k: int) -> str:
    return iso_z(from_ms(starts_at_ms(k)))
