import pytest

from kernel.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from media import receive_upload
from media.upload import FREE_FLOOR_BYTES, LENGTH_LIMIT_BYTES, LIFETIME_MS


async def parts(*chunks: bytes):
    for chunk in chunks:
        yield chunk


async def test_from_opening_to_the_last_byte(house):
    upload = await house.receive.create("acc_1", 6, "a.mp4")
    assert upload.expires_ms == house.clock.now_ms() + LIFETIME_MS
    assert await house.receive.inspect("acc_1", upload.upload_id) == (upload, 0)
    assert await house.receive.append("acc_1", upload.upload_id, 0, parts(b"abc")) == 3
    assert (await house.receive.inspect("acc_1", upload.upload_id))[1] == 3
    assert await house.receive.append("acc_1", upload.upload_id, 3, parts(b"def")) == 6
    with pytest.raises(TooLarge, match="upload-overrun"):
        await house.receive.append("acc_1", upload.upload_id, 6, parts(b"g"))


async def test_it_is_its_owners_alone(house):
    upload = await house.receive.create("acc_1", 6, "")
    for call in (
        house.receive.inspect("acc_2", upload.upload_id),
        house.receive.append("acc_2", upload.upload_id, 0, parts(b"x")),
        house.receive.terminate("acc_2", upload.upload_id),
    ):
        with pytest.raises(NotFound, match="upload-unknown"):
            await call
    assert (await house.receive.inspect("acc_1", upload.upload_id))[1] == 0


async def test_only_so_many_are_open_for_each_owner(house, monkeypatch):
    monkeypatch.setattr(receive_upload, "OPEN_LIMIT", 2)
    first = await house.receive.create("acc_1", 6, "")
    await house.receive.create("acc_1", 6, "")
    with pytest.raises(Conflict, match="upload-too-many"):
        await house.receive.create("acc_1", 6, "")
    await house.receive.create("acc_2", 6, "")
    await house.receive.terminate("acc_1", first.upload_id)
    await house.receive.create("acc_1", 6, "")


async def test_only_so_much_is_open_for_each_owner(house, monkeypatch):
    monkeypatch.setattr(receive_upload, "OPEN_LIMIT_BYTES", 10)
    first = await house.receive.create("acc_1", 6, "")
    with pytest.raises(Conflict, match="upload-too-many"):
        await house.receive.create("acc_1", 5, "")
    await house.receive.create("acc_1", 4, "")
    await house.receive.create("acc_2", 10, "")
    await house.receive.terminate("acc_1", first.upload_id)
    await house.receive.create("acc_1", 6, "")


async def test_some_of_the_disk_stays_free(house, monkeypatch):
    free = house.spool.free_bytes()
    monkeypatch.setattr(house.spool, "free_bytes", lambda: FREE_FLOOR_BYTES + 9)
    assert free > 0
    with pytest.raises(Unavailable, match="storage-full"):
        await house.receive.create("acc_1", 10, "")
    assert (await house.receive.create("acc_1", 9, "")).length == 9


async def test_lengths_have_limits(house):
    with pytest.raises(Invalid, match="upload-empty"):
        await house.receive.create("acc_1", 0, "")
    with pytest.raises(TooLarge, match="upload-too-large"):
        await house.receive.create("acc_1", LENGTH_LIMIT_BYTES + 1, "")


async def test_what_is_thrown_away_is_gone(house):
    upload = await house.receive.create("acc_1", 6, "")
    await house.receive.append("acc_1", upload.upload_id, 0, parts(b"abc"))
    await house.receive.terminate("acc_1", upload.upload_id)
    assert not house.spool.path(upload.upload_id).exists()
    with pytest.raises(NotFound, match="upload-unknown"):
        await house.receive.inspect("acc_1", upload.upload_id)


async def test_after_a_day_it_is_unknown_and_swept(house):
    upload = await house.receive.create("acc_1", 6, "")
    assert house.receive.expire() == 0
    house.clock.advance(LIFETIME_MS / 1000)
    with pytest.raises(NotFound, match="upload-unknown"):
        await house.receive.inspect("acc_1", upload.upload_id)
    assert house.receive.expire() == 1
    assert not house.spool.path(upload.upload_id).exists()
    assert house.receive.expire() == 0
