"""Commands that keep records, run as a person runs them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from players.feed.head_unit import digest
from server.cli import main
from server.commands import settings_of
from server.engines.database import open_database
from server.wiring.house import build


@pytest.fixture
def roadcast(tmp_path):
    def run(*arguments: str):
        return CliRunner().invoke(main, [*arguments, "--data-dir", str(tmp_path)])

    return run


def test_a_vehicle_gets_a_code_for_its_head_unit(roadcast, tmp_path):
    added = roadcast("add-vehicle", "Fleet car 7", "--market", "de", "--manual-gearbox")
    assert added.exit_code == 0, added.output
    issued = roadcast("issue-code", added.output.strip(), "--role", "screen", "--shielded")
    assert issued.exit_code == 0, issued.output
    with open_database(f"sqlite:///{tmp_path / 'roadcast.db'}").connect() as records:
        query = "SELECT label, market, location_consent, manual_gearbox FROM vehicles"
        vehicle = records.exec_driver_sql(query).one()
        code = records.exec_driver_sql("SELECT * FROM enrolment_codes").mappings().one()
    assert tuple(vehicle) == ("Fleet car 7", "DE", 0, 1)
    assert (code["role"], code["technique"], code["uses_left"]) == ("screen", "audio-only", 1)
    assert (code["shielded"], code["built_in"]) == (1, 0)
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


def test_a_market_is_changed_and_governs_beside_the_old_one_until_it_is_parked(roadcast, tmp_path):
    vehicle_id = roadcast("add-vehicle", "Fleet car 7").output.strip()
    done = roadcast("set-market", vehicle_id, "de")
    assert done.exit_code == 0, done.output
    expected = "DE governs, beside FR until it is parked: Code de la route R412-6-2; StVO § 23(1a, 1b)\n"
    assert done.stdout == expected
    for wrong in ("Germany", "UK", "XX"):
        assert "market-unknown" in roadcast("set-market", vehicle_id, wrong).stderr
    assert "vehicle-unknown" in roadcast("set-market", "veh_nobody", "DE").stderr


def test_a_faulty_policy_is_told_in_one_line_with_its_file_and_key(roadcast, tmp_path, monkeypatch):
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "CH.toml").write_text('name = "Switzerland"\nsource = "SVG"\ncertainty = "sure"\n')
    monkeypatch.setenv("ROADCAST_POLICIES_DIR", str(folder))
    for command in (("run",), ("add-vehicle", "Fleet car 7")):
        refused = roadcast(*command)
        assert refused.exit_code == 1
        (line,) = refused.stderr.splitlines()
        assert f"{folder}/CH.toml: " in line
        assert "`certainty`" in line
        assert line.endswith("[policy-invalid]")


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


def test_a_vehicle_is_removed_once_someone_means_it(roadcast, tmp_path):
    vehicle_id = roadcast("add-vehicle", "Fleet car 7").output.strip()

    def kept() -> int:
        with open_database(f"sqlite:///{tmp_path / 'roadcast.db'}").connect() as records:
            return records.exec_driver_sql("SELECT COUNT(*) FROM vehicles").scalar_one()

    assert roadcast("remove-vehicle", vehicle_id).exit_code == 1  # nobody answers
    assert kept() == 1
    removed = roadcast("remove-vehicle", vehicle_id, "--yes")
    assert removed.output == f"{vehicle_id} was removed.\n"
    assert kept() == 0
    for given in ((), ("--yes",)):  # what is not there is not asked about
        again = roadcast("remove-vehicle", vehicle_id, *given)
        assert again.stderr == "roadcast: There is no such vehicle. [vehicle-unknown]\n"


def test_a_change_of_consent_is_confirmed(roadcast):
    vehicle_id = roadcast("add-vehicle", "Fleet car 7").output.strip()
    said = roadcast("set-consent", vehicle_id, "--location").output
    assert said == f"Promotions may know where {vehicle_id} is, from its next session on.\n"
    said = roadcast("set-consent", vehicle_id, "--no-location").output
    assert said == f"Promotions do not know where {vehicle_id} is, from now on.\n"


def test_what_an_owner_shares_of_a_vehicles_state(roadcast, tmp_path):
    options = ("--model", " Zoe ", "--powertrain", "electric", "--location-consent")
    vehicle_id = roadcast("add-vehicle", "Fleet car 7", *options).output.strip()

    def kept() -> tuple[object, ...]:
        with open_database(f"sqlite:///{tmp_path / 'roadcast.db'}").connect() as records:
            asked = "SELECT model, powertrain, state_consent, location_consent FROM vehicles"
            return tuple(records.exec_driver_sql(asked).one())

    assert kept() == ("Zoe", "electric", 0, 1)
    said = roadcast("set-consent", vehicle_id, "--state", "--no-location").output
    assert said.splitlines() == [
        f"Promotions do not know where {vehicle_id} is, from now on.",
        f"Promotions may know the state of {vehicle_id}, from its next session on.",
    ]
    assert kept() == ("Zoe", "electric", 1, 0)
    assert roadcast("set-consent", vehicle_id, "--no-state").exit_code == 0
    assert kept() == ("Zoe", "electric", 0, 0)
    assert roadcast("set-consent", vehicle_id).exit_code == 2
    assert "model-invalid" in roadcast("add-vehicle", "Car 8", "--model", "x" * 61).stderr


def test_a_change_of_market_is_a_switch_that_is_kept(roadcast, tmp_path):
    vehicle_id = roadcast("add-vehicle", "Fleet car 7").output.strip()
    assert roadcast("set-market", vehicle_id, "de").exit_code == 0
    with open_database(f"sqlite:///{tmp_path / 'roadcast.db'}").connect() as records:
        switch = records.exec_driver_sql("SELECT vehicle_id, cause, market, policy FROM switches").one()
    assert tuple(switch) == (vehicle_id, "market", "DE", "FR+DE")


def test_head_units_are_listed_and_revoked(roadcast, tmp_path):
    vehicle = roadcast("add-vehicle", "Clio").output.strip()
    code = roadcast("issue-code", vehicle, "--role", "feed", "--vss", "4").output.strip()
    enrolled = build(settings_of(data_dir=tmp_path)).players.enrol(code)
    listed = roadcast("head-units", vehicle)
    about, since, by = re.fullmatch(r"(.*)  enrolled (.*) UTC  code (.*)\n", listed.output).groups()
    assert about == f"{enrolled.head_unit_id}  feed  VSS 4"  # a feed has no picture to take away
    assert abs(datetime.now(UTC) - datetime.fromisoformat(f"{since}+00:00")) < timedelta(hours=1)
    assert by == digest(code)[:8]
    screen = roadcast("issue-code", vehicle, "--role", "screen", "--technique", "slate").output.strip()
    shown = build(settings_of(data_dir=tmp_path)).players.enrol(screen)
    _, second = roadcast("head-units", vehicle).output.splitlines()
    assert second.startswith(f"{shown.head_unit_id}  screen  driver  slate  enrolled ")
    for unit in (enrolled, shown):
        assert roadcast("revoke", unit.head_unit_id).exit_code == 0
    none = roadcast("head-units", vehicle)
    assert (none.exit_code, none.stdout) == (0, "")
    assert none.stderr == f"{vehicle} has no head units: roadcast issue-code enrols one.\n"
    nobody = roadcast("head-units", "veh_nobody")
    assert nobody.exit_code == 1
    assert nobody.stderr == "roadcast: There is no such vehicle. [vehicle-unknown]\n"
    again = roadcast("revoke", enrolled.head_unit_id)
    assert (again.exit_code, "head-unit-unknown" in again.output) == (1, True)
