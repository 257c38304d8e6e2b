"""Accounts, kept from the command line."""

import os
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from server.cli import main
from server.engines.data_folder import SERVICE, claim
from server.progress import Progress, forget, tell


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("ROADCAST_DATA_DIR", str(tmp_path / "data"))
    return lambda *arguments, **more: CliRunner().invoke(main, list(arguments), **more)


def test_accounts_are_listed_changed_and_removed(run):
    assert "no accounts yet" in run("account", "list").stderr
    add = (
        "account",
        "add",
        "Zoe",
        "--role",
        "advertiser",
        "--advertiser",
        "Garage",
        "--password",
        "long enough",
    )
    assert run(*add).exit_code == 0
    assert run("account", "list").output.startswith("zoe\tadvertiser\tGarage\t20")
    assert run("account", "list").output.endswith("\towner\n")
    assert run("account", "change", "zoe", "--member", "till").exit_code == 0
    assert run("account", "list").output.endswith("\ttill\n")
    changed = run("account", "change", "zoe", "--role", "editor", "--new-password", input="much longer\n" * 2)
    assert "Changed zoe, editor." in changed.output
    assert run("account", "list").output.startswith("zoe\teditor\t-\t")
    assert run("account", "list").output.endswith("\t-\n")
    assert run("account", "remove", "zoe", input="n\n").exit_code == 1
    assert "Removed zoe." in run("account", "remove", "zoe", input="y\n").output
    assert run("account", "list").stdout == ""


def test_what_is_not_there_yet_while_the_service_prepares_itself_is_said_to_be_coming(run, tmp_path):
    data_dir = tmp_path / "data"
    lock = claim(data_dir, SERVICE)
    try:
        tell(data_dir, Progress(10))
        for command in (("account", "list"), ("validate", "http://127.0.0.1:9")):
            waits = run(*command)
            assert waits.exit_code != 0
            assert waits.stderr == "roadcast: Roadcast is getting ready. Try again in a moment. [preparing]\n"
        forget(data_dir)
        assert "no accounts yet" in run("account", "list").stderr
        assert "code-missing" in run("validate", "http://127.0.0.1:9").stderr
    finally:
        os.close(lock)


def test_an_advertiser_has_a_trade_and_may_be_the_house(run, tmp_path):
    add = (
        "create-account",
        "us",
        "--role",
        "advertiser",
        "--advertiser",
        "Roadcast",
        "--password",
        "long enough",
    )
    assert run(*add, "--category", "charging", "--house").exit_code == 0
    with closing(sqlite3.connect(tmp_path / "data" / "roadcast.db")) as records:
        kept = records.execute("select name, category, house from advertisers").fetchall()
    assert kept == [("Roadcast", "charging", 1)]
    assert run(*add, "--category", "toys").exit_code == 2


def test_the_only_operator_stays(run):
    assert run("account", "add", "max", "--role", "operator", "--password", "long enough").exit_code == 0
    for refused in (
        run("account", "remove", "max", "--yes"),
        run("account", "change", "max", "--role", "editor"),
    ):
        assert refused.exit_code == 1
        assert "[last-operator]" in refused.stderr
    assert run("account", "change", "max", "--display-name", "Max").exit_code == 0
