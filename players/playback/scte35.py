"""Splice information of a break in binary (ANSI/SCTE 35), as EXT-X-DATERANGE carries it in hex.

A ``time_signal`` with one segmentation descriptor, "provider placement opportunity" start (0x34) and end
(0x35): what ad systems downstream act on today; a ``splice_insert`` says neither whose avail it is nor what
kind. Written here because it is forty bytes of one form: the libraries that write all forms are either under
a licence that binds who redistributes them, or read only.
"""

import zlib

TICKS = 90_000
"""Of the presentation clock, a second."""

_START, _END = 0x34, 0x35
_PTS_MASK = (1 << 33) - 1
_TIME_SIGNAL = 0x06
_SEGMENTATION = 0x02


def opportunity_starts(event_id: int, pts: int, ticks: int) -> bytes:
    """A splice_info_section: a placement opportunity begins.

    Args:
        event_id: segmentation_event_id, 32 bits; its end has the same.
        pts: presentation time in ticks of 90 kHz; taken modulo 2**33.
        ticks: how long it is planned to last.
    """
    return _section(pts, _descriptor(event_id, _START, ticks))


def opportunity_ends(event_id: int, pts: int) -> bytes:
    """A splice_info_section: the placement opportunity ends."""
    return _section(pts, _descriptor(event_id, _END, None))


def _descriptor(event_id: int, type_id: int, ticks: int | None) -> bytes:
    """segmentation_descriptor (10.3.3): the whole programme, delivery not restricted, no UPID."""
    timed = ticks is not None
    body = b"".join(
        (
            b"CUEI",
            event_id.to_bytes(4, "big"),
            b"\x7f",  # not cancelled; reserved bits are ones throughout
            bytes([0x80 | (0x40 if timed else 0) | 0x20 | 0x1F]),
            ticks.to_bytes(5, "big") if ticks is not None else b"",
            b"\x00\x00",  # segmentation_upid_type and _length: none
            bytes([type_id, 0, 0]),  # segment_num, segments_expected
            b"\x00\x00" if type_id == _START else b"",  # sub_segment_num, sub_segments_expected
        )
    )
    return bytes([_SEGMENTATION, len(body)]) + body


def _section(pts: int, descriptor: bytes) -> bytes:
    """splice_info_section (9.6) with a time_signal (9.7.4), not encrypted, for every tier."""
    command = ((1 << 39) | (0b111111 << 33) | (pts & _PTS_MASK)).to_bytes(5, "big")
    after_length = b"".join(
        (
            bytes(6),  # protocol_version, encryption, pts_adjustment
            b"\x00",  # cw_index
            ((0xFFF << 12) | len(command)).to_bytes(3, "big"),
            bytes([_TIME_SIGNAL]),
            command,
            len(descriptor).to_bytes(2, "big"),
            descriptor,
        )
    )
    # sap_type 3: not specified; the length counts the checksum.
    head = b"\xfc" + ((0b0011 << 12) | (len(after_length) + 4)).to_bytes(2, "big")
    section = head + after_length
    return section + _crc(section).to_bytes(4, "big")


def _crc(data: bytes) -> int:
    """CRC-32 of MPEG systems (ISO/IEC 13818-1, annex A): zlib's seen in a mirror, and not inverted."""
    mirrored = zlib.crc32(data.translate(_MIRROR)) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRROR), "big")


_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"""Each byte with its bits the other way round."""
