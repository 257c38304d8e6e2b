"""The direction of imports is checked by a linter, and the check itself is checked here."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("kernel", "media", "content", "geotarget", "adserver", "players", "server")
LINTER = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LINTER, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


def test_this_house_keeps_its_law():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def model(tmp_path):
    """A house of empty rooms under the same law."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room in ROOMS:
        for folder in (room, f"{room}/adapters", f"{room}/web"):
            (tmp_path / folder).mkdir()
            (tmp_path / folder / "__init__.py").touch()
    (tmp_path / "server" / "__init__.py").write_text("import jinja2\nimport starlette\n")
    return tmp_path


@pytest.mark.parametrize(
    ("file", "line", "lawful"),
    [
        ("server/app.py", "import players.web", True),
        ("players/verb.py", "import adserver", True),
        ("adserver/verb.py", "import media", True),
        ("media/adapters/sql.py", "import sqlalchemy", True),
        ("kernel/noun.py", "import media", False),
        ("media/verb.py", "import geotarget", False),
        ("adserver/verb.py", "import content", False),
        ("content/verb.py", "import players", False),
        ("geotarget/verb.py", "import server", False),
        ("media/verb.py", "import sqlalchemy", False),
        ("players/verb.py", "import redis.asyncio", False),
        ("content/web/pages.py", "import obstore", False),
        ("media/verb.py", "import av", False),
    ],
)
def test_the_linter_sees_what_breaks_it(model, file, line, lawful):
    (model / file).write_text(line + "\n")
    done = lint(model)
    assert (done.returncode == 0) is lawful, done.stdout


def test_only_server_imports_adapters(model):
    (model / "media" / "adapters" / "sql.py").touch()
    (model / "players" / "verb.py").write_text("import media.adapters.sql\n")
    assert lint(model).returncode != 0


def test_only_web_and_server_know_starlette(model):
    (model / "media" / "verb.py").write_text("import starlette\n")
    assert lint(model).returncode != 0
    (model / "media" / "verb.py").unlink()
    (model / "media" / "web" / "routes.py").write_text("import starlette\n")
    assert lint(model).returncode == 0
