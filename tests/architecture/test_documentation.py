"""The documentation names every setting, every command and every route."""

import json
import re
from pathlib import Path

import pytest

from server.cli import main
from server.openapi import describe
from server.setting_names import PREFIX, SETTINGS
from server.settings import Settings
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


_LINK = re.compile(r"\]\(([\w./-]*\.md)?#([\w-]+)\)")


def _anchors(path: Path) -> set[str]:
    """What can be linked to, as GitHub and others make it of headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")], ids=lambda path: path.name)
def test_every_link_leads_to_a_heading(path):
    for other, anchor in _LINK.findall(path.read_text("utf-8")):
        assert anchor in _anchors(path.parent / other if other else path), f"{other}#{anchor}"


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


async def test_the_description_hangs_together(house):
    """Every reference leads somewhere, every operation has its own id, every path parameter is declared."""
    document = describe(house.routes())
    await house.engines.close()
    text = json.dumps(document)
    for name in set(re.findall(r"#/components/schemas/([^\"]+)", text)):
        assert name in document["components"]["schemas"]
    operations = [(path, one) for path, methods in document["paths"].items() for one in methods.values()]
    ids = [one["operationId"] for _, one in operations]
    assert len(ids) == len(set(ids))
    for path, one in operations:
        declared = {each["name"] for each in one["parameters"] if each["in"] == "path"}
        assert declared == set(re.findall(r"{(\w+)}", path))
        assert one["responses"]


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
    for target in ("run", "test"):
        assert f"make {target}" in readme
