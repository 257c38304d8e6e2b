import os
import time

import pytest

from media.asset import asset_id_in, poster_key, source_key, track_key
from media.manifest import AssetManifest, Track
from media.sweep_leftovers import SAFE_AGE_MS, SweepLeftovers, Swept
from tests.contracts.test_media_sql import asset
from tests.media.house import nobody


@pytest.fixture
def sweep(house, clock):
    """After enough time for everything that was written by now to be old."""
    found = SweepLeftovers(house.assets, house.objects, house.uploads, house.spool, clock)
    clock.moment = clock.moment.fromtimestamp(time.time() + SAFE_AGE_MS / 1000 + 60, clock.moment.tzinfo)
    return found


async def keys(house) -> set[str]:
    return {
        one.key
        for folder in ("assets", "sources", "house")
        async for page in house.objects.pages(folder)
        for one in page
    }


async def test_a_published_asset_keeps_all_it_has(house, short_film, sweep):
    await house.slate()
    asset = await house.admit_file("acc_1", short_film)
    await house.prepare()(asset.asset_id, nobody)
    before = await keys(house)
    lost = track_key(asset.asset_id, "v360", "0123456789abcdef")  # of a run that another was faster than
    await house.objects.put(lost, b"12345")
    assert await sweep() == Swept(1, 5, 0)
    assert await keys(house) == before
    assert len(before) > 8


async def test_what_is_young_stays(house, sweep, clock):
    await house.objects.put(source_key("ast_lost"), b"bytes")
    clock.advance(-120)
    assert await sweep() == Swept()
    clock.advance(120)
    assert await sweep() == Swept(1, 5, 0)
    assert await sweep() == Swept()  # as after being killed and begun again


async def test_one_that_is_on_its_way_keeps_all_it_has(house, short_film, sweep):
    asset = await house.admit_file("acc_1", short_film)
    await house.objects.put(track_key(asset.asset_id, "v360", "0123456789abcdef"), b"half of it")
    house.assets.begin(asset.asset_id)
    assert await sweep() == Swept()


async def test_one_that_failed_needs_nothing(house, short_film, sweep):
    asset = await house.admit_file("acc_1", short_film)
    await house.objects.put(poster_key(asset.asset_id), b"poster")
    house.assets.begin(asset.asset_id)
    house.assets.fail(asset.asset_id, ("media-unreadable",))
    assert (await sweep()).objects == 2
    assert await keys(house) == set()
    assert house.assets.find(asset.asset_id).reasons == ("media-unreadable",)


async def test_what_is_not_ours_is_left_alone(house, sweep):
    for key in ("house/v360.mp4", "assets/readme", "assets/ast_1/more/of/it", "elsewhere/ast_1"):
        await house.objects.put(key, b"x")
        assert not asset_id_in(key)
    assert await sweep() == Swept()


async def test_what_a_killed_writer_left_half_written(house, sweep, tmp_path):
    folder = tmp_path / "objects" / "sources"
    folder.mkdir()
    (folder / "ast_1#1").write_bytes(b"half")
    (folder / "ast_1#1").with_name("new#2").touch()
    later_ns = time.time_ns() + 10 * SAFE_AGE_MS * 1_000_000
    os.utime(folder / "new#2", ns=(later_ns, later_ns))
    assert (await sweep()).objects == 1
    assert [path.name for path in folder.iterdir()] == ["new#2"]


async def test_spooled_bytes_without_a_record(house, sweep, clock):
    known = await house.receive.create("acc_1", 6, "a.mp4")
    house.spool.create("upl_lost")
    assert (await sweep()).spooled == 1
    assert house.spool.path(known.upload_id).exists()
    assert not house.spool.path("upl_lost").exists()


async def test_of_a_version_that_was_forgotten_nothing_stays_even_if_the_sweep_is_killed(house, sweep, clock):
    """The record goes first; killed after that, or half-way through the objects, the next sweep goes on."""
    version = "ast_1-a"
    house.assets.add(asset())
    house.assets.add(asset(version, cut_from="ast_1"))
    keys_ = {
        one: [track_key(one, name, "0123456789abcdef") for name in ("v360", "a128")]
        for one in ("ast_1", version)
    }
    for asset_id, tracks in keys_.items():
        for key in (*tracks, poster_key(asset_id)):
            await house.objects.put(key, b"12345")
        made = {str(n): Track(key, (0, 5), 1, 1) for n, key in enumerate(tracks)}
        house.assets.begin(asset_id)
        house.assets.publish(AssetManifest(asset_id, 1, 1920, made, poster_key(asset_id)))
    await house.objects.put(source_key("ast_1"), b"the film")
    assert await sweep() == Swept()
    assert house.cues.retire({version}, 1, 1) == (version,)
    assert len(await keys(house)) == 7  # killed here

    delete = house.objects.delete

    async def killed(lost):
        await delete(lost[:1])
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(house.objects), "delete", lambda _self, lost: killed(lost))
        with pytest.raises(KeyboardInterrupt):
            await sweep()
    assert len(await keys(house)) == 6  # and here
    assert (await sweep()).objects == 2
    assert await keys(house) == {*keys_["ast_1"], poster_key("ast_1"), source_key("ast_1")}
