"""Commands that keep records, run as a person runs them."""

import pytest
from click.testing import CliRunner

from server.cli import main
from server.engines.database import open_database


@pytest.fixture
def roadcast(tmp_path):
    def run(*arguments: str):
        return CliRunner().invoke(main, [*arguments, "--data-dir", str(tmp_path)])

    return run


def test_a_vehicle_gets_a_code_for_its_head_unit(roadcast, tmp_path):
    added = roadcast("add-vehicle", "Fleet car 7", "--market", "de", "--manual-gearbox")
    assert added.exit_code == 0, added.output
    issued = roadcast("issue-code", added.output.strip(), "--role", "screen")
    assert issued.exit_code == 0, issued.output
    with open_database(f"sqlite:///{tmp_path / 'roadcast.db'}").connect() as records:
        query = "SELECT label, market, location_consent, manual_gearbox FROM vehicles"
        vehicle = records.exec_driver_sql(query).one()
        code = records.exec_driver_sql("SELECT * FROM enrolment_codes").mappings().one()
    assert tuple(vehicle) == ("Fleet car 7", "DE", 0, 1)
    assert (code["role"], code["technique"], code["uses_left"]) == ("screen", "audio-only", 1)
    assert issued.output.strip() not in map(str, code.values())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["", "--market", "FR"], "A vehicle's label has 1 to 120 printable characters."),
        ([" "], "A vehicle's label has 1 to 120 printable characters."),
        (["Car 1", "--market", "XX"], "The market “XX” is no country."),
        (["Car 1", "--language", "zz-!!"], "“zz-!!” is no tag of a language."),
    ],
)
def test_a_vehicle_that_cannot_be_is_refused_in_one_line(roadcast, given, said):
    refused = roadcast("add-vehicle", *given)
    assert refused.exit_code == 1
    assert refused.stdout == ""
    (line,) = refused.stderr.splitlines()
    assert said in line


def test_a_code_for_no_vehicle_is_refused_in_one_line(roadcast):
    refused = roadcast("issue-code", "veh_nobody", "--role", "feed")
    assert refused.exit_code == 1
    assert refused.stderr.splitlines() == ["roadcast: There is no such vehicle. [vehicle-unknown]"]


def test_an_owner_takes_consent_back_and_gives_it_again(roadcast, tmp_path):
    vehicle_id = roadcast("add-vehicle", "Fleet car 7", "--location-consent").output.strip()

    def kept() -> int:
        with open_database(f"sqlite:///{tmp_path / 'roadcast.db'}").connect() as records:
            return records.exec_driver_sql("SELECT location_consent FROM vehicles").scalar_one()

    for option, expected in (("--no-location", 0), ("--location", 1)):
        done = roadcast("set-consent", vehicle_id, option)
        assert done.exit_code == 0, done.output
        assert kept() == expected
    assert "vehicle-unknown" in roadcast("set-consent", "veh_nobody", "--location").stderr
