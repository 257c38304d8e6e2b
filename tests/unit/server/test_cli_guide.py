"""Commands for other people's guides and players, run as a person runs them."""

from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from server.cli import main
from server.drive import leave_address


@pytest.fixture
def roadcast(tmp_path):
    def run(*arguments: str):
        return CliRunner().invoke(main, [*arguments, "--data-dir", str(tmp_path / "data")])

    return run


def test_the_guide_is_written_to_a_file(roadcast, tmp_path):
    done = roadcast("guide", "--xmltv", str(tmp_path / "guide.xml"), "--days", "2")
    assert done.exit_code == 0, done.output
    assert ElementTree.parse(tmp_path / "guide.xml").getroot().tag == "tv"
    assert done.stdout == f"{tmp_path / 'guide.xml'}: the guide of 0 channels, 2 days.\n"


def test_a_guide_on_standard_output_is_nothing_but_the_guide(roadcast):
    done = roadcast("guide", "--xmltv", "-")
    assert done.exit_code == 0, done.stderr
    assert ElementTree.fromstring(done.stdout).tag == "tv"


def test_a_link_is_printed_for_a_vehicle(roadcast):
    vehicle_id = roadcast("add-vehicle", "Fleet car 7").output.strip()
    done = roadcast("player-link", vehicle_id)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("http://127.0.0.1:8000/channels.m3u?key=")
    # By a pseudonym of the link.
    assert "key=hu_" not in done.output
    assert vehicle_id not in done.output
    assert "vehicle-unknown" in roadcast("player-link", "veh_nobody").stderr


def test_a_link_leads_to_the_service_that_runs_on_the_folder(roadcast, tmp_path, monkeypatch):
    vehicle_id = roadcast("add-vehicle", "Fleet car 8").output.strip()
    leave_address(tmp_path / "data", "http://127.0.0.1:8421")
    assert roadcast("player-link", vehicle_id).output.startswith("http://127.0.0.1:8421/channels.m3u?")
    monkeypatch.setenv("ROADCAST_BASE_URL", "https://cars.example")
    assert roadcast("player-link", vehicle_id).output.startswith("https://cars.example/channels.m3u?")


def test_the_guide_is_written_for_a_market(roadcast):
    assert roadcast("guide", "--xmltv", "-", "--market", "FR").exit_code == 0
    refused = roadcast("guide", "--xmltv", "-", "--market", "France")
    assert (refused.exit_code, "market-unknown" in refused.stderr) == (1, True)
