import io

import pytest
import redis
from obstore.store import LocalStore

from geotarget.adapters.obstore_extracts import ObstoreExtracts
from geotarget.adapters.osmium_extracts import OsmiumExtracts
from geotarget.adapters.redis_extract_imports import RedisExtractImports
from geotarget.adapters.sql_areas import SqlAreas
from geotarget.adapters.sql_places import SqlPlaces
from geotarget.adapters.tables import metadata
from geotarget.extract import ExtractForm, State, Take
from geotarget.import_areas import ImportAreas
from geotarget.import_attempt import Refusal
from geotarget.import_extract import ImportExtract
from geotarget.import_places import ImportPlaces
from geotarget.run_extract import RunExtract
from geotarget.send_extract import SendExtract
from kernel.errors import Conflict, NotFound, Unavailable
from tests.geotarget.extracts import borders, town, write


class NoQueue:
    async def enqueue(self, import_id):
        """It is run by hand."""


class Interrupted:
    """Reading is ended from outside."""

    def places(self, path, only, progress):
        progress(500)
        raise Unavailable("extract-interrupted", "Reading the extract was interrupted.")


@pytest.fixture
def imports(redis_socket):
    client = redis.Redis(unix_socket_path=str(redis_socket))
    yield RedisExtractImports(client)
    client.close()


@pytest.fixture
def files(tmp_path):
    return ObstoreExtracts(LocalStore(tmp_path / "objects", mkdir=True), tmp_path / "fetched")


@pytest.fixture
def announced():
    return []


@pytest.fixture
def run(database, clock, files, imports, announced):
    metadata.create_all(database)
    import_places = ImportPlaces(SqlPlaces(database), clock, announced.append)
    import_areas = ImportAreas(SqlAreas(database), clock, announced.append)
    return RunExtract(ImportExtract(OsmiumExtracts(), import_places, import_areas), files, imports)


@pytest.fixture
def send(files, imports, clock, new_id, tmp_path):
    sends = SendExtract(files, imports, NoQueue(), clock, new_id)

    async def sent(objects, form):
        data = write(tmp_path / "t.osm.pbf", objects).read_bytes()
        return (await sends(io.BytesIO(data), "t.osm.pbf", form)).import_id

    return sent


async def test_places_are_stored_reported_and_announced_and_again_nothing_changes(
    run, send, files, announced, database
):
    import_id = await send(town(), ExtractForm("osm"))
    done = run(import_id)
    report = done.report
    assert (done.state, done.permille) == (State.DONE, 1000)
    assert (report.format, report.rows, report.accepted, report.added, report.refused) == ("osm", 7, 4, 4, 3)
    assert report.reasons == {"name-missing": 1, "not-public": 1, "geometry-incomplete": 1}
    assert [one.ref for one in report.refusals] == ["node/101", "node/102", "way/201"]
    assert "node/103" in report.notes[0]
    assert announced == ["places"]
    kept = {place.external_id: place for place in SqlPlaces(database).each()}
    fuel = kept["node/100"]
    assert fuel.attributes == {
        "opening_hours": "Mo-Sa 06:30-21:00; PH off",
        "address": "12 bis quai de la Prévalaye",
        "postcode": "35000",
        "city": "Rennes",
        "fuels": "95, diesel",
    }
    assert (kept["way/200"].name, kept["way/200"].category) == ("Ty Watt", "charging")
    with pytest.raises(NotFound):
        files.fetch(import_id)
    assert run(import_id) == done  # it has ended: a second worker has nothing to do
    again = run(await send(town(), ExtractForm("osm")))
    assert (again.report.added, again.report.updated, again.report.unchanged) == (0, 0, 4)
    assert announced == ["places"]


async def test_a_dry_run_of_borders_changes_nothing(run, send, announced, database):
    done = run(await send(borders(), ExtractForm("osm", Take.AREAS, levels=(4, 6, 8), dry_run=True)))
    assert done.areas.dry_run
    assert (done.areas.rows, done.areas.added, done.areas.refused) == (5, 2, 3)
    assert done.areas.reasons == {"geometry-incomplete": 1, "name-missing": 2}
    assert list(SqlAreas(database).each()) == []
    assert announced == []
    run(await send(borders(), ExtractForm("osm", Take.AREAS, levels=(4, 8))))
    assert {area.name for area in SqlAreas(database).each()} == {"Bretagne", "Noyal"}
    assert announced == ["areas"]


async def test_what_a_dry_run_has_read_is_imported_without_being_sent_again(
    run, send, files, imports, clock, new_id, database
):
    tried = await send(town(), ExtractForm("osm", only=("fuel",), dry_run=True))
    sends = SendExtract(files, imports, NoQueue(), clock, new_id)
    with pytest.raises(Conflict, match="import-not-tried"):
        await sends.in_earnest(tried)
    run(tried)
    assert list(SqlPlaces(database).each()) == []
    earnest = await sends.in_earnest(tried)
    assert (earnest.state, earnest.form.dry_run, earnest.form.only) == (State.WAITING, False, ("fuel",))
    assert await sends.in_earnest(tried) == earnest
    assert run(earnest.import_id).report.added == 1
    assert [place.external_id for place in SqlPlaces(database).each()] == ["node/100"]
    with pytest.raises(NotFound):
        files.fetch(tried)
    with pytest.raises(Conflict):
        await sends.in_earnest(earnest.import_id)


async def test_a_broken_file_is_refused_and_changes_nothing(run, send, files, database):
    import_id = await send(town(), ExtractForm("osm"))
    path = files.fetch(import_id)
    path.write_bytes(path.read_bytes()[:-20])
    refused = run(import_id)
    assert (refused.state, refused.refusal.code) == (State.REFUSED, "file-malformed")
    assert list(SqlPlaces(database).each()) == []
    with pytest.raises(NotFound):
        files.fetch(import_id)


async def test_one_whose_file_is_gone_is_refused(run, send, files):
    import_id = await send(town(), ExtractForm("osm"))
    files.drop(import_id)
    assert run(import_id).refusal.code == "extract-not-kept"


async def test_one_that_is_interrupted_is_tried_again_until_it_is_given_up(run, send, imports, files):
    import_id = await send(town(), ExtractForm("osm"))
    disturbed = RunExtract(ImportExtract(Interrupted(), None, None), files, imports)
    with pytest.raises(Unavailable):
        disturbed(import_id)
    assert (imports.find(import_id).state, imports.find(import_id).permille) == (State.RUNNING, 500)
    assert run(import_id).state is State.DONE
    other = await send(town(), ExtractForm("osm"))
    given_up = run.give_up(other, Refusal("extract-interrupted", "Reading the extract was interrupted."))
    assert (given_up.state, given_up.refusal.code) == (State.REFUSED, "extract-interrupted")


def test_what_nobody_remembers_is_left_alone(run):
    assert run("ext_unknown") is None
