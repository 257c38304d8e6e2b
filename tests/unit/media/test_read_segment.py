import asyncio

import pytest

from kernel.errors import NotFound, Unavailable
from media.asset import Asset, AssetState
from media.manifest import AssetManifest, Track
from media.ports import store_unavailable
from media.read_segment import ReadSegment, SegmentCache
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


class Store:
    """The store of ``stored``, which does at each read what is said next: fail, hang, or wait."""

    def __init__(self, objects) -> None:
        self.objects = objects
        self.reads = 0
        self.ills = []
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self.go.set()

    async def get_range(self, key, start, end) -> bytes:
        self.reads += 1
        self.asked.set()
        ill = self.ills.pop(0) if self.ills else ""
        if ill == "hangs":
            await asyncio.Event().wait()
        if ill == "fails":
            raise store_unavailable()
        await self.go.wait()
        return await self.objects.get_range(key, start, end)


@pytest.fixture
def store(stored) -> Store:
    return Store(stored.objects)


@pytest.fixture
def read(stored, store) -> ReadSegment:
    return ReadSegment(stored.manifests, store, tries_s=(30, 30))


async def test_all_players_of_a_new_segment_ask_the_store_once(read, store):
    store.go.clear()
    asking = [asyncio.create_task(read("ast_1", "v720", 1, k)) for k in range(70, 90)]
    await store.asked.wait()
    first = asking.pop(0)
    first.cancel()  # who asked the store is gone before it answers
    store.go.set()
    assert await asyncio.gather(*asking) == [segment(k + 1, k * TICKS) for k in range(71, 90)]
    assert store.reads == 1
    with pytest.raises(asyncio.CancelledError):
        await first


@pytest.mark.parametrize("ill", ["fails", "hangs"])
async def test_a_store_that_is_ill_for_a_moment_fails_nobody(stored, store, ill):
    read = ReadSegment(stored.manifests, store, tries_s=(0.01 if ill == "hangs" else 30, 30))
    store.ills = [ill]
    asking = [read("ast_1", "v720", 0, 5) for _ in range(3)]
    assert await asyncio.gather(*asking) == [segment(6, 5 * TICKS)] * 3
    assert store.reads == 2


async def test_a_store_that_stays_ill_is_told_of_and_asked_anew_later(read, store):
    store.ills = ["fails"] * 2
    with pytest.raises(Unavailable, match="store-unavailable"):
        await read("ast_1", "v720", 0, 5)
    assert store.reads == 2
    assert await read("ast_1", "v720", 0, 5) == segment(6, 5 * TICKS)


async def test_what_is_not_in_the_store_is_not_waited_for(stored, read, store):
    await stored.objects.delete(["k"])
    with pytest.raises(NotFound, match="object-missing"):
        await read("ast_1", "v720", 0, 5)
    assert store.reads == 1
