import msgspec
import pytest

from kernel.errors import NotFound
from media.manifest import AssetManifest, Track

TRACK = Track(key="k", offsets=(100, 250, 600), peak_bps=2, average_bps=1)
MANIFEST = AssetManifest("ast_1", 2, 3500, {"v720": TRACK}, "p.jpg", has_sound=False)


def test_each_segment_lies_between_two_offsets():
    assert (TRACK.byte_range(0), TRACK.byte_range(1)) == ((100, 250), (250, 600))


@pytest.mark.parametrize("index", [-1, 2])
def test_outside_there_is_nothing(index):
    with pytest.raises(NotFound, match="segment-unknown"):
        TRACK.byte_range(index)


def test_it_survives_storage():
    assert AssetManifest.decode(MANIFEST.encode()) == MANIFEST
    with pytest.raises(msgspec.ValidationError):
        AssetManifest.decode(b'{"asset_id": 7}')
