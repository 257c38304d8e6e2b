import pytest

from geotarget.csv_places import Columns, find_columns, open_table, read_csv
from geotarget.place import Category
from kernel.errors import Invalid


def read(text, columns=None, default=Category.POI):
    data = text if isinstance(text, bytes) else text.encode()
    return read_csv(open_table(data), "test", default, columns or Columns())


def test_columns_are_guessed_whatever_the_separator_case_and_byte_order_mark():
    for separator in ",;\t":
        text = "\ufeffID, Nom ,Lat,LON,marque,ville\n1,Garage,48.1,-1.6,Roule,Rennes\n\n".replace(
            ",", separator
        )
        place = read(text, default=Category.DEALER).places[0]
        assert (place.external_id, place.name, place.brand, place.category) == (
            "1",
            "Garage",
            "Roule",
            "dealer",
        )
        assert place.attributes == {"city": "Rennes"}


def test_columns_can_be_named():
    text = 'n;où ça;la;lo;quoi\n7;"Chez; ""Léo""";48,1;-1,6;hotel\n'
    file = read(text, Columns("n", "où ça", "la", "lo", "", "quoi"))
    place = file.places[0]
    assert (place.external_id, place.name, place.latitude, place.category) == (
        "7",
        'Chez; "Léo"',
        48.1,
        "hotel",
    )


def test_bad_rows_are_refused_each_with_its_reason():
    file = read(
        "id,name,lat,lon,category\n1,A,91,0,\n2,B,,1,\n3,C,x,1,\n4,D,1\n5,E,1,1,pub\n6,F,1,1,fuel\n6,G,1,1,\n"
    )
    assert [(refusal.row, refusal.code) for refusal in file.refusals] == [
        (1, "latitude-out-of-range"),
        (2, "position-missing"),
        (3, "coordinate-malformed"),
        (4, "row-malformed"),
        (5, "category-unknown"),
        (7, "duplicate-external-id"),
    ]
    assert [place.name for place in file.places] == ["F"]


def test_a_cell_too_long_to_read_refuses_its_row_only():
    file = read(f"id,name,lat,lon\n1,{'x' * 200_000},1,1\n2,B,1,1\n")
    assert [place.name for place in file.places] == ["B"]
    assert [(refusal.row, refusal.code) for refusal in file.refusals] == [(1, "row-malformed")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "header-missing"),
        (b"\n1,2\n", "header-missing"),
        (b"id,id,lat\n", "header-malformed"),
        (",".join(f"c{i}" for i in range(201)).encode(), "header-malformed"),
        ("id,nom,lat,é\n".encode("latin-1"), "file-not-utf8"),
        (b"id,name,lat\n", "column-missing"),
    ],
)
def test_a_file_that_is_no_table_is_refused_whole(data, code):
    with pytest.raises(Invalid) as refused:
        read(data)
    assert refused.value.code == code


def test_a_named_column_must_be_there():
    with pytest.raises(Invalid) as refused:
        read("id,name,lat,lon\n", Columns(brand="make"))
    assert refused.value.code == "column-missing"
    assert "brand" in refused.value.fields


def test_a_misspelt_column_is_found_and_noted_and_a_different_one_is_not():
    found, notes = find_columns(
        ("a0dresse_station", "prise_type_2"), {"adresse_station": "a", "prise_type_3": "b"}
    )
    assert found == {"a": "a0dresse_station"}
    assert any("a0dresse_station" in note for note in notes)


def test_a_telephone_number_is_known_by_its_column():
    place = read("id,nom,lat,lon,Téléphone\n1,Garage,48.1,-1.6,+33 2 99 00 11 22\n").places[0]
    assert place.attributes == {"phone": "+33 2 99 00 11 22"}


@pytest.mark.parametrize("written", ["1_0", "٤٨", "0x10", "nan", "inf", "1e400", "--1", "4 8"])
def test_what_python_takes_for_a_number_is_none_in_a_list(written):
    [refused] = read(f"id,name,lat,lon\n1,A,{written},2\n").refusals
    assert refused.code == "coordinate-malformed"


@pytest.mark.parametrize("written", ["48", "+48.", "48,0", "4.8e1", "4800e-2", " 48.000000000000000 "])
def test_ways_to_write_a_number(written):
    [place] = read(f'id;name;lat;lon\n1;A;"{written}";2\n').places
    assert place.latitude == 48


def test_a_row_of_several_lines_that_is_wrong_tells_which():
    text = 'id,name,lat,lon\n1,"A,48,2\n2,B"\n3,"two\nlines",48,2\n'
    file = read(text)
    assert [place.name for place in file.places] == ["two lines"]
    [refused] = file.refusals
    assert (refused.row, refused.code) == (1, "row-malformed")
    assert "lines 2 to 3" in refused.detail
