import asyncio
import io
import os
import signal
import sys
from dataclasses import replace

import av
import pytest

from kernel.errors import Conflict, Invalid, NotFound
from media.asset import AssetState, house_init_key
from media.cue_sheet import SUPERSEDED
from media.manifest import AssetManifest
from tests.contracts.test_media_sql import asset
from tests.media.house import nobody
from tests.media.numbered import number_of, numbered

SECONDS = 40


@pytest.fixture
def ready(house):
    """An asset of 1000 frames that is ready, without its objects."""
    house.assets.add(asset())
    house.assets.begin("ast_1")
    house.assets.publish(AssetManifest("ast_1", 21, SECONDS * 1000, {}, "p"))
    return house


def finish(house, asset_id: str) -> None:
    house.assets.begin(asset_id)
    house.assets.publish(AssetManifest(asset_id, 22, SECONDS * 1000, {}, "p", cues=(3,)))


def playing(house) -> str:
    return house.cues.playing(["ast_1"]).get("ast_1", "ast_1")


async def test_a_decision_queues_a_version_and_what_was_plays_on_until_it_is_ready(ready):
    sheet = await ready.decide_cues("acc_9", "ast_1", [300, 100])
    version = ready.assets.find(sheet.conditioning.asset_id)
    assert (sheet.cues, sheet.revision, sheet.plays) == ((100, 300), 1, "ast_1")
    assert (version.cut_from, version.cue_frames, version.state) == ("ast_1", (100, 300), AssetState.QUEUED)
    assert (version.source_key, version.owner) == ("sources/ast_1", "acc_1")
    assert ready.queued == [version.asset_id]
    assert (ready.announced, playing(ready)) == (["content"], "ast_1")
    finish(ready, version.asset_id)
    assert ready.read_cues("ast_1").plays == playing(ready) == version.asset_id
    assert ready.cues.find("ast_1").decided_by == "acc_9"


async def test_the_version_before_plays_on_while_the_next_is_made(ready):
    first = (await ready.decide_cues("acc_1", "ast_1", [100])).conditioning.asset_id
    finish(ready, first)
    second = await ready.decide_cues("acc_1", "ast_1", [101])
    assert second.plays == playing(ready) == first
    third = await ready.decide_cues("acc_1", "ast_1", [102])
    assert third.plays == playing(ready) == first
    assert ready.assets.find(second.conditioning.asset_id).reasons == SUPERSEDED
    finish(ready, third.conditioning.asset_id)
    assert playing(ready) == third.conditioning.asset_id


async def test_without_cues_the_asset_itself_plays_again_at_once(ready):
    finish(ready, (await ready.decide_cues("acc_1", "ast_1", [100])).conditioning.asset_id)
    sheet = await ready.decide_cues("acc_1", "ast_1", [])
    assert (sheet.plays, sheet.cues, playing(ready)) == ("ast_1", (), "ast_1")
    assert sheet.conditioning.state is AssetState.READY
    assert len(ready.queued) == 1


async def test_a_version_that_was_made_once_is_taken_again(ready):
    first = (await ready.decide_cues("acc_1", "ast_1", [100])).conditioning.asset_id
    finish(ready, first)
    await ready.decide_cues("acc_1", "ast_1", [])
    sheet = await ready.decide_cues("acc_1", "ast_1", [100])
    assert (sheet.plays, sheet.revision) == (first, 3)
    assert len(ready.queued) == 1


async def test_deciding_the_same_again_tries_again_what_failed(ready):
    sheet = await ready.decide_cues("acc_1", "ast_1", [100])
    version = sheet.conditioning.asset_id
    ready.assets.fail(version, ("media-truncated",))
    again = await ready.decide_cues("acc_1", "ast_1", [100])
    assert (again.revision, again.conditioning.state, again.conditioning.reasons) == (1, "preparing", ())
    assert ready.queued == [version, version]


async def test_a_superseded_version_is_not_made_unless_it_is_wanted_again(ready):
    version = (await ready.decide_cues("acc_1", "ast_1", [100])).conditioning.asset_id
    await ready.decide_cues("acc_1", "ast_1", [])
    assert (await ready.prepare()(version, nobody)).reasons == SUPERSEDED
    await ready.decide_cues("acc_1", "ast_1", [100])
    assert version in ready.assets.unfinished()
    assert ready.queued == [version, version]


async def test_two_editors_at_once(ready):
    seen = ready.read_cues("ast_1")
    await ready.decide_cues("acc_1", "ast_1", [100], seen.revision)
    with pytest.raises(Conflict, match="cues-changed"):
        await ready.decide_cues("acc_2", "ast_1", [200], seen.revision)
    assert ready.read_cues("ast_1").cues == (100,)


async def test_what_lost_the_race_is_not_made(ready, monkeypatch):
    """Both saw the same sheet; the version of the slower one was queued before it knew."""
    find, faster = ready.cues.find, ready.decide_cues

    def both(asset_id):
        seen = find(asset_id)
        monkeypatch.setattr(ready.cues, "find", find)
        faster._decide("acc_2", "ast_1", [200], None)
        return seen

    monkeypatch.setattr(ready.cues, "find", both)
    with pytest.raises(Conflict, match="cues-changed"):
        await ready.decide_cues("acc_1", "ast_1", [100])
    wanted = find("ast_1").wanted_id
    assert ready.assets.unfinished() == (wanted,)
    assert ready.assets.find(wanted).cue_frames == (200,)


