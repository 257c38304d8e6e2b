"""What the commands share."""

import click
import pytest
import redis
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError

from kernel.errors import Conflict
from server.commands import OneLineGroup, counted, one_line, settings_of


def test_an_option_wins_over_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("ROADCAST_PORT", "8001")
    monkeypatch.setenv("ROADCAST_DATA_DIR", str(tmp_path))
    assert settings_of(port=None).port == 8001
    assert settings_of(port=8002).port == 8002


@pytest.mark.parametrize(
    ("fix", "line"), [("Wait.", "roadcast: Busy. Wait. [busy]"), ("", "roadcast: Busy. [busy]")]
)
def test_a_failure_is_one_line_and_exit_code_1(fix, line):
    @click.command()
    @one_line
    def fail() -> None:
        raise Conflict("busy", "Busy.", fix=fix)

    result = CliRunner().invoke(fail)
    assert (result.exit_code, result.stderr.splitlines()) == (1, [line])


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (redis.ConnectionError("Error 2 connecting to a.sock"), "redis-unreachable"),
        (OperationalError("SELECT 1", {}, Exception("no such table: assets")), "records-unreachable"),
    ],
)
def test_an_engine_that_does_not_answer_is_one_line_too(cause, code):
    @click.command()
    @one_line
    def fail() -> None:
        raise cause

    result = CliRunner().invoke(fail)
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.endswith(f"[{code}]")


def test_one_is_told_in_the_singular():
    assert [counted(number, "message") for number in (0, 1, 2)] == ["0 messages", "1 message", "2 messages"]


@pytest.mark.parametrize(("asks", "said"), [(False, "Stopped."), (True, "Nothing was done.")])
def test_what_was_begun_is_stopped_and_what_was_declined_was_not_done(asks, said):
    @click.group(cls=OneLineGroup)
    def main() -> None:
        pass

    @main.command()
    def work() -> None:
        if asks:
            click.confirm("Sure?", abort=True)
        raise KeyboardInterrupt

    result = CliRunner().invoke(main, ["work"], input="n\n")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == f"roadcast: {said}"
