import obstore

from server.engines.objects import check_objects, open_objects


async def test_a_local_folder_is_made(tmp_path):
    store = open_objects((tmp_path / "a folder" / "objects").as_uri())
    await check_objects(store)
    await obstore.put_async(store, "assets/x", b"bytes")
    assert (tmp_path / "a folder" / "objects" / "assets" / "x").read_bytes() == b"bytes"
