"""The doors by which extracts come, on a small app with the server's own problem documents and pages."""

import io
import itertools
import re

import pytest
import redis
from obstore.store import LocalStore

from geotarget.adapters.obstore_extracts import ObstoreExtracts
from geotarget.adapters.osmium_extracts import OsmiumExtracts
from geotarget.adapters.redis_extract_imports import RedisExtractImports
from geotarget.adapters.sql_areas import SqlAreas
from geotarget.adapters.sql_places import SqlPlaces
from geotarget.adapters.tables import metadata
from geotarget.import_areas import ImportAreas
from geotarget.import_extract import ImportExtract
from geotarget.import_places import ImportPlaces
from geotarget.list_areas import ListAreas
from geotarget.run_extract import RunExtract
from geotarget.send_extract import SendExtract
from geotarget.try_import import TryImport
from geotarget.web import area_pages, extract_pages, extracts, import_pages, places
from server.pages import build_templates
from tests.geotarget.extracts import borders, town, write
from tests.signed_in import client_of

OCTETS = {"content-type": "application/octet-stream"}


class Queue(list):
    async def enqueue(self, import_id):
        self.append(import_id)


@pytest.fixture
def queue():
    return Queue()


@pytest.fixture
def kept(redis_socket, tmp_path):
    client = redis.Redis(unix_socket_path=str(redis_socket))
    client.flushall()
    store = LocalStore(tmp_path / "objects", mkdir=True)
    yield ObstoreExtracts(store, tmp_path / "fetched"), RedisExtractImports(client)
    client.close()


@pytest.fixture
def imports(database, clock):
    metadata.create_all(database)
    return (
        ImportPlaces(SqlPlaces(database), clock, lambda _: None),
        ImportAreas(SqlAreas(database), clock, lambda _: None),
    )


@pytest.fixture
def work(kept, imports, queue):
    """A worker that does all that waits."""
    run = RunExtract(ImportExtract(OsmiumExtracts(), *imports), *kept)
    return lambda: [run(import_id) for import_id in queue]


@pytest.fixture
async def client(kept, imports, queue, clock, database):
    ids = itertools.count(1)
    send = SendExtract(*kept, queue, clock, lambda prefix: f"{prefix}_{next(ids)}")
    templates = build_templates()
    routes = [
        *extracts.routes(send),
        *extract_pages.routes(send, templates),
        *import_pages.routes(TryImport(imports[0], None, clock, lambda _: "imp_1"), send, templates),
        *area_pages.routes(ListAreas(SqlAreas(database), None), None, imports[1], send, templates),
        *places.routes(None, None, imports[0]),
    ]
    async with client_of(routes, "operator", **{"accept-language": "en"}) as client:
        yield client


@pytest.fixture
def data(tmp_path):
    return write(tmp_path / "t.osm.pbf", town()).read_bytes()


async def test_an_extract_is_taken_in_read_and_reported(client, work, data):
    query = {"source": "osm", "only": "fuel, charging", "file_name": "rennes.osm.pbf"}
    sent = await client.post("/v1/extracts", params=query, content=data, headers=OCTETS)
    assert sent.status_code == 202
    at = sent.headers["location"]
    waiting = (await client.get(at)).json()
    assert (waiting["state"], waiting["permille"], waiting["report"]) == ("waiting", 0, None)
    assert (waiting["file_name"], waiting["form"]["only"]) == ("rennes.osm.pbf", ["fuel", "charging"])
    page = await client.get(f"/places{at.removeprefix('/v1')}")
    assert "It waits for a worker." in page.text
    assert 'value="0"' in page.text
    work()
    done = (await client.get(at)).json()
    assert (done["state"], done["permille"], done["report"]["added"]) == ("done", 1000, 2)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 422, "query-invalid"),
        ({"source": "osm", "take": "roads"}, 422, "query-invalid"),
        ({"source": "My list"}, 422, "source-malformed"),
        ({"source": "osm", "only": "castle"}, 422, "category-unknown"),
        ({"source": "osm", "only": "poi"}, 422, "category-unknown"),
        ({"source": "osm", "levels": "4,x"}, 422, "level-unknown"),
        ({"source": "osm", "levels": "1"}, 422, "level-unknown"),
    ],
)
async def test_what_is_refused_at_once(client, queue, data, query, status, code):
    answer = await client.post("/v1/extracts", params=query, content=data)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert queue == []


async def test_what_is_no_extract_or_too_large(client, data, monkeypatch):
    answer = await client.post("/v1/extracts?source=osm", content=b"id;name\n")
    assert answer.json()["code"] == "format-unknown"
    monkeypatch.setattr(extracts, "SENT_LIMIT_BYTES", 100)
    answer = await client.post("/v1/extracts?source=osm", content=data)
    assert (answer.status_code, answer.json()["code"]) == (413, "file-too-large")


