"""Files and functions that one can hold in mind: soft limits are reported, hard ones are kept."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("kernel", "media", "content", "geotarget", "adserver", "players", "server")
FILE_SOFT, FILE_HARD = 300, 400
FUNCTION_SOFT, FUNCTION_HARD = 40, 100


def sources() -> list[Path]:
    return [path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "versions" not in path.parts]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function with the lines of its own body, docstring and inner functions not counted."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, own_lines(node)


def own_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    inner = [one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    first = node.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    spared = [*inner, *([first] if documented else [])]
    whole = node.end_lineno - node.lineno + 1
    return whole - sum(one.end_lineno - one.lineno + 1 for one in spared)


def test_files(capsys):
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources()}
    with capsys.disabled():
        for name, lines in long.items():
            if lines > FILE_SOFT:
                print(f"\n{name}: {lines} lines (aim at {FILE_SOFT})", end="")
    assert not {name: lines for name, lines in long.items() if lines > FILE_HARD}


def test_functions(capsys):
    found = {
        f"{path.relative_to(ROOT)}:{name}": lines for path in sources() for name, lines in functions(path)
    }
    with capsys.disabled():
        for name, lines in found.items():
            if lines > FUNCTION_SOFT:
                print(f"\n{name}: {lines} lines (aim at {FUNCTION_SOFT})", end="")
    assert not {name: lines for name, lines in found.items() if lines > FUNCTION_HARD}
