"""Fuel and charging stations as the French state publishes them."""

from collections import Counter

import pytest

from geotarget.adapters.sql_areas import SqlAreas
from geotarget.adapters.sql_places import SqlPlaces
from geotarget.adapters.tables import metadata
from geotarget.area_index import AreaIndex
from geotarget.distance import geodesic_m
from geotarget.import_areas import ImportAreas
from geotarget.import_places import ImportPlaces
from geotarget.load_places import LoadPlaces
from geotarget.place import Category
from geotarget.place_file import FileFormat


@pytest.fixture
def kept(database):
    metadata.create_all(database)
    return SqlPlaces(database)


@pytest.fixture
def import_places(kept, clock):
    return ImportPlaces(places=kept, clock=clock, announce=lambda topic: None)


def test_all_fuel_stations_come_in_and_again_unchanged(real_data, kept, import_places):
    files = sorted((real_data / "poi" / "fuel-fr").glob("*.json"))
    reports = [
        import_places(file.read_bytes(), file_format=FileFormat.FUEL, source="fuel-fr") for file in files
    ]
    assert sum(report.added for report in reports) == 4734
    assert sum(report.refused for report in reports) == 0
    again = [
        import_places(file.read_bytes(), file_format=FileFormat.FUEL, source="fuel-fr") for file in files
    ]
    assert sum(report.unchanged for report in again) == 4734
    near = LoadPlaces(kept)().near(48.65797, -1.97092, 5000, category=Category.FUEL)
    assert near[0].place.name == "Leclerc Saint-Malo"
    assert near[0].distance_m == 0
    assert len(near) > 3
    for one in near:
        exact_m = geodesic_m(48.65797, -1.97092, one.place.latitude, one.place.longitude)
        assert one.distance_m == pytest.approx(exact_m, abs=0.001)


def test_brittanys_charge_points_become_stations(real_data, kept, import_places):
    data = (real_data / "poi" / "ev-brittany.csv").read_bytes()
    report = import_places(data, file_format=FileFormat.CSV, source="irve")
    assert report.rows == 4097
    assert report.accepted + report.merged + report.refused == report.rows
    # Two of the four points of Lidl Quimperlé stand 3.4 km from the others.
    assert report.reasons == {"position-contradicts": 2}
    assert any("a0dresse_station" in note for note in report.notes)
    stations = list(kept.each())
    # 999 ids, of which one is “Non concerné” and stands for seven stations; 104 are a post of a car park
    # whose other posts have the same name, sign and position.
    assert len(stations) == 998 + 7 - 104
    told_apart = {(s.name, s.brand, round(s.latitude, 5), round(s.longitude, 5)) for s in stations}
    assert len(told_apart) == len(stations)
    assert not any(any(map(str.isdigit, s.attributes.get("city", ""))) for s in stations)
    assert {station.category for station in stations} == {Category.CHARGING}
    assert not any("0000" in station.attributes.get("in service since", "") for station in stations)
    assert set(Counter(station.attributes.get("free") for station in stations)) <= {"yes", "no", None}
    assert import_places(data, file_format=FileFormat.CSV, source="irve").unchanged == len(stations)


def test_borders_are_no_points(real_data, kept, import_places):
    data = (real_data / "poi" / "regions-version-simplifiee.geojson").read_bytes()
    report = import_places(data, file_format=FileFormat.GEOJSON, source="regions")
    assert report.reasons == {"geometry-not-a-point": 13}
    assert list(kept.each()) == []


def test_departments_and_regions_come_in_and_hold_their_towns(real_data, database, clock):
    metadata.create_all(database)
    areas = SqlAreas(database)
    import_areas = ImportAreas(areas, clock, announce=lambda topic: None)
    for source, number in (("departements", 96), ("regions", 13)):
        data = (real_data / "poi" / f"{source}-version-simplifiee.geojson").read_bytes()
        report = import_areas(data, source=source)
        assert (report.added, report.refused) == (number, 0)
        assert import_areas(data, source=source).unchanged == number
    index = AreaIndex(areas.each())
    for town, latitude, longitude in (
        (["Ille-et-Vilaine", "Bretagne"], 48.1173, -1.6778),
        (["Haute-Corse", "Corse"], 42.6977, 9.4508),
        (["Paris", "Île-de-France"], 48.8566, 2.3522),
        ([], 48.0, -8.0),
    ):
        assert sorted(index.get(one).name for one in index.containing(latitude, longitude)) == sorted(town)
