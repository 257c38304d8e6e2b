from geotarget.json_places import read_geojson
from geotarget.place import Category
from server.demo.places import PLACES, SOURCE, geojson, place_ids


def test_the_file_is_one_that_can_be_imported():
    read = read_geojson(geojson(), SOURCE, Category.POI)
    assert not read.refused
    assert {place.place_id for place in read.places} == {place.place_id for place in PLACES}
    assert len(read.places) > 50


def test_each_campaign_has_places_some_kilometres_apart():
    for group, category in (("garage", "dealer"), ("voltaneo", "charging"), ("fournil", "restaurant")):
        chosen = [place for place in PLACES if place.place_id in place_ids(group)]
        assert len(chosen) >= 2
        assert {place.category for place in chosen} == {category}
