import os
import re
from importlib.metadata import version

import pytest
from click.testing import CliRunner

from content.channels.channel import ChannelDraft
from server.account import PASSWORD_MINIMUM
from server.cli import main
from server.demo.memory import Memory, remember
from server.drive import Driven
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
        "import-areas",
        "import-places",
        "create-account",
        "account",
    ):
        assert name in shown
        assert run(name, "--help").exit_code == 0
    assert "..." not in shown.partition("Commands:")[2]


def test_a_newcomer_is_told_by_the_helps_what_to_give(run):
    added, older = (run(*one, "--help").output for one in (("account", "add"), ("create-account",)))
    assert "account add`" not in added
    assert "An older name of `roadcast account add`." in older
    assert f"At least {PASSWORD_MINIMUM} characters" in added
    for name in ("run", "validate"):
        assert "Default: ROADCAST_DATA_DIR, else ./data." in " ".join(run(name, "--help").output.split())
    assert "--url" in run("drive", "--help").output
    nobody = run("validate", "http://127.0.0.1:9", "--code", "x").stderr
    assert "--url" not in nobody
    assert "name the address where it runs" in nobody


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
        (("account", "change", "zoe"), "nothing-to-change"),
        (("account", "change", "zoe", "--role", "editor"), "account-unknown"),
        (("account", "remove", "zoe", "--yes"), "account-unknown"),
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


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("frob",), "roadcast: No such command 'frob'. See roadcast --help. [usage]"),
        (("import-places",), "roadcast: Missing argument 'FILE'. See roadcast import-places --help. [usage]"),
        (("issue-code", "v"), "roadcast: Missing option '--role'. Choose from: screen, feed, both. See "),
        (("run", "--port", "x"), "roadcast: Invalid value for '--port': 'x' is not a valid integer range."),
        (("account", "add"), "roadcast: Missing argument 'NAME'. See roadcast account add --help. [usage]"),
    ],
)
def test_misuse_is_one_line_with_a_hint(run, arguments, told):
    done = run(*arguments, prog_name="roadcast")
    assert done.exit_code == 2
    assert done.stderr.startswith(told)
    assert done.stderr.count("\n") == 1


def test_the_version_is_told(run):
    done = run("--version")
    assert (done.exit_code, done.output) == (0, f"roadcast {version('roadcast')}\n")


def test_migrating_tells_from_where_to_where(run):
    first, again = run("migrate"), run("migrate")
    newest = first.output.rstrip(".\n").rpartition(" ")[2]
    assert first.output == f"The records were brought from nothing to {newest}.\n"
    assert again.output == f"The records are already at {newest}.\n"


def test_merged_rows_are_named(run, tmp_path):
    header = "id_station_itinerance,nom_station,consolidated_latitude,consolidated_longitude\n"
    file = tmp_path / "points.csv"
    file.write_text(header + "FR1,Gare,48.1,-1.6\n" * 13)
    told = run("import-places", str(file), "--source", "irve", "--dry-run").output
    assert "12 merged with others" in told
    assert "merged: row 2 with row 1, Gare" in told
    assert "… and 2 more merged" in told
    assert "dry run" in told


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
    assert "2 rows: 1 accepted (1 new, 0 changed, 0 as before), 1 refused, 0 merged" in told
    assert "refused: row 2: latitude-out-of-range: The latitude 91 does not lie" in told
    assert "latitude-out-of-range: 1" in told


def test_columns_of_any_name_are_named(run, tmp_path):
    file = tmp_path / "places.csv"
    file.write_text("Nr;Was;Breite;Länge\n1;Garage;48,1;-1,6\n")
    guess = run("import-places", str(file), "--source", "test")
    assert (guess.exit_code, "[column-missing]" in guess.stderr) == (1, True)
    assert "--column external_id=COLUMN" in guess.stderr
    wrong = run("import-places", str(file), "--source", "test", "--column", "colour=Was")
    assert (wrong.exit_code, "[column-malformed]" in wrong.stderr) == (1, True)
    named = ("external_id=Nr", "name=Was", "latitude=Breite", "longitude=Länge")
    options = [part for one in named for part in ("--column", one)]
    done = run("import-places", str(file), "--source", "test", *options)
    assert (done.exit_code, "1 accepted (1 new" in done.output) == (0, True), done.stderr


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
@pytest.mark.parametrize("rows", ["", "1,Nowhere,91,0\n"])
def test_an_import_that_takes_nothing_fails(run, tmp_path, rows, dry):
    file = tmp_path / "places.csv"
    file.write_text("id,name,latitude,longitude\n" + rows)
    done = run("import-places", str(file), "--source", "test", *dry)
    assert done.exit_code == 1
    assert ("1 row: 0 accepted" if rows else "0 rows: 0 accepted") in done.stdout
    assert done.stderr.count("\n") == 1
    assert "[nothing-accepted]" in done.stderr


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
        [entry] = build(settings).content.pages.list_library()
    assert re.match(r"film\n  0:0\d long, in \d renditions: [\w, ]+\n", done.stdout)
    assert "  joins the schedule of roadcast-tv: http" in done.stdout
    assert "/editor" in done.stdout
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


def test_a_drive_says_at_its_end_what_it_sent(run, tmp_path, monkeypatch):
    async def driven(*_):
        return Driven(7, 3, 65.2, {"unknown-path": 1, "bad-value": 2})

    monkeypatch.setattr("server.drive.drive", driven)
    trace = tmp_path / "trace.csv"
    trace.write_text("timestamp,lat,lon\n2026-01-01T10:00:00Z,48.1,-1.6\n")
    told = run("drive", str(trace), "--credential", "x")
    assert told.exit_code == 0, told.stderr
    assert told.stdout == "The drive is over: 7 messages sent in 65 s.\n"
    assert "The server refused 3 messages: bad-value (2), unknown-path (1)." in told.stderr


def test_a_log_of_viss_is_driven_as_it_is(run, tmp_path, monkeypatch):
    driven = []

    async def drive(_target, recording, *_):
        driven.append(recording)
        return Driven(1, 0, 0.0)

    monkeypatch.setattr("server.drive.drive", drive)
    line = '{"action":"subscription","data":{"path":"Vehicle.Speed","dp":{"value":"0","ts":"%s"}}}'
    log = tmp_path / "drive.log"
    log.write_text("\n".join(line % f"2026-06-01T10:00:0{second}Z" for second in (0, 1, 2)))
    assert run("drive", str(log), "--credential", "x").exit_code == 0
    assert [one.at_ms for one in driven[0].messages] == [0, 1000, 2000]
    refused = run("drive", str(log), "--credential", "x", "--parked", "5")
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "[parked-not-told]" in refused.stderr
    log.write_text(line % "2026-06-01T10:00:00Z" + "\n\nnothing")
    refused = run("drive", str(log), "--credential", "x")
    assert refused.exit_code == 1
    assert "Line 3: The message is not JSON." in refused.stderr


def test_a_drive_looks_for_the_service_of_its_folder_and_says_where(run, tmp_path):
    trace = tmp_path / "trace.csv"
    trace.write_text("timestamp,lat,lon\n2026-01-01T10:00:00Z,48.1,-1.6\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "address").write_text("http://127.0.0.1:9")
    told = run("drive", str(trace), "--code", "x")
    assert told.exit_code == 1
    assert "Nothing answers at http://127.0.0.1:9." in told.stderr
    assert "[server-silent]" in told.stderr
    assert (
        "http://127.0.0.1:19"
        in run("drive", str(trace), "--code", "x", "--url", "http://127.0.0.1:19").stderr
    )
