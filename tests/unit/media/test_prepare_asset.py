import asyncio
import os
import signal
import sys

import pytest

from kernel.errors import NotFound
from media import prepare_asset
from media.acceptance import Refusal, Unpreparable
from media.asset import AssetState, house_init_key
from media.house_format import BY_NAME
from tests.media.house import nobody


@pytest.fixture
async def queued(house, film, short_film):
    """An asset in the queue of a house whose inits are those that every film has."""
    for track in film.made.tracks:
        init = (film.folder / track.path).read_bytes()[: track.offsets[0]]
        await house.objects.put(house_init_key(track.rendition), init)
    return await house.admit_file("acc_1", short_film)


async def test_from_a_source_to_segments(house, queued):
    told = []

    async def report(permille: int) -> None:
        told.append((permille, house.assets.find(queued.asset_id).state))

    asset = await house.prepare()(queued.asset_id, report)
    assert asset.state is AssetState.READY
    assert asset.manifest.segments == 1
    assert [permille for permille, _ in told] == sorted(permille for permille, _ in told)
    assert told[0][0] == 0
    assert told[-1] == (1000, AssetState.READY)
    assert house.announced == ["content", "demand"]
    assert house.left_over() == []
    for name, track in asset.manifest.tracks.items():
        data = await house.objects.get(track.key)
        assert len(data) == track.offsets[-1]
        assert track.peak_bps == track.average_bps > 0
        assert track.peak_bps < BY_NAME[name].peak_bps
    assert (await house.objects.get(asset.manifest.poster_key))[:2] == b"\xff\xd8"
    assert await house.prepare(transcode=None)(queued.asset_id, report) == asset


async def test_two_workers_at_once_do_no_harm(house, queued):
    one, other = await asyncio.gather(*(house.prepare()(queued.asset_id, nobody) for _ in range(2)))
    assert one == other
    assert one.state is AssetState.READY
    for track in one.manifest.tracks.values():
        assert len(await house.objects.get(track.key)) == track.offsets[-1]


class Saying:
    """A transcoder of which a test says what it does."""

    def __init__(self, inner, outcome=None) -> None:
        self.inner, self.outcome = inner, outcome

    async def __call__(self, source, folder, seed, report, cues=()):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        made = await self.inner(source, folder, seed, report)
        path = folder / made.tracks[0].path
        path.write_bytes(path.read_bytes().replace(b"avcC", b"hvcC", 1))
        return made


async def test_a_refusal_is_kept_with_its_reasons_and_can_be_tried_again(house, queued):
    refusals = (Refusal("media-truncated", "", ""), Refusal("media-too-long", "", ""))
    asset = await house.prepare(Saying(None, Unpreparable(refusals)))(queued.asset_id, nobody)
    assert (asset.state, asset.reasons) == (AssetState.FAILED, ("media-truncated", "media-too-long"))
    assert (house.announced, house.left_over()) == ([], [])
    again = await house.prepare()(queued.asset_id, nobody)
    assert (again.state, again.reasons) == (AssetState.READY, ())


async def test_another_init_than_the_houses_is_never_published(house, queued):
    asset = await house.prepare(Saying(house.transcode))(queued.asset_id, nobody)
    assert (asset.state, asset.reasons) == (AssetState.FAILED, ("media-init-differs",))


async def test_a_broken_world_is_no_verdict_on_the_file(house, queued):
    with pytest.raises(OSError, match="disk full"):
        await house.prepare(Saying(None, OSError("disk full")))(queued.asset_id, nobody)
    assert house.left_over() == []
    assert house.assets.unfinished() == (queued.asset_id,)


async def test_an_unknown_asset(house):
    with pytest.raises(NotFound, match="asset-unknown"):
        await house.prepare()("ast_no", nobody)


async def test_a_slow_store_is_waited_for_with_signs_of_life(house, queued, monkeypatch):
    monkeypatch.setattr(prepare_asset, "_ALIVE_EVERY_S", 0.0)
    reports, enough = [], asyncio.Event()

    async def report(permille: int) -> None:
        reports.append(permille)
        if reports.count(permille) > 5:
            enough.set()

    fetch = house.objects.fetch

    async def slow(key, path) -> None:
        await enough.wait()
        await fetch(key, path)

    monkeypatch.setattr(house.objects, "fetch", slow)
    assert (await house.prepare()(queued.asset_id, report)).state is AssetState.READY


WORKER = """
import asyncio, sys
from pathlib import Path
from obstore.store import LocalStore
from sqlalchemy import create_engine
from media.adapters.av_transcode import AvTranscode
from media.adapters.obstore_objects import ObstoreObjects
from media.adapters.sql_assets import SqlAssets
from media.prepare_asset import PrepareAsset
folder, url, asset_id = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
async def announce(topic): pass
async def report(permille): print(permille, flush=True)
prepare = PrepareAsset(SqlAssets(create_engine(url)), ObstoreObjects(LocalStore(folder / "objects")),
    AvTranscode(), announce, folder / "work")
asyncio.run(prepare(asset_id, report))
"""


async def test_after_kill_9_midway_the_next_run_ends_with_the_same(house, queued, tmp_path, database):
    twin = await house.admit_file("acc_1", tmp_path / "objects" / queued.source_key)
    wanted = await house.prepare()(twin.asset_id, nobody)
    command = (sys.executable, "-c", WORKER, str(tmp_path), str(database.url), queued.asset_id)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    while int(await process.stdout.readline()) < 1:
        pass
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    assert house.assets.unfinished() == (queued.asset_id,)
    asset = await house.prepare()(queued.asset_id, nobody)
    assert asset.state is AssetState.READY
    for name, track in asset.manifest.tracks.items():
        assert track.offsets == wanted.manifest.tracks[name].offsets
        assert await house.objects.get(track.key) == await house.objects.get(wanted.manifest.tracks[name].key)


async def test_what_was_tried_often_enough_is_given_up(house, queued):
    house.assets.begin(queued.asset_id)
    asset = await house.prepare().give_up(queued.asset_id, "media-disk-full")
    assert (asset.state, asset.reasons) == (AssetState.FAILED, ("media-disk-full",))
