import asyncio

import pytest
from obstore.store import LocalStore, MemoryStore

from kernel.errors import NotFound
from media.adapters.obstore_objects import ObstoreObjects


@pytest.fixture(params=["local", "memory"])
def objects(request, tmp_path):
    (tmp_path / "store").mkdir()
    return ObstoreObjects(LocalStore(tmp_path / "store") if request.param == "local" else MemoryStore())


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
