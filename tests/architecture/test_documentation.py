"""The documentation names every setting, every command and every route."""

import re
from pathlib import Path

import pytest

from server.cli import main
from server.openapi import describe
from server.settings import PREFIX, SETTINGS, Settings
from server.wiring.house import build

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def operating() -> str:
    return (ROOT / "docs" / "operating.md").read_text("utf-8")


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_named(operating, name):
    assert f"`{PREFIX}{name}`" in operating


@pytest.mark.parametrize("name", main.commands)
def test_every_command_is_named(operating, name):
    assert f"roadcast {name}" in operating


@pytest.fixture
def house(tmp_path):
    return build(Settings.from_environ({"ROADCAST_DATA_DIR": str(tmp_path)}))


async def test_every_route_is_named(house):
    documented = (ROOT / "docs" / "api.md").read_text("utf-8")
    described = describe(house.routes())
    missing = [
        f"{method.upper()} {path}"
        for path, methods in described["paths"].items()
        for method in methods
        if f"`{method.upper()} {path}`" not in documented
    ]
    await house.engines.close()
    assert not missing


async def test_every_api_route_is_described(house):
    """Whatever lies under /v1, /play and /segments has its operation in the API's description."""
    described = set(describe(house.routes())["paths"])
    from starlette.routing import Route
    from starlette.schemas import SchemaGenerator

    named = {
        info.path
        for info in SchemaGenerator({}).get_endpoints([r for r in house.routes() if isinstance(r, Route)])
    }
    await house.engines.close()
    assert {path for path in named if path.startswith(("/v1/", "/play/", "/segments/"))} <= described


def test_the_readme_is_true_about_make():
    readme = (ROOT / "README.md").read_text("utf-8")
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"run", "test", "bench"} <= set(targets)
    for target in ("run", "test", "bench"):
        assert f"make {target}" in readme
