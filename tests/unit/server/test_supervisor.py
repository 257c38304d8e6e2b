import os
import signal
import subprocess
import sys
from itertools import pairwise

import pytest

from server.engines.listener import listen
from server.settings import Settings
from server.supervisor import BACKOFF_S, STEADY_S, Child, Supervisor, await_gate


def ending(code: int) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", f"raise SystemExit({code})"])
    process.wait()
    return process


def test_a_child_that_keeps_ending_is_started_ever_more_slowly():
    starts = []

    def start():
        starts.append(now_s)
        return ending(1)

    child, now_s = Child("web", start), 0.0
    for _ in range(2000):
        child.watch(now_s)
        now_s += 0.1
    pauses = [later - earlier for earlier, later in pairwise(starts)]
    assert [round(pause, 1) for pause in pauses] == sorted(round(pause, 1) for pause in pauses)
    assert pauses[0] < 1
    assert BACKOFF_S[-1] <= pauses[-1] < BACKOFF_S[-1] + 1


def test_one_that_was_steady_is_started_again_at_once():
    child = Child("web", lambda: ending(1))
    child.watch(0.0)
    child.failures = 5
    child.watch(STEADY_S + 1)
    assert child.restart_at_s == pytest.approx(STEADY_S + 1 + BACKOFF_S[0])


def test_a_child_waits_at_the_gate(monkeypatch):
    gate, opener = os.pipe()
    code = "from server.supervisor import await_gate; print('ready', flush=True); await_gate(); print('in')"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        pass_fds=[gate],
        env={**os.environ, "ROADCAST_GATE": str(gate)},
    )
    assert process.stdout.readline() == b"ready\n"
    assert process.poll() is None
    os.close(opener)
    assert process.stdout.read() == b"in\n"
    process.wait()
    process.stdout.close()
    os.close(gate)
    monkeypatch.delenv("ROADCAST_GATE", raising=False)
    await_gate()  # nobody waits where there is none
    assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.parametrize("url", ["", "mqtt://broker.example"])
def test_a_broker_is_held_by_a_process_of_its_own(tmp_path, monkeypatch, url):
    names: list[str] = []
    monkeypatch.setattr(Supervisor, "_add", lambda _self, name, _start: names.append(name))
    settings = Settings.from_environ({"ROADCAST_DATA_DIR": str(tmp_path), "ROADCAST_MQTT_URL": url})
    supervisor = Supervisor(settings, announce=lambda _url: None)
    with listen("127.0.0.1", 0) as listener, (tmp_path / "lock").open("w") as lock:
        supervisor._start(lock.fileno(), listener)
    assert names == ["redis", "web-0", "jobs", *(["mqtt"] if url else [])]


@pytest.mark.parametrize(
    ("told", "base_url", "shown"),
    [
        ({}, "", "http://127.0.0.1:{port}"),
        ({"ROADCAST_PORT": "0"}, "", "http://127.0.0.1:{port}"),
        ({"ROADCAST_PORT": "0"}, "https://cars.example", "https://cars.example"),
        ({}, "https://cars.example:8443", "https://cars.example:8443"),
    ],
)
def test_the_service_is_where_its_socket_is_unless_the_world_reaches_it_elsewhere(
    tmp_path, told, base_url, shown
):
    environ = {"ROADCAST_DATA_DIR": str(tmp_path), "ROADCAST_BASE_URL": base_url, **told}
    supervisor = Supervisor(Settings.from_environ(environ))
    with listen("127.0.0.1", 0) as listener:  # as it was picked, or handed down
        port = listener.getsockname()[1]
        children = supervisor._environ(listener)
    assert (children["ROADCAST_PORT"], children["ROADCAST_BASE_URL"]) == (str(port), shown.format(port=port))
