"""The real service, started as an operator starts it, on engines of its own."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from server.demo.films import SPOTS
from server.demo.render import render
from tests.engines import free_port, mosquitto
from tests.walks.service import Car, Service


@pytest.fixture
def installation(tmp_path) -> Iterator[Service]:
    """One that is not started, and stopped at the end if it was."""
    found = Service(tmp_path / "data", tmp_path / "log.txt")
    yield found
    found.close()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the mosquitto by which the service hears cars too."""
    with mosquitto(tmp_path_factory.mktemp("broker"), free_port()) as port:
        yield port


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, broker: int) -> Iterator[Service]:
    """One that runs for all walks, with an account of each role."""
    folder = tmp_path_factory.mktemp("service")
    found = Service(folder / "data", folder / "log.txt")
    found.environ["ROADCAST_TAG_NETWORKS"] = "127.0.0.0/8"  # others' ad servers stand there
    found.environ["ROADCAST_MQTT_URL"] = f"mqtt://127.0.0.1:{broker}"
    found.start()
    found.add_accounts()
    yield found
    found.close()


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two films of four segments each, with sound, that this machine made."""
    folder = tmp_path_factory.mktemp("films")
    made = {"programme": SPOTS[0], "spot": SPOTS[1]}
    for name, recipe in made.items():
        render(replace(recipe, segments=4), folder / f"{name}.mp4")
    return {name: folder / f"{name}.mp4" for name in made}


@pytest.fixture
def car(service) -> Iterator[Car]:
    """A car of its own, standing parked in Rennes once it is driven."""
    found = Car(service)
    yield found
    found.close()
