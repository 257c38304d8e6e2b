"""No module without tests: a test file bears its name, or a test imports it."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("kernel", "media", "content", "geotarget", "adserver", "players", "server")
# Declarations without logic; the object graph, which every walk builds; entry points of processes.
EXEMPT = {"__init__", "ports", "sealing", "tables", "env", "write", "web_worker", "av_child"}
# What the routes of one folder share, and is tested through them.
EXEMPT |= {"bodies", "bearer", "callers", "visitor", "wording", "redis_keys"}


def logic() -> list[Path]:
    return [
        path
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if path.stem not in EXEMPT and not {"versions", "wiring"} & set(path.parts)
    ]


def imported_by(path: Path) -> set[str]:
    """The modules that a file imports, ``from a import b`` counted as ``a`` and ``a.b``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_every_module_has_tests():
    tests = list((ROOT / "tests").rglob("*.py"))
    names = {path.stem for path in tests}
    imported = set().union(*(imported_by(path) for path in tests))
    missing = sorted(
        str(path.relative_to(ROOT))
        for path in logic()
        if f"test_{path.stem}" not in names
        and ".".join(path.relative_to(ROOT).with_suffix("").parts) not in imported
    )
    assert not missing
