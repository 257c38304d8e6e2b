"""Splice information, read by a decoder that nobody here wrote."""

import zlib

import pytest
import threefive

from players.playback.scte35 import opportunity_ends, opportunity_starts

_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def decoded(section: bytes) -> threefive.Cue:
    cue = threefive.Cue("0x" + section.hex())
    cue.decode()
    return cue


@pytest.mark.parametrize(("event_id", "segments"), [(1, 1), (7_000, 16), (2**31 - 1, 1875), (2**32 - 1, 8)])
def test_an_opportunity_starts(event_id, segments):
    cue = decoded(opportunity_starts(event_id, 8_000_000_000, segments * 172_800))
    assert (cue.command.name, cue.command.pts_time) == ("Time Signal", round(8_000_000_000 / 90_000, 6))
    (told,) = cue.descriptors
    assert told.segmentation_message == "Provider Placement Opportunity Start"
    assert int(told.segmentation_event_id, 16) == event_id
    assert told.segmentation_duration == pytest.approx(segments * 1.92)
    assert (told.segmentation_event_cancel_indicator, told.program_segmentation_flag) == (False, True)
    assert (told.delivery_not_restricted_flag, told.segmentation_upid_type) == (True, 0)
    assert (told.sub_segment_num, told.sub_segments_expected) == (0, 0)


def test_and_ends_under_the_same_id():
    cue = decoded(opportunity_ends(7_000, 1_234_567))
    (told,) = cue.descriptors
    assert told.segmentation_message == "Provider Placement Opportunity End"
    assert int(told.segmentation_event_id, 16) == 7_000
    assert told.segmentation_duration_flag is False
    assert cue.command.pts_time == pytest.approx(1_234_567 / 90_000, abs=1e-6)
    assert (cue.info_section.table_id, cue.info_section.tier, cue.info_section.sap_type) == (
        "0xfc", "0x0fff", "0x03",
    )  # fmt: skip


def test_the_clock_wraps_after_33_bits():
    assert opportunity_ends(1, 2**33 + 5) == opportunity_ends(1, 5)


@pytest.mark.parametrize("section", [opportunity_starts(3, 4, 5), opportunity_ends(2**32 - 1, 2**33 - 1)])
def test_length_and_checksum(section):
    assert int.from_bytes(section[1:3], "big") & 0xFFF == len(section) - 3
    # zlib's checksum of the mirrored bytes is the mirror image of MPEG's.
    reflected = zlib.crc32(section[:-4].translate(_MIRROR)) ^ 0xFFFFFFFF
    assert int(f"{reflected:032b}"[::-1], 2) == int.from_bytes(section[-4:], "big")
