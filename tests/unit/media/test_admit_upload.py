import asyncio

import numpy as np
import pytest

from kernel.errors import Conflict, Invalid, NotFound
from media.acceptance import Unpreparable
from media.admit_upload import AdmitBytes
from media.asset import AssetState
from tests.media.films import sound


async def uploaded(house, data: bytes, owner="acc_1", length=None):
    upload = await house.receive.create(owner, length or len(data), "film.mp4")

    async def parts():
        yield data

    await house.receive.append(owner, upload.upload_id, 0, parts())
    return upload


async def test_a_finished_upload_becomes_a_queued_asset(house, short_film):
    upload = await uploaded(house, short_film.read_bytes())
    asset = await house.admit_upload("acc_1", upload.upload_id)
    assert (asset.owner, asset.filename, asset.state) == ("acc_1", "film.mp4", AssetState.QUEUED)
    assert house.queued == [asset.asset_id]
    assert await house.objects.get(asset.source_key) == short_film.read_bytes()
    assert not house.spool.path(upload.upload_id).exists()
    assert await house.admit_upload("acc_1", upload.upload_id) == asset
    with pytest.raises(NotFound, match="upload-unknown"):
        await house.admit_upload("acc_2", upload.upload_id)


async def test_a_retry_after_a_crash_finds_what_was_begun(house, short_film):
    upload = await uploaded(house, short_film.read_bytes())
    asset_id = "ast_" + upload.upload_id.rpartition("_")[2]
    begun = await house.admit_file("acc_1", short_film, asset_id=asset_id, filename="film.mp4")
    again = await house.admit_file("acc_1", short_film, asset_id=asset_id)
    assert again == begun == await house.admit_upload("acc_1", upload.upload_id)
    assert house.queued == [asset_id, asset_id]  # the queue keeps one
    assert house.uploads.find(upload.upload_id) is None


async def test_two_requests_at_once_admit_once(house, short_film):
    upload = await uploaded(house, short_film.read_bytes())
    first, second = await asyncio.gather(*(house.admit_upload("acc_1", upload.upload_id) for _ in range(2)))
    assert first == second
    assert set(house.queued) == {first.asset_id}


async def test_an_unfinished_one_is_not_taken_and_stays(house):
    upload = await uploaded(house, b"abc", length=9)
    with pytest.raises(Conflict, match="upload-unfinished"):
        await house.admit_upload("acc_1", upload.upload_id)
    assert house.spool.offset(upload.upload_id) == 3


async def test_sound_is_no_film_and_its_upload_stays_for_another_use(house, tmp_path):
    song = sound(tmp_path / "song.mp3", np.zeros((2, 48_000)), codec="libmp3lame")
    upload = await uploaded(house, song.read_bytes())
    with pytest.raises(Invalid) as refused:
        await house.admit_upload("acc_1", upload.upload_id, film=True)
    assert refused.value.code == "picture-needed"
    assert refused.value.fix
    assert house.queued == []
    assert await house.admit_upload("acc_1", upload.upload_id)
    assert len(house.queued) == 1


async def test_a_film_is_a_film(house, short_film):
    upload = await uploaded(house, short_film.read_bytes())
    assert await house.admit_upload("acc_1", upload.upload_id, film=True)


async def test_a_film_over_the_length_that_is_wanted_is_refused_and_forgotten(house, short_film):
    upload = await uploaded(house, short_film.read_bytes())
    with pytest.raises(Unpreparable) as refused:
        await house.admit_upload("acc_1", upload.upload_id, longest_ms=100)
    assert refused.value.code == "media-over-length"
    assert (house.queued, house.uploads.find(upload.upload_id)) == ([], None)


async def test_what_is_no_media_is_refused_and_forgotten(house):
    upload = await uploaded(house, b"not a film")
    with pytest.raises(Unpreparable) as refused:
        await house.admit_upload("acc_1", upload.upload_id)
    assert refused.value.code == "media-no-media"
    assert refused.value.fix
    assert (house.queued, house.uploads.find(upload.upload_id)) == ([], None)
    assert not house.spool.path(upload.upload_id).exists()


async def test_what_a_crash_left_is_queued_again(house, short_film):
    first = await house.admit_file("acc_1", short_film)
    second = await house.admit_file("acc_1", short_film)
    house.assets.begin(second.asset_id)
    third = await house.admit_file("acc_1", short_film)
    house.assets.fail(third.asset_id, ("media-truncated",))
    house.queued.clear()
    assert await house.requeue() == 2
    assert set(house.queued) == {first.asset_id, second.asset_id}


async def test_a_file_that_was_fetched_is_taken_as_an_upload_is(house, short_film):
    admit = AdmitBytes(house.receive, house.admit_upload)
    asset = await admit("adv_1", short_film.read_bytes())
    assert (asset.owner, asset.state) == ("adv_1", AssetState.QUEUED)
    assert await house.objects.get(asset.source_key) == short_film.read_bytes()
    with pytest.raises(Unpreparable):
        await admit("adv_1", b"no film at all")
    with pytest.raises(Unpreparable):
        await admit("adv_1", short_film.read_bytes(), longest_ms=1)
    with pytest.raises(Invalid, match="upload-empty"):
        await admit("adv_1", b"")
    assert list(house.spool.path("x").parent.iterdir()) == []
