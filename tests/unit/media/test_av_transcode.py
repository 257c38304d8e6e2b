import asyncio
import os
import sys

import pytest

from media.acceptance import Hindered, Unpreparable
from media.adapters import av_transcode
from media.adapters.av_transcode import AvProbe, AvTranscode
from media.source import FoundKind
from tests.media.house import nobody


@pytest.fixture
def child(tmp_path, monkeypatch):
    """Puts a script in the place of the child; what it writes to ``pid`` is its process id."""

    def become(script: str) -> None:
        pid = tmp_path / "pid"
        path = tmp_path / "child.py"
        path.write_text(f"import os, signal, time\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\n{script}")
        (tmp_path / "python").write_text(f"#!/bin/sh\nexec {sys.executable} {path}\n")
        (tmp_path / "python").chmod(0o700)
        monkeypatch.setattr(av_transcode.sys, "executable", str(tmp_path / "python"))

    return become


def ended(tmp_path) -> bool:
    try:
        os.kill(int((tmp_path / "pid").read_text()), 0)
    except ProcessLookupError:
        return True
    return False


async def refusal(transcode: AvTranscode, tmp_path) -> str:
    with pytest.raises(Unpreparable) as unfit:
        await transcode(tmp_path / "x", tmp_path, "seed", nobody)
    return unfit.value.code


async def test_a_film_and_the_slate(short_film, tmp_path):
    told = []

    async def report(permille: int) -> None:
        told.append(permille)

    for name in ("film", "slate"):
        (tmp_path / name).mkdir()
    made = await AvTranscode()(short_film, tmp_path / "film", "seed", report)
    assert made.segments == 1
    assert told
    assert (await AvTranscode().slate(tmp_path / "slate")).segments == 1
    assert (await AvProbe()(short_film)).picture.codec == "h264"


@pytest.mark.parametrize("how", ["SIGSEGV", "SIGABRT", "SIGXFSZ"])
async def test_a_child_that_crashes(child, tmp_path, how):
    child(f"os.kill(os.getpid(), signal.{how})")
    assert await refusal(AvTranscode(), tmp_path) == "media-unreadable"
    assert (await AvProbe()(tmp_path / "x")).kind is FoundKind.CRASHED


@pytest.mark.parametrize("script", ["os.kill(os.getpid(), signal.SIGKILL)", "raise SystemExit(1)"])
async def test_a_child_that_is_killed_or_fails_is_no_fault_of_the_file(child, tmp_path, script):
    child(script)
    with pytest.raises(Hindered, match="media-interrupted"):
        await AvTranscode()(tmp_path / "x", tmp_path, "seed", nobody)
    with pytest.raises(Hindered, match="media-interrupted"):
        await AvProbe()(tmp_path / "x")


async def test_a_child_that_lacks_something_tells_so(child, tmp_path):
    child('print(\'{"hindrance": "media-disk-full"}\', flush=True)')
    with pytest.raises(Hindered, match="media-disk-full"):
        await AvTranscode()(tmp_path / "x", tmp_path, "seed", nobody)


async def test_a_child_that_says_nothing_is_ended(child, tmp_path):
    child("time.sleep(600)")
    assert await refusal(AvTranscode(silence_s=0.5), tmp_path) == "media-too-slow"
    assert ended(tmp_path)
    assert (await AvProbe(limit_s=0.5)(tmp_path / "x")).kind is FoundKind.TOO_SLOW
    assert ended(tmp_path)


async def test_a_child_that_goes_on_telling_is_waited_for(child, tmp_path):
    child(
        "for n in range(8):\n    print('{\"permille\": %d}' % n, flush=True); time.sleep(0.1)\n"
        "print('noise', flush=True)\n"
    )
    assert await refusal(AvTranscode(silence_s=0.6), tmp_path) == "media-unreadable"


async def test_whoever_leaves_ends_the_child(child, tmp_path):
    child("print('{\"permille\": 1}', flush=True); time.sleep(600)")
    heard = asyncio.Event()

    async def report(permille: int) -> None:
        heard.set()

    task = asyncio.create_task(AvTranscode()(tmp_path / "x", tmp_path, "seed", report))
    await heard.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended(tmp_path)


async def test_the_child_is_told_no_secrets(tmp_path, monkeypatch):
    """A parser that a file has taken over must find nothing of the server's in its environment."""
    monkeypatch.setenv("ROADCAST_SECRET_KEYS", "s" * 40)
    told = tmp_path / "environ"
    stand_in = tmp_path / "python"
    stand_in.write_text(f"#!/bin/sh\nenv > {told}\n")
    stand_in.chmod(0o755)
    monkeypatch.setattr("media.adapters.av_transcode.sys.executable", str(stand_in))
    await AvProbe()(tmp_path / "film.mp4")
    assert "ROADCAST" not in told.read_text()
    assert "PATH=" in told.read_text()
