import threading

from media import read_manifest
from media.read_manifest import MISS_MS, ReadManifest
from tests.contracts.test_media_sql import asset, manifest


class Watched:
    """Records that tell who asked them, in which thread."""

    def __init__(self, found=None):
        self.found, self.asked = found, []

    def find(self, asset_id):
        self.asked.append((asset_id, threading.current_thread()))
        return self.found


async def test_a_manifest_once_read_needs_no_records(house, clock):
    house.assets.add(asset())
    assert await house.manifests("ast_1") is None
    house.assets.begin("ast_1")
    house.assets.publish(manifest())
    records = Watched(house.assets.find("ast_1"))
    reads = ReadManifest(records, clock)
    assert [await reads("ast_1") for _ in range(3)] == [manifest()] * 3
    assert len(records.asked) == 1


async def test_the_records_are_never_asked_by_whoever_serves(clock):
    records = Watched()
    await ReadManifest(records, clock)("ast_1")
    assert records.asked[0][1] is not threading.current_thread()


async def test_what_is_not_there_is_asked_for_once_a_second(house, clock):
    records = Watched()
    reads = ReadManifest(records, clock)
    assert [await reads("nobody") for _ in range(5)] == [None] * 5
    assert len(records.asked) == 1
    clock.advance(MISS_MS / 1000)
    house.assets.add(asset())
    house.assets.begin("ast_1")
    house.assets.publish(manifest())
    records.found = house.assets.find("ast_1")
    assert await reads("nobody") == manifest()


async def test_only_so_many_are_held(house, monkeypatch):
    monkeypatch.setattr(read_manifest, "_HELD_LIMIT", 2)
    for number in range(4):
        await house.manifests(f"nobody_{number}")
        house.assets.add(asset(f"ast_{number}"))
        house.assets.begin(f"ast_{number}")
        house.assets.publish(manifest(f"ast_{number}"))
        assert (await house.manifests(f"ast_{number}")).asset_id == f"ast_{number}"
    assert list(house.manifests._held) == ["ast_2", "ast_3"]
    assert list(house.manifests._missed) == ["nobody_2", "nobody_3"]
