"""The first start, which takes a while: whoever comes meanwhile is told so, and nobody is refused."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.walks.service import PATIENCE_S, eventually

SUPERVISE = """
import os, sys
from server.settings import Settings
from server.supervisor import Supervisor
sys.exit(Supervisor(Settings.from_environ(os.environ), sys.argv[1:], lambda _url: None).run())
"""
PREPARE_WHEN_ASKED = """
import pathlib, runpy, sys, time
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.05)
runpy.run_module("server.prepare", run_name="__main__")
"""


@pytest.fixture
def address() -> str:
    """Nobody listens there."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{found.getsockname()[1]}"


@pytest.fixture
def go(installation, address, tmp_path) -> Iterator[Path]:
    """A service at ``address`` is preparing itself until this file is there."""
    found = tmp_path / "go"
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, sys.executable, "-c", PREPARE_WHEN_ASKED, found],
        env=installation.environ | {"ROADCAST_PORT": address.rpartition(":")[2]},
    )
    yield found
    process.terminate()
    assert process.wait(PATIENCE_S) == 0


def test_from_the_first_visitor_to_the_first_page(go, address):
    def told_to_wait() -> httpx.Response | None:
        try:
            return httpx.get(address, headers={"Accept": "text/html"}, timeout=30)
        except httpx.ConnectError:
            return None  # before the parent listens

    page = eventually(told_to_wait, 30)
    assert page.status_code == 503
    assert "<progress" in page.text
    assert httpx.get(f"{address}/healthz").status_code == 200
    assert httpx.get(f"{address}/readyz").status_code == 503

    statuses: list[int] = []
    failures: list[Exception] = []

    def visit() -> None:
        while 200 not in statuses and not failures:
            try:
                statuses.append(httpx.get(f"{address}/readyz", timeout=60).status_code)
            except httpx.TransportError as error:
                failures.append(error)

    visitors = [threading.Thread(target=visit) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    go.touch()
    for visitor in visitors:
        visitor.join()
    assert not failures
    assert set(statuses) == {200, 503}
    assert {httpx.get(f"{address}/readyz").status_code for _ in range(20)} == {200}
