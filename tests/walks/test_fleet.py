"""A fleet of simulated cars drives against the service, and leaves nothing behind."""

import subprocess

import psutil

from server.engines.open_files import ENOUGH
from tests.walks.service import OPEN_FILES, ROADCAST, Service, few_open_files


def fleet(service: Service, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(ROADCAST), "fleet", "--url", service.url, *options]
    return subprocess.run(
        command, env=service.environ, capture_output=True, text=True, timeout=120, preexec_fn=few_open_files
    )


def said_of_the_first(service: Service) -> str:
    command = [str(ROADCAST), "issue-code", "veh_fleet00000", "--role", "feed"]
    return subprocess.run(command, env=service.environ, capture_output=True, text=True, timeout=60).stderr


def test_a_fleet_reports_and_is_gone(service):
    ended = fleet(service, "--cars", "30", "--seconds", "3", "--rate", "2")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("30 of 30 cars were connected and sent 180 reports, 60 a second")
    assert [name for name in ("Adding cars", "Fleet", "Removing them") if name not in ended.stderr] == []
    assert "Feeds lost" not in ended.stdout
    assert "Answered with" not in ended.stdout
    assert "vehicle-unknown" in said_of_the_first(service)


def test_the_service_bears_more_cars_than_a_process_may_have_files_at_first(service):
    for name in ("server.web_worker", "server.mqtt_worker"):
        soft, hard = service.child(name).rlimit(psutil.RLIMIT_NOFILE)
        assert OPEN_FILES < soft == min(hard, ENOUGH), name


def test_a_fleet_without_a_service_says_so(service):
    ended = fleet(service, "--cars", "2", "--seconds", "1", "--url", "http://127.0.0.1:9")
    assert ended.returncode == 1
    assert "Feeds lost ConnectionRefusedError: 2." in ended.stdout


def test_a_fleet_has_bounds(service):
    ended = fleet(service, "--cars", "10001")
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "[fleet-out-of-range]" in ended.stderr
