"""Importing areas from the command line, as a person does."""

import json

import pytest
from click.testing import CliRunner

from server.cli_imports import import_areas

RING = [[-2, 48], [-1, 48], [-1, 49], [-2, 48]]


def feature(code, ring):
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "geometry": geometry, "properties": {"code": code, "nom": f"Zone {code}"}}


@pytest.fixture
def roadcast(tmp_path):
    def run(*arguments: str):
        return CliRunner().invoke(import_areas, [*arguments, "--data-dir", str(tmp_path / "data")])

    return run


def test_importing_tells_what_became_of_each_feature_and_again_changes_nothing(roadcast, tmp_path):
    file = tmp_path / "zones.geojson"
    features = [feature("35", RING), feature("36", RING[:-1])]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    tried = roadcast(str(file), "--source", "dep", "--dry-run")
    assert tried.exit_code == 0, tried.output
    assert "2 rows: 1 accepted (1 new, 0 changed, 0 as before), 1 refused" in tried.output
    assert "refused: row 2: area-ring-too-short" in tried.output
    assert "this was a dry run" in tried.output
    assert "1 new" in roadcast(str(file), "--source", "dep").output
    assert "1 as before" in roadcast(str(file), "--source", "dep").output


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{}", "file-malformed"),
        ('{"type": "FeatureCollection", "features": []}', "nothing-accepted"),
        ('{"type": "FeatureCollection", "features": [1]}', "nothing-accepted"),
    ],
)
def test_a_failure_is_one_line(roadcast, tmp_path, text, code):
    file = tmp_path / "zones.geojson"
    file.write_text(text)
    done = roadcast(str(file), "--source", "dep")
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert f"[{code}]" in line
