"""Moving a stored segment to a grid position: two numbers are patched, nothing else is touched.

ISO/IEC 14496-12: ``mfhd`` (8.8.5) gets sequence number k + 1; each ``tfdt`` (8.8.12) gets its value
modulo the segment's duration plus k times that duration.
"""

import struct

from kernel.errors import Invalid
from media.boxes import Box, children, decode_time, top_level

_U32 = struct.Struct(">I")
_U64 = struct.Struct(">Q")


def retime(segment: bytes, ticks_per_segment: int, k: int) -> bytes:
    """``segment`` (moof+mdat, each tfdt of version 1) at grid position ``k``.

    ``ticks_per_segment`` is the duration of a segment in the track's own timescale.

    Raises:
        Invalid: ``segment-malformed`` if the boxes do not nest, or there is no tfdt to patch.
    """
    patched = bytearray(segment)
    times = [tfdt for moof in top_level(segment) if moof.kind == b"moof" for tfdt in _times(segment, moof)]
    if not times:
        raise Invalid("segment-malformed", "The segment has no decode time.")
    for tfdt in times:
        moved = decode_time(segment, tfdt) % ticks_per_segment + k * ticks_per_segment
        _U64.pack_into(patched, tfdt.body + 4, moved)
    for moof in top_level(segment):
        for mfhd in children(segment, moof, b"mfhd") if moof.kind == b"moof" else ():
            _U32.pack_into(patched, mfhd.body + 4, (k + 1) & 0xFFFFFFFF)
    return bytes(patched)


def _times(segment: bytes, moof: Box) -> list[Box]:
    return [t for traf in children(segment, moof, b"traf") for t in children(segment, traf, b"tfdt")]
