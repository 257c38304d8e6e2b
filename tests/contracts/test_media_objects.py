"""What the store of media objects promises: in a local folder, in memory, on S3."""

import asyncio
import time

import pytest

from kernel.errors import NotFound
from media.adapters.obstore_objects import ObstoreObjects


@pytest.fixture
def objects(store) -> ObstoreObjects:
    return ObstoreObjects(store)


async def listed(objects, folder: str) -> dict[str, int]:
    return {one.key: one.size_bytes async for page in objects.pages(folder) for one in page}


async def test_written_and_read_whole_and_in_part(objects):
    await objects.put("a/b", b"0123456789")
    assert await objects.get("a/b") == b"0123456789"
    assert await objects.get_range("a/b", 2, 5) == b"234"
    await objects.put("a/b", b"other")
    assert await objects.get("a/b") == b"other"


async def test_the_first_of_many_wins(objects):
    won = await asyncio.gather(*(objects.put_new("house", bytes([n])) for n in range(8)))
    assert sorted(won) == [False] * 7 + [True]
    assert await objects.get("house") == bytes([won.index(True)])


async def test_files_go_both_ways(objects, tmp_path):
    (tmp_path / "in").write_bytes(bytes(range(256)) * 80_000)  # above one part
    await objects.put_file("big", tmp_path / "in")
    await objects.fetch("big", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == (tmp_path / "in").read_bytes()


async def test_what_is_not_there(objects, tmp_path):
    for call in (objects.get("no"), objects.get_range("no", 0, 1), objects.fetch("no", tmp_path / "x")):
        with pytest.raises(NotFound, match="object-missing"):
            await call
    assert not (tmp_path / "x").exists()


async def test_a_folder_is_listed_to_its_end_and_no_further(objects):
    assert await listed(objects, "assets") == {}
    for number in range(8):
        await objects.put(f"assets/ast_{number}/poster.jpg", b"x" * number)
    await objects.put("assets-not/x", b"")
    found = await listed(objects, "assets")
    assert found == {f"assets/ast_{number}/poster.jpg": number for number in range(8)}


async def test_a_listing_tells_when_it_was_written(objects):
    before_ms = time.time_ns() // 1_000_000
    await objects.put("sources/a", b"1")
    [[one]] = [page async for page in objects.pages("sources")]
    assert one.modified_ms == pytest.approx(before_ms, abs=2_000)  # S3 tells whole seconds


async def test_what_is_deleted_is_gone_and_what_is_not_there_is_no_failure(objects):
    for key in ("a/1", "a/2", "a/3"):
        await objects.put(key, b"x")
    await objects.delete(["a/1", "a/none", "a/3"])
    await objects.delete([])
    assert await listed(objects, "a") == {"a/2": 1}
    assert await objects.delete_drafts(0) == 0
