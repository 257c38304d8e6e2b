from datetime import date

import pytest

from geotarget.csv_places import open_table
from geotarget.irve_places import is_irve, read_boolean, read_date, read_irve
from kernel.errors import Invalid

HEADER = (
    "id_station_itinerance,id_station_local,nom_station,nom_enseigne,nom_operateur,a0dresse_station,nbre_pdc,"
    "puissance_nominale,prise_type_2,prise_type_combo_ccs,gratuit,date_mise_en_service,"
    "consolidated_longitude,consolidated_latitude"
)


def read(*rows):
    return read_irve(open_table("\n".join([HEADER, *rows]).encode()), "irve")


def test_the_rows_of_a_station_become_one_place():
    file = read(
        "FR1,,Gare,Ouest,Op,1 rue X,2,22,TRUE,False,,0000-00-00,-1.68,48.11",
        "FR1,,Gare,Ouest,Op,1 rue X,2,150.0,0,true,FALSE,2024-05-01,-1.68,48.11",
        "FR1,,Gare,Ouest,Op,1 rue X,2,9999,0,1,peut-être,2023-05-01,-1.68,48.11",
        "FR2,,Port,,Op,2 rue X,1,7,1,0,1,,-2.0,48.6",
    )
    station, other = file.places
    assert (file.rows, file.merged, file.refused) == (4, 2, {})
    assert (station.external_id, station.name, station.brand, other.brand) == ("FR1", "Gare", "Ouest", "Op")
    assert station.attributes == {
        "address": "1 rue X",
        "operator": "Op",
        "points": "3",
        "power_kw": "150",
        "plugs": "Type 2, CCS",
        "free": "no",
        "in service since": "2023-05-01",
    }
    assert "in service since" not in other.attributes
    assert any("a0dresse_station" in note for note in file.notes)


def test_stations_that_share_a_placeholder_for_an_id_stay_apart():
    file = read(
        "Non concerné,,Roux,,Op,,1,7,1,0,,,-1.68,48.11",
        "Non concerné,,Roux,,Op,,1,7,1,0,,,-1.68,48.11",
        "Non concerné,Non renseigné,Garage,,Op,,1,7,1,0,,,-3.5,48.5",
        ",L7,Garage,,Op,,1,7,1,0,,,-3.6,48.5",
    )
    assert [place.name for place in file.places] == ["Roux", "Garage", "Garage"]
    assert file.places[2].external_id == "L7"


def test_ids_of_one_name_sign_and_position_are_one_place():
    """Some operators give each post an id; a driver sees one car park."""
    file = read(
        "FR1,,Carrefour,Allego,Op,,2,22,1,0,,,-3.3447835,47.7762883",
        "FR1,,Carrefour,Allego,Op,,2,22,1,0,,,-3.3447835,47.7762883",
        "FR2,,CARREFOUR,Allego,Op,,2,300,0,1,,,-3.3447836,47.7762884",
        "FR2,,Carrefour,Allego,Op,,2,300,0,1,,,-3.3447835,47.7762883",
        "FR3,,Carrefour,Ouest,Op,,1,50,0,1,,,-3.3447835,47.7762883",
        "FR4,,Carrefour,Allego,Op,,1,50,0,1,,,-3.3457835,47.7762883",
    )
    assert [place.external_id for place in file.places] == ["FR1", "FR3", "FR4"]
    assert (file.rows, file.merged) == (6, 3)
    attributes = file.places[0].attributes
    assert (attributes["points"], attributes["power_kw"], attributes["plugs"]) == ("4", "300", "Type 2, CCS")
    assert [(merge.row, merge.into) for merge in file.merges] == [(2, 1), (3, 1), (4, 1)]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            "12 rue de la motte 35530 NOYAL SUR VILAINE",
            {"address": "12 rue de la motte", "postcode": "35530", "city": "Noyal Sur Vilaine"},
        ),
        (
            '"35 Rue Gay Lussac, 56000 Vannes, France"',
            {"address": "35 Rue Gay Lussac", "postcode": "56000", "city": "Vannes"},
        ),
        ("Rue de la Poste", {"address": "Rue de la Poste"}),
        ("", {}),
    ],
)
def test_a_town_is_told_from_its_street_where_the_address_names_it(written, told):
    (place,) = read(f"FR1,,Gare,,Op,{written},1,7,1,0,,,-1.68,48.11").places
    assert {key: place.attributes[key] for key in place.attributes if key in told} == told
    assert ("city" in place.attributes) == ("city" in told)


def test_bad_rows_do_not_spoil_their_station():
    file = read(
        "FR1,,Gare,,Op,,1,7,1,0,,,-1.68,98.11",
        "FR1,,Gare,,Op,,1,7,1,0,,,-1.68,48.11",
        "FR1,,Gare,,Op,,1,50,1,0,,,-1.68,48.21",
        "FR1,,Gare,,Op,,1,7",
    )
    assert [(refusal.row, refusal.code) for refusal in file.refusals] == [
        (1, "latitude-out-of-range"),
        (3, "position-contradicts"),
        (4, "row-malformed"),
    ]
    assert file.places[0].attributes["power_kw"] == "7"


def test_booleans_and_dates_as_upstream_writes_them():
    assert [read_boolean(text) for text in ("true", "TRUE", "1", "Oui")] == [True] * 4
    assert [read_boolean(text) for text in ("False", "0", " non ")] == [False] * 3
    assert [read_boolean(text) for text in ("", "maybe")] == [None] * 2
    assert read_date("2024-02-29") == date(2024, 2, 29)
    assert [read_date(text) for text in ("0000-00-00", "2023-02-29", "")] == [None] * 3


def test_what_makes_a_table_one_of_charge_points():
    assert is_irve(open_table(HEADER.encode()))
    assert not is_irve(open_table(b"id,name,lat,lon"))
    with pytest.raises(Invalid, match="column-missing"):
        read_irve(open_table(b"id_station_itinerance,consolidated_latitude,consolidated_longitude\n"), "irve")