async def test_what_lost_the_race_is_made_where_the_faster_one_wants_the_same(ready, monkeypatch):
    find, faster = ready.cues.find, ready.decide_cues

    def both(asset_id):
        seen = find(asset_id)
        monkeypatch.setattr(ready.cues, "find", find)
        faster._decide("acc_2", "ast_1", [100], None)
        return seen

    monkeypatch.setattr(ready.cues, "find", both)
    with pytest.raises(Conflict, match="cues-changed"):
        await ready.decide_cues("acc_1", "ast_1", [100])
    assert ready.assets.unfinished() == (find("ast_1").wanted_id,)


async def test_what_cannot_have_cues(ready):
    version = (await ready.decide_cues("acc_1", "ast_1", [100])).conditioning.asset_id
    ready.assets.add(asset("ast_2"))
    ready.assets.add(replace(asset("slate"), source_key=""))
    refused = {version: "cues-of-a-version", "ast_2": "asset-not-ready", "slate": "asset-without-source"}
    for asset_id, code in refused.items():
        with pytest.raises(Conflict, match=code):
            await ready.decide_cues("acc_1", asset_id, [100])
        with pytest.raises(Conflict, match=code):
            ready.read_cues(asset_id)
    with pytest.raises(NotFound, match="asset-unknown"):
        await ready.decide_cues("acc_1", "ast_9", [100])
    with pytest.raises(Invalid, match="cue-outside"):
        await ready.decide_cues("acc_1", "ast_1", [953])


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


async def found(house, film) -> None:
    """Give the house the inits that every film has."""
    for track in film.made.tracks:
        init = (film.folder / track.path).read_bytes()[: track.offsets[0]]
        await house.objects.put(house_init_key(track.rendition), init)


async def test_after_kill_9_midway_what_was_plays_on_and_the_next_run_ends_it(
    house, film, tmp_path, database
):
    await found(house, film)
    base = await house.admit_file("acc_1", numbered(tmp_path / "film.mkv", 150))
    base = await house.prepare()(base.asset_id, nobody)
    segments = [await house.read_segment(base.asset_id, "v360", n, 7) for n in range(4)]
    version = (await house.decide_cues("acc_1", base.asset_id, [70])).conditioning.asset_id
    command = (sys.executable, "-c", WORKER, str(tmp_path), str(database.url), version)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    while int(await process.stdout.readline()) < 300:
        pass
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    sheet = house.read_cues(base.asset_id)
    assert (sheet.plays, sheet.conditioning.state) == (base.asset_id, AssetState.PREPARING)
    assert house.assets.unfinished() == (version,)
    assert [await house.read_segment(base.asset_id, "v360", n, 7) for n in range(4)] == segments
    made = await house.prepare()(version, nobody)
    assert (made.state, made.manifest.cues, made.manifest.segments) == (AssetState.READY, (2,), 4)
    assert house.read_cues(base.asset_id).plays == version
    assert [await house.read_segment(base.asset_id, "v360", n, 7) for n in range(4)] == segments
    keys = {track.key for one in (base, made) for track in one.manifest.tracks.values()}
    assert len(keys) == 8
    assert number_of_still(await house.read_still(version, 96)) == 70
    assert number_of_still(await house.read_still(base.asset_id, 70)) == 70
    with pytest.raises(NotFound, match="frame-unknown"):
        await house.read_still(base.asset_id, 192)


def number_of_still(jpeg: bytes) -> int:
    with av.open(io.BytesIO(jpeg), format="mjpeg") as container:
        return number_of(next(container.decode(video=0)))


async def test_a_version_that_is_being_made_is_left_when_it_is_superseded(house, film, tmp_path):
    await found(house, film)
    base = await house.admit_file("acc_1", numbered(tmp_path / "film.mkv", 100))
    await house.prepare()(base.asset_id, nobody)
    version = (await house.decide_cues("acc_1", base.asset_id, [50])).conditioning.asset_id
    told = []

    async def report(permille: int) -> None:
        told.append(permille)
        if permille > 100 and house.read_cues(base.asset_id).cues:
            await house.decide_cues("acc_1", base.asset_id, [])

    left = await house.prepare()(version, report)
    assert (left.state, left.reasons) == (AssetState.FAILED, SUPERSEDED)
    assert 100 < told[-1] < 900
    assert house.left_over() == []
    assert house.assets.unfinished() == ()


async def test_a_version_that_was_forgotten_is_made_anew_under_another_name(ready):
    """What is remembered of the one before, as its manifest is, must never be taken for the new one's."""
    first = (await ready.decide_cues("acc_1", "ast_1", [100])).conditioning.asset_id
    finish(ready, first)
    second = (await ready.decide_cues("acc_1", "ast_1", [200])).conditioning.asset_id
    finish(ready, second)
    assert ready.cues.retire({first}, 1, 1) == (first,)
    again = (await ready.decide_cues("acc_1", "ast_1", [100])).conditioning
    assert (again.state, again.asset_id not in (first, second)) == (AssetState.QUEUED, True)
    assert playing(ready) == second
