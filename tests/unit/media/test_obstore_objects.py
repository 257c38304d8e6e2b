"""What is special to a local folder; tests/contracts/test_media_objects.py has what every store promises."""

import time

import pytest
from obstore.store import LocalStore, S3Store

from kernel.errors import Unavailable
from media.adapters.obstore_objects import ObstoreObjects


async def test_half_written_files_are_deleted_and_finished_ones_never(tmp_path):
    objects = ObstoreObjects(LocalStore(tmp_path))
    await objects.put("assets/a#b", b"x")
    draft = tmp_path / "assets" / "c#12"
    draft.write_bytes(b"half")
    written_ms = draft.stat().st_mtime_ns // 1_000_000
    assert await objects.delete_drafts(written_ms - 1) == 0
    assert await objects.delete_drafts(time.time_ns() // 1_000_000 + 1) == 1
    assert [path.name for path in (tmp_path / "assets").iterdir()] == ["a#b"]


@pytest.mark.parametrize("kind", ["folder", "s3"])
async def test_a_part_that_cannot_be_read_now_is_told_from_one_that_is_not_there(tmp_path, kind):
    if kind == "s3":
        address = "http://127.0.0.1:1"  # where nothing listens
        keys = {"access_key_id": "k", "secret_access_key": "s", "region": "r"}
        plain = {"allow_http": True}
        store = S3Store("b", endpoint=address, **keys, client_options=plain, retry_config={"max_retries": 0})
    else:
        store = LocalStore(tmp_path)
        (tmp_path / "film").write_bytes(b"cut")  # off, where more is known to be
    with pytest.raises(Unavailable, match="store-unavailable"):
        await ObstoreObjects(store).get_range("film", 5, 9)
