"""Importing extracts of OpenStreetMap from the command line, as a person does."""

import pytest
from click.testing import CliRunner

from server.cli_imports import import_areas, import_places
from tests.geotarget.extracts import borders, town, write


@pytest.fixture
def roadcast(tmp_path):
    def run(command, *arguments: str):
        return CliRunner().invoke(command, [*arguments, "--data-dir", str(tmp_path / "data")])

    return run


def test_places_from_an_extract_and_again_nothing_changes(roadcast, tmp_path):
    file = str(write(tmp_path / "rennes.osm.pbf", town()))
    tried = roadcast(import_places, file, "--source", "osm", "--dry-run")
    assert tried.exit_code == 0, tried.output
    assert "7 rows: 4 accepted (4 new, 0 changed, 0 as before), 3 refused" in tried.output
    assert "node/101: name-missing" in tried.output
    assert "The opening hours of node/103 cannot be read" in tried.output
    assert "this was a dry run" in tried.output
    only = roadcast(import_places, file, "--source", "osm", "--only", "fuel", "--only", "dealer")
    assert "2 rows: 2 accepted (2 new" in only.output
    assert (
        "4 accepted (2 new, 0 changed, 2 as before)"
        in roadcast(import_places, file, "--source", "osm").output
    )


def test_borders_from_an_extract(roadcast, tmp_path):
    file = str(write(tmp_path / "rennes.osm.gz", borders()))
    done = roadcast(import_areas, file, "--source", "osm", "--level", "4", "--level", "6")
    assert "1 accepted (1 new" in done.output
    assert "relation/501: geometry-incomplete" in done.output
    none = roadcast(import_areas, file, "--source", "osm", "--level", "6")
    assert none.exit_code == 1
    assert "(relation/501: geometry-incomplete)" in none.stderr


@pytest.mark.parametrize(
    ("command", "options", "code"),
    [
        (import_places, ("--only", "castle"), "category-unknown"),
        (import_places, ("--format", "csv"), "file-not-utf8"),
        (import_areas, ("--level", "1"), "level-unknown"),
        (import_areas, ("--level", "2"), "nothing-accepted"),
    ],
)
def test_a_failure_is_one_line(roadcast, tmp_path, command, options, code):
    file = str(write(tmp_path / "rennes.osm.pbf", town()))
    done = roadcast(command, file, "--source", "osm", *options)
    assert done.exit_code == 1
    assert f"[{code}]" in done.stderr.splitlines()[-1]


def test_what_is_said_to_be_an_extract_and_is_none(roadcast, tmp_path):
    file = tmp_path / "places.csv"
    file.write_text("id;name\n")
    done = roadcast(import_places, str(file), "--source", "osm", "--format", "osm")
    assert "[format-unknown]" in done.stderr


@pytest.mark.parametrize(
    ("command", "options"), [(import_places, ("--only", "fuel")), (import_areas, ("--level", "4"))]
)
def test_options_of_extracts_beside_other_files(roadcast, tmp_path, command, options):
    file = tmp_path / "places.csv"
    file.write_text("id;name;lat;lon\n1;A;48;2\n")
    done = roadcast(command, str(file), "--source", "mine", *options)
    assert done.exit_code == 1
    assert f"{options[0]} is for extracts" in done.stderr
