"""Every file of logic has a file of tests that bears its name."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("kernel", "media", "content", "geotarget", "adserver", "players", "server")
# Declarations without logic, and entry points that the walks run as processes.
EXEMPT = {"__init__", "ports", "tables", "env", "write"}


def logic() -> list[Path]:
    return [
        path
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if path.stem not in EXEMPT and "versions" not in path.parts
    ]


def tested(path: Path, tests: set[str]) -> bool:
    """``test_<module>.py``, or where several rooms have such a module ``test_<folder>_<module>.py``."""
    return bool({f"test_{path.stem}", f"test_{path.parent.name}_{path.stem}"} & tests)


def test_every_module_has_its_tests():
    tests = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    missing = sorted(str(path.relative_to(ROOT)) for path in logic() if not tested(path, tests))
    assert not missing


def test_no_test_mirrors_what_is_gone():
    modules = {path.stem for path in logic()} | {f"{path.parent.name}_{path.stem}" for path in logic()}
    modules |= {path.stem for path in (ROOT / "kernel").glob("*.py")}
    orphans = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests" / "unit").rglob("test_*.py")
        if path.stem.removeprefix("test_") not in modules
    ]
    assert not orphans
