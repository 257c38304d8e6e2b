import pytest

from kernel.errors import NotFound
from media.asset import Asset, AssetState
from media.manifest import AssetManifest, Track
from media.read_segment import SegmentCache
from tests.unit.media.test_retime import TICKS, segment


@pytest.fixture
async def stored(house):
    first, second = segment(1, 0), segment(2, TICKS)
    await house.objects.put("k", b"init" + first + second)
    offsets = (4, 4 + len(first), 4 + len(first) + len(second))
    house.assets.add(Asset("ast_1", "", "", "", AssetState.QUEUED, 0, (), None, 1))
    house.assets.begin("ast_1")
    house.assets.publish(AssetManifest("ast_1", 2, 3840, {"v720": Track("k", offsets, 1, 1)}, "p"))
    return house


async def test_a_segment_stands_where_it_is_wanted(stored):
    assert await stored.read_segment("ast_1", "v720", 1, 70) == segment(71, 70 * TICKS)
    assert await stored.read_segment("ast_1", "v720", 0, 71) == segment(72, 71 * TICKS)


async def test_it_is_read_once_and_never_changed_in_memory(stored):
    first = await stored.read_segment("ast_1", "v720", 0, 5)
    await stored.objects.put("k", b"")
    assert await stored.read_segment("ast_1", "v720", 0, 9) == segment(10, 9 * TICKS)
    assert await stored.read_segment("ast_1", "v720", 0, 5) == first


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("ast_2", "v720", 0), "asset-unknown"),
        (("ast_1", "v999", 0), "rendition-unknown"),
        (("ast_1", "v720", 2), "segment-unknown"),
        (("ast_1", "v720", -1), "segment-unknown"),
    ],
)
async def test_what_is_not_there(stored, asked, code):
    with pytest.raises(NotFound, match=code):
        await stored.read_segment(*asked, 0)


def test_the_cache_lets_go_of_the_longest_unused():
    cache = SegmentCache(limit_bytes=10)
    for index in range(3):
        cache.put(("a", "v", index), b"xxxx")
        cache.get(("a", "v", 0))
    assert [cache.get(("a", "v", index)) is not None for index in range(3)] == [True, False, True]
    cache.put(("a", "v", 0), b"y" * 9)
    assert cache.get(("a", "v", 2)) is None
    cache.put(("b", "v", 0), b"z" * 11)
    assert cache.get(("b", "v", 0)) is None