async def test_where_other_files_go_an_extract_is_told_where_to(client, data):
    answer = await client.post("/v1/places/import?source=osm", content=data)
    assert (answer.status_code, answer.json()["code"]) == (422, "extract-elsewhere")
    assert "/v1/extracts" in answer.json()["fix"]


async def test_only_operators(client, data):
    for path in ("/v1/extracts?source=osm", "/places/import"):
        answer = await client.post(path, content=data, headers={"x-scopes": "advertiser editor"})
        assert answer.status_code == 403
    for path in ("/v1/extracts/ext_none", "/places/extracts/ext_none"):
        assert (await client.get(path, headers={"x-scopes": "advertiser editor"})).status_code == 403
        assert (await client.get(path)).status_code == 404
        path = f"{path}/import"
        assert (await client.post(path, headers={"x-scopes": "advertiser editor"})).status_code == 403
        assert (await client.post(path)).status_code == 404


async def test_the_form_of_places_takes_extracts(client, work, data):
    form = {"source": "osm", "only": ["fuel", "dealer", "parking"], "dry_run": "1"}
    files = {"file": ("rennes.osm.pbf", io.BytesIO(data))}
    sent = await client.post("/places/import", data=form, files=files)
    assert sent.status_code == 303
    work()
    page = await client.get(sent.headers["location"], headers={"accept-language": "fr"})
    text = page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Ce que l’import ferait" in text
    assert "Essai à blanc" in text
    assert '<td class="number">node/102</td><td>fermé au public</td>' in text
    assert "Importer maintenant" in text
    done = await client.post(f"{sent.headers['location']}/import")
    assert done.status_code == 303
    work()
    assert "What the import did" in (await client.get(done.headers["location"])).text
    at = sent.headers["location"].replace("/places", "/v1")
    again = await client.post(f"{at}/import")
    assert (again.status_code, again.json()["state"]) == (202, "done")
    assert (await client.post(f"{again.headers['location']}/import")).json()["code"] == "import-not-tried"
    assert "Les horaires de node/103 sont illisibles, et laissés de côté : « 9h-18h sauf le lundi »." in text


async def test_the_last_imports_are_listed_the_newest_first(client, work, queue, data, clock):
    page = await client.get("/places/extracts")
    assert "No extract of OpenStreetMap was imported in the last day." in page.text
    for name, query in (
        ("first", {"dry_run": "true"}),
        ("broken", {}),
        ("second", {"only": "fuel"}),
    ):
        clock.advance(1)
        content = data[:-20] if name == "broken" else data
        await client.post(
            "/v1/extracts", params={"source": "osm", "file_name": name} | query, content=content
        )
    work()
    clock.advance(1)
    await client.post("/v1/extracts?source=osm&take=areas&file_name=third", content=data)
    page = await client.get("/places/extracts", headers={"accept-language": "fr"})
    assert re.findall(r">(first|broken|second|third)</a>", page.text) == [
        "third",
        "second",
        "broken",
        "first",
    ]
    text = page.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "essai à blanc : 4 sur 7 acceptables" in text
    assert "nouveaux : 1, modifiés : 0, refusés : 0" in text
    assert "fichier illisible" in page.text
    assert "en attente" in page.text
    answer = await client.get("/places/extracts", headers={"x-scopes": "advertiser"})
    assert answer.status_code == 403


async def test_the_form_of_areas_takes_borders_from_extracts(client, work, tmp_path):
    data = write(tmp_path / "t.osm", borders()).read_bytes()
    files = {"file": ("rennes.osm", io.BytesIO(data))}
    sent = await client.post("/places/areas/import", data={"source": "osm", "levels": "4, 6"}, files=files)
    assert sent.status_code == 303
    (done,) = work()
    assert (done.areas.added, done.form.levels) == (1, (4, 6))
    page = await client.get(sent.headers["location"])
    assert "new area<" in page.text
    assert "relation/501" in page.text


async def test_a_form_with_an_extract_that_is_refused(client, data):
    files = {"file": ("rennes.osm.pbf", io.BytesIO(data))}
    sent = await client.post("/places/import", data={"source": "My list"}, files=files)
    assert sent.status_code == 422
    assert "the list’s name is not allowed" in sent.text


async def test_an_import_that_failed_tells_why(client, work, data):
    sent = await client.post("/v1/extracts?source=osm", content=data[:-20])
    work()
    page = await client.get(f"/places{sent.headers['location'].removeprefix('/v1')}")
    assert "Nothing was imported: unreadable file" in page.text
    assert "Check that the file is whole." in page.text


async def test_other_files_stay_within_their_own_limit(client, monkeypatch):
    monkeypatch.setattr("geotarget.import_places.FILE_LIMIT_BYTES", 10)
    for path in ("/places/import", "/places/areas/import"):
        files = {"file": ("t.csv", io.BytesIO(b"id;name;lat;lon\n1;A;48;2\n"))}
        answer = await client.post(path, data={"source": "t"}, files=files)
        assert answer.status_code == 413
