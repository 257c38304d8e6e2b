import io
from datetime import UTC, datetime

import pytest
import redis
from obstore.store import LocalStore, MemoryStore

from geotarget import extract
from geotarget.adapters.obstore_extracts import ObstoreExtracts
from geotarget.adapters.redis_extract_imports import RedisExtractImports
from geotarget.extract import ExtractForm
from geotarget.send_extract import SendExtract
from kernel.errors import Invalid, NotFound, TooLarge
from tests.geotarget.extracts import corners, write


class Queue:
    """Notes what is to be run."""

    def __init__(self):
        self.queued = []

    async def enqueue(self, import_id):
        self.queued.append(import_id)


@pytest.fixture
def imports(redis_socket):
    client = redis.Redis(unix_socket_path=str(redis_socket))
    client.flushall()
    yield RedisExtractImports(client)
    client.close()


@pytest.fixture(params=["local", "networked"])
def files(request, tmp_path):
    local = request.param == "local"
    store = LocalStore(tmp_path / "objects", mkdir=True) if local else MemoryStore()
    return ObstoreExtracts(store, tmp_path / "fetched")


@pytest.fixture
def queue():
    return Queue()


@pytest.fixture
def send(files, imports, queue, clock, new_id):
    return SendExtract(files, imports, queue, clock, new_id)


@pytest.fixture
def data(tmp_path):
    return write(tmp_path / "t.osm.pbf", corners()).read_bytes()


async def test_what_is_sent_waits_for_a_worker(send, files, queue, data):
    one = await send(io.BytesIO(data), "bretagne.osm.pbf", ExtractForm("osm"))
    assert queue.queued == [one.import_id]
    assert send.find(one.import_id) == one
    assert (one.state, one.permille, one.file_name) == ("waiting", 0, "bretagne.osm.pbf")
    assert files.fetch(one.import_id).read_bytes() == data
    files.drop(one.import_id)
    files.drop(one.import_id)
    with pytest.raises(NotFound, match="extract-not-kept"):
        files.fetch(one.import_id)


@pytest.mark.parametrize(
    ("content", "form", "error", "code"),
    [
        (b"id;name\n", ExtractForm("osm"), Invalid, "format-unknown"),
        (b"", ExtractForm("osm"), Invalid, "format-unknown"),
        (None, ExtractForm("My list"), Invalid, "source-malformed"),
        (b"<osm version='0.6'/>" + b" " * 2000, ExtractForm("osm"), TooLarge, "file-too-large"),
    ],
)
async def test_what_is_refused_is_not_kept(send, queue, data, monkeypatch, content, form, error, code):
    monkeypatch.setattr("geotarget.send_extract.SENT_LIMIT_BYTES", 1000)
    with pytest.raises(error, match=code):
        await send(io.BytesIO(data if content is None else content), "t", form)
    assert queue.queued == []


async def test_what_nobody_imports_goes_after_a_day(send, files, clock, data):
    clock.moment = datetime.now(UTC)  # objects bear the time of the machine
    one = await send(io.BytesIO(data), "t", ExtractForm("osm"))
    assert send.expire() == 0
    clock.advance(extract.KEPT_MS / 1000 + 60)
    assert send.expire() == 1
    with pytest.raises(NotFound):
        files.fetch(one.import_id)


async def test_what_one_worker_read_and_another_dropped_goes_after_a_day(send, files, tmp_path, clock, data):
    clock.moment = datetime.now(UTC)
    one = await send(io.BytesIO(data), "t", ExtractForm("osm"))
    read = files.fetch(one.import_id)
    other = ObstoreExtracts(files._store, tmp_path / "another")
    other.drop(one.import_id)
    clock.advance(extract.KEPT_MS / 1000 + 60)
    send.expire()
    assert not read.exists()


def test_an_import_that_nobody_remembers(send):
    with pytest.raises(NotFound, match="import-not-kept"):
        send.find("ext_unknown")


async def test_only_the_last_are_listed(send, imports, clock, data):
    sent = []
    for _ in range(22):
        clock.advance(1)
        sent.append(await send(io.BytesIO(data), "t", ExtractForm("osm")))
    assert imports.recent() == sent[:1:-1]
    assert imports.find(sent[0].import_id) == sent[0]
