import os

import pytest
from click.testing import CliRunner

from content.channel import ChannelDraft
from server.cli import main
from server.demo.memory import Memory, remember
from server.engines.borrowed import engines_running
from server.engines.data_folder import SERVICE, claim
from server.settings import Settings
from server.wiring.house import build
from tests.media.films import flash_and_beep


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("ROADCAST_DATA_DIR", str(tmp_path / "data"))
    return lambda *arguments, **more: CliRunner().invoke(main, list(arguments), **more)


def test_help_names_every_command_in_a_line(run):
    shown = run("--help").output
    for name in (
        "run",
        "worker",
        "ingest",
        "drive",
        "seed-demo",
        "migrate",
        "import-places",
        "create-account",
    ):
        assert name in shown
        assert run(name, "--help").exit_code == 0
    assert "..." not in shown.partition("Commands:")[2]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("create-account", "zoe", "--role", "editor", "--password", "short"), "password-too-short"),
        (
            ("create-account", "zoe", "--role", "advertiser", "--password", "long enough"),
            "advertiser-missing",
        ),
        (("drive", "{empty}"), "trace-"),
        (("import-places", "{empty}", "--source", "x"), "format-unknown"),
        (
            ("import-places", "{empty}", "--source", "x", "--format", "csv", "--category", "moon"),
            "category-unknown",
        ),
    ],
)
def test_a_failure_is_one_line(run, tmp_path, arguments, code):
    empty = tmp_path / "empty.xyz"
    empty.touch()
    done = run(*(argument.format(empty=empty) for argument in arguments))
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("roadcast: ")
    assert f"[{code}" in done.stderr


def test_a_wrong_setting_is_one_line_too(run):
    done = run("migrate", env={"ROADCAST_PORT": "eighty"})
    assert done.exit_code == 1
    assert "ROADCAST_PORT" in done.stderr


def test_an_account_and_places_without_a_running_service(run, tmp_path):
    made = run(
        "create-account", "Zoe", "--role", "advertiser", "--advertiser", "Garage", "--password", "long enough"
    )
    assert made.exit_code == 0, made.stderr
    assert made.output.startswith("acc_")
    again = run("create-account", "zoe", "--role", "editor", "--password", "long enough")
    assert "account-name-taken" in again.stderr
    file = tmp_path / "places.csv"
    file.write_text("id,name,latitude,longitude\n1,Garage,48.1,-1.6\n2,Nowhere,91,0\n")
    told = run("import-places", str(file), "--source", "test", "--category", "dealer").output
    assert "2 rows: 1 accepted (1 new, 0 changed, 0 as before), 1 refused" in told
    assert "latitude-out-of-range: 1" in told


def test_a_drive_needs_a_car(run, tmp_path):
    trace = tmp_path / "trace.csv"
    trace.write_text("timestamp,latitude,longitude,speed\n2026-06-15T10:00:00Z,48.1,-1.6,0\n")
    assert "code-missing" in run("drive", str(trace)).stderr
    assert "position-malformed" in run("drive", str(trace), "--shift-to", "here").stderr
    assert "latitude-out-of-range" in run("drive", str(trace), "--shift-to", "91,0").stderr


def test_a_programme_joins_the_schedule_that_is_named_by_its_slug(run, tmp_path):
    film = flash_and_beep(tmp_path / "film.mp4", seconds=0.5, at=(0.2,))
    refused = run("ingest", str(film), "--schedule", "roadcast-tv")
    assert refused.exit_code == 1
    assert "[channel-unknown]" in refused.stderr
    settings = Settings.from_environ({"ROADCAST_DATA_DIR": str(tmp_path / "data")})
    with engines_running(settings):
        build(settings).content.create_channel("acc_1", ChannelDraft("Roadcast TV", "roadcast-tv"))
    done = run("ingest", str(film), "--schedule", "roadcast-tv")
    assert done.exit_code == 0, done.stderr
    with engines_running(settings):
        [entry] = build(settings).content.editing.list_library()
    assert (entry.programme.asset_id, entry.scheduled) == (done.stdout.split()[-1], True)


def test_seeding_where_the_demo_is_already_is_no_failure(run, tmp_path):
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    remember(data_dir, Memory(complete=True))
    lock = claim(data_dir, SERVICE)  # as the running service does
    done = run("seed-demo")
    assert done.exit_code == 0, done.stderr
    assert "there already" in done.stdout
    remember(data_dir, Memory())
    refused = run("seed-demo")
    assert refused.exit_code == 1
    assert "[service-running]" in refused.stderr
    assert refused.stderr.count("\n") == 1
    os.close(lock)
