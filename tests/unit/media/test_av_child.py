import asyncio
import sys
from pathlib import Path

import msgspec
import pytest

from media.adapters import av_child
from media.adapters.av_child import Told


async def run(*arguments: str, setup: str = "") -> tuple[int, list[Told]]:
    """What the child says, with ``setup`` run in it first."""
    code = f"import sys\n{setup}\nfrom media.adapters import av_child\nsys.exit(av_child.main(sys.argv[1:]))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, *arguments, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return process.returncode, [msgspec.json.decode(line, type=Told) for line in said.splitlines()]


async def test_a_look(short_film):
    status, (told,) = await run("look", str(short_film))
    assert (status, told.source.picture.codec) == (0, "h264")


async def test_a_make_tells_how_far_it_is_and_ends_with_the_result(short_film, tmp_path):
    status, told = await run("make", str(short_film), str(tmp_path), "seed")
    assert status == 0
    assert told[-1].made.segments == 1
    assert [one.permille for one in told[:-1]] == sorted(one.permille for one in told[:-1])


async def test_what_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "no").write_bytes(b"nothing")
    _, told = await run("make", str(tmp_path / "no"), str(tmp_path), "seed")
    assert [refusal.code for refusal in told[-1].refusals] == ["media-no-media"]


CHILD = "import media.adapters.av_child as child\n"


async def test_too_little_memory_is_told_wherever_it_shows(short_film, tmp_path):
    limit = f"{CHILD}child.MEMORY_LIMIT_BYTES = 330 * 1024**2"
    _, told = await run("make", str(short_film), str(tmp_path), "seed", setup=limit)
    assert told[-1].hindrance == "media-too-heavy" or told[-1].refusals[0].code == "media-undecodable"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("MemoryError()", "media-too-heavy"),
        ("av.error.MemoryError(12, 'no')", "media-too-heavy"),
        ('RuntimeError("can\'t start new thread")', "media-too-heavy"),
        ("OSError(28, 'full')", "media-disk-full"),
        ("av.error.OSError(28, 'full')", "media-disk-full"),
    ],
)
async def test_what_the_machine_lacks_is_not_the_files_fault(short_film, tmp_path, error, code):
    setup = f"import av\n{CHILD}def make(*_): raise {error}\nchild.make = make"
    _, told = await run("make", str(short_film), str(tmp_path), "seed", setup=setup)
    assert told[-1].hindrance == code
    assert not told[-1].refusals


@pytest.mark.parametrize("arguments", [[], ["look"], ["format", "/"]])
async def test_it_does_nothing_else(arguments):
    assert await run(*arguments) == (2, [])


def test_the_limits_are_generous_enough_for_what_is_accepted():
    assert av_child.MEMORY_LIMIT_BYTES > 4 * 1024**3
    assert Path(av_child.__file__).exists()
