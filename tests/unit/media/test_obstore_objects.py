"""What is special to a local folder; tests/contracts/test_media_objects.py has what every store promises."""

import time

from obstore.store import LocalStore

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
