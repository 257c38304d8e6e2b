import msgspec
import pytest

from geotarget import import_places as module
from geotarget.adapters.sql_places import SqlPlaces
from geotarget.adapters.tables import metadata
from geotarget.import_places import ImportPlaces
from geotarget.load_places import LoadPlaces
from geotarget.osm_places import OsmElement, read_osm
from geotarget.place_file import FileFormat
from kernel.errors import Invalid, TooLarge


@pytest.fixture
def places(database):
    metadata.create_all(database)
    return SqlPlaces(database)


@pytest.fixture
def announced():
    return []


@pytest.fixture
def import_places(places, clock, announced):
    return ImportPlaces(places=places, clock=clock, announce=announced.append)


CSV = b"id,name,lat,lon\n1,A,48,2\n2,B,91,2\n3,C,47,2\n"


def test_a_file_is_stored_reported_and_announced(import_places, places, announced):
    report = import_places(CSV, file_format=FileFormat.CSV, source="mine")
    assert (report.rows, report.accepted, report.added, report.refused) == (3, 2, 2, 1)
    assert report.reasons == {"latitude-out-of-range": 1}
    assert announced == ["places"]
    assert [n.place.name for n in LoadPlaces(places)().near(48, 2, 1000)] == ["A"]


def test_the_same_file_again_changes_nothing(import_places, announced):
    import_places(CSV, file_format=FileFormat.CSV, source="mine")
    again = import_places(CSV, file_format=FileFormat.CSV, source="mine")
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)
    assert announced == ["places"]


def test_a_dry_run_tells_the_same_and_changes_nothing(import_places, places, announced):
    report = import_places(CSV, file_format=FileFormat.CSV, source="mine", dry_run=True)
    assert (report.dry_run, report.added) == (True, 2)
    assert list(places.each()) == []
    assert announced == []


def test_charge_points_are_known_by_their_columns(import_places, places):
    data = b"id_station_itinerance,nom_station,consolidated_latitude,consolidated_longitude\nFR1,Gare,48,2\n"
    import_places(data, file_format=FileFormat.CSV, source="irve")
    assert [place.category for place in places.each()] == ["charging"]


@pytest.mark.parametrize(
    ("data", "kind", "source", "code"),
    [
        (b"{}", FileFormat.GEOJSON, "mine", "file-malformed"),
        (b"{}", FileFormat.FUEL, "mine", "file-malformed"),
        (b"x", FileFormat.CSV, "mine", "column-missing"),
        (CSV, FileFormat.OSM, "mine", "format-unknown"),
        (b"<osm version='0.6'/>", None, "mine", "extract-elsewhere"),
        (CSV, FileFormat.CSV, "My list", "source-malformed"),
    ],
)
def test_a_refused_file_changes_nothing(import_places, places, data, kind, source, code):
    with pytest.raises(Invalid) as refused:
        import_places(data, file_format=kind, source=source)
    assert refused.value.code == code
    assert list(places.each()) == []


def test_a_file_beyond_the_limit(import_places, monkeypatch):
    monkeypatch.setattr(module, "FILE_LIMIT_BYTES", 10)
    with pytest.raises(TooLarge, match="file-too-large"):
        import_places(CSV, file_format=FileFormat.CSV, source="mine")


def test_the_report_is_json(import_places):
    report = import_places(CSV, file_format=FileFormat.CSV, source="mine")
    assert msgspec.json.decode(msgspec.json.encode(report))["refusals"][0]["row"] == 2


def test_what_an_extract_says_is_out_of_use_is_offered_no_longer(import_places, places, announced):
    told = {"amenity": "fuel", "name": "Avia"}

    def take(tags, *, dry_run=False):
        read = read_osm([OsmElement("node/1", tags, (48.0, 2.0))], "osm")
        return import_places.store(read, FileFormat.OSM, "osm", dry_run=dry_run)

    take(told)
    assert take(told | {"disused": "yes"}, dry_run=True).gone == 1
    assert announced == ["places"]
    assert take(told | {"access": "private"}).gone == 1
    assert list(places.each()) == []
    assert announced == ["places", "places"]
    assert take(told).updated == 1
    assert [place.name for place in places.each()] == ["Avia"]


def test_a_quotation_mark_that_is_not_closed_is_told_with_its_line(import_places, places):
    rows = [f"{n},Name,48,2" for n in range(300)]
    rows[2] = '2,"Name,48,2'
    with pytest.raises(Invalid) as caught:
        import_places("\n".join(["id,name,lat,lon", *rows]).encode(), file_format=FileFormat.CSV, source="m")
    assert caught.value.code == "quote-unclosed"
    assert "line 4" in caught.value.detail
    assert list(places.each()) == []
