"""Which segments are measured, and how their bytes are asked for."""

import pytest

from players.guard.parsing import read
from players.guard.reading import MediaPlaylist, Reading
from players.guard.rule import MEDIA_TYPE
from server.validate import renditions_of
from server.validate_segments import ON_DEMAND_PAIRS, sample, span_of
from tests.unit.players.guard.listed import MULTIVARIANT, media


def listed(body: bytes) -> MediaPlaylist:
    playlist = read(Reading(body, MEDIA_TYPE))
    assert isinstance(playlist, MediaPlaylist)
    return playlist


def test_renditions_that_list_different_windows_measure_the_same_numbers():
    for first in range(100, 108):
        playlist = listed(media(first))
        numbers = [playlist.segments[index].number for index in sample(playlist)]
        assert [number % 4 for number in numbers] in ([0, 1], [1, 0])


@pytest.mark.parametrize("count", [1, 2, 3, 40, 5000])
def test_on_demand_a_few_pairs_of_the_whole(count):
    found = sample(listed(media(0, count) + b"#EXT-X-ENDLIST\n"))
    assert found[0] == 0
    assert 1 <= len(found) <= 2 * ON_DEMAND_PAIRS + 2
    assert all(index < count for index in found)


@pytest.mark.parametrize(
    ("byte_range", "header"), [("", ""), ("100@20", "bytes=20-119"), ("100", None), ("x@y", None)]
)
def test_a_byte_range_as_a_header(byte_range, header):
    assert span_of(byte_range) == header


def test_subtitles_are_read_and_not_measured():
    texts = b'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="t",NAME="fr",URI="fr.m3u8"\n'
    offered = read(Reading(MULTIVARIANT + texts, MEDIA_TYPE))
    assert {one.name: one.media for one in renditions_of(offered)} == {
        "v360.m3u8": True, "a128.m3u8": True, "fr.m3u8": False,
    }  # fmt: skip
