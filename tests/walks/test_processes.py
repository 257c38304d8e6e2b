"""The tree of processes: one at a time, stopped in order, recovering from any end."""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing

import httpx
import psutil
import pytest

from tests.walks.service import PATIENCE_S, RENNES, Car, Service


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One that runs; whoever ends it starts it again."""
    folder = tmp_path_factory.mktemp("processes")
    found = Service(folder / "data", folder / "log.txt")
    try:
        found.start()
        yield found
    finally:
        found.close()


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_everything_whoever_listens_and_reports(installation, with_signal):
    """Streams are ended properly, at once, and nothing is complained of."""
    installation.start()
    names = " ".join(" ".join(one.cmdline()) for one in installation.tree())
    for name in ("redis", "server.web_worker", "server.job_worker"):
        assert name in names
    with closing(Car(installation)) as car, ExitStack() as streams:
        car.park(*RENNES)
        listening = [streams.enter_context(_listening(car)) for _ in range(6)]
        told = [stream.iter_lines() for stream in listening]
        for lines in told:
            assert next(lines) == "event: state"
        assert installation.stop(with_signal) == 0
        for lines in told:
            assert "" in list(lines)  # to the end, which is no broken connection
    said = installation.log.read_text()
    for complaint in ("Traceback", "Exception", "exceeded", '"error"'):
        assert complaint not in said, said


def _listening(car: Car) -> AbstractContextManager[httpx.Response]:
    bearer = {"Authorization": f"Bearer {car.feed}"}
    answer = car.client.post("/v1/tickets", json={"purpose": "events"}, headers=bearer)
    assert answer.status_code in {200, 201}, answer.text
    ticket = {"ticket": answer.json()["ticket"]}
    return car.client.stream("GET", f"/v1/vehicles/{car.vehicle_id}/events", params=ticket)


def test_a_second_instance_is_refused_in_one_line(running):
    refused = running.command("run", "--port", "0")
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "data-folder-in-use" in refused.stderr


def test_an_address_in_use_is_refused_in_one_line_and_leaves_nothing(installation):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = installation.command("run", "--port", port)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "address-unusable" in refused.stderr
    installation.start()


def test_a_killed_parent_takes_its_children_along_and_the_next_start_recovers(running):
    known = running.tree()
    known[0].kill()
    _, alive = psutil.wait_procs(known, 10)
    assert not alive
    running.reap()
    running.start()


def test_who_comes_while_the_whole_service_is_dead_waits_where_the_socket_is_held(installation):
    """kill -9 of the parent, as systemd holds the socket: nobody is refused, and all are answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as installation.held:
        address = installation.held.getsockname()
        installation.start()
        assert installation.port == address[1]
        known = installation.tree()
        known[0].kill()
        _, alive = psutil.wait_procs(known, 10)
        assert not alive
        installation.reap()
        waiting = [socket.create_connection(address) for _ in range(20)]
        for one in waiting:
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: cars\r\nConnection: close\r\n\r\n")
        installation.start()
        for one in waiting:
            one.settimeout(PATIENCE_S)
            with one, one.makefile("rb") as answer:
                assert answer.readline() == b"HTTP/1.1 200 OK\r\n"
        installation.stop()


@pytest.mark.parametrize("name", ["server.web_worker", "server.job_worker", "redis-server"])
def test_a_killed_child_is_started_again(running, name):
    first = running.child(name)
    first.kill()
    first.wait(10)
    answer = None
    for _ in range(600):
        answer = httpx.get(f"{running.url}/readyz", timeout=30)
        found = [one for one in running.tree() if name in " ".join(one.cmdline())]
        if answer.status_code == 200 and found:
            break
    assert answer.status_code == 200
    assert found[0].pid != first.pid


def test_no_connection_is_refused_while_a_web_process_restarts(running):
    refused, answered = [], []
    done = threading.Event()

    def visit() -> None:
        while not done.is_set():
            try:
                answered.append(httpx.get(f"{running.url}/healthz", timeout=30).status_code)
            except httpx.ConnectError as error:
                refused.append(error)
            except httpx.TransportError:
                continue  # it was being answered when its process was killed

    visitor = threading.Thread(target=visit)
    visitor.start()
    for _ in range(2):
        running.child("server.web_worker").kill()
        before = len(answered)
        while len(answered) < before + 5 and not refused:
            httpx.get(f"{running.url}/healthz", timeout=30)
    done.set()
    visitor.join()
    assert not refused
    assert set(answered) == {200}
