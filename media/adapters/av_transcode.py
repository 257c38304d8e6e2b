"""Probing and transcoding in child processes, so that no file can take a server process with it."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import msgspec

from media.acceptance import Refusal, Unpreparable
from media.adapters.av_child import Told
from media.ports import Made, Report
from media.source import FoundKind, Source

_PROBE_LIMIT_S = 30.0
_SILENCE_LIMIT_S = 300.0
_LINE_LIMIT_BYTES = 16 * 1024 * 1024
_PR_SET_PDEATHSIG = 1
_NICE = 10
_decode = msgspec.json.Decoder(Told).decode
_libc = ctypes.CDLL(None)


class AvProbe:
    """A ``media.ports.Probe``."""

    async def __call__(self, path: Path) -> Source:
        """See :class:`media.ports.Probe`; gives up after 30 s."""
        try:
            async with asyncio.timeout(_PROBE_LIMIT_S):
                async for told in _run("look", str(path)):
                    if told.source:
                        return told.source
        except TimeoutError:
            return Source(FoundKind.TOO_SLOW)
        return Source(FoundKind.CRASHED)


class AvTranscode:
    """A ``media.ports.Transcode``."""

    async def __call__(self, source: Path, folder: Path, seed: str, report: Report) -> Made:
        """See :class:`media.ports.Transcode`."""
        return await _result(_run("make", str(source), str(folder), seed), report)

    async def slate(self, folder: Path) -> Made:
        """See :class:`media.ports.Transcode`."""

        async def nobody(_permille: int) -> None:
            return None

        return await _result(_run("slate", str(folder)), nobody)


async def _result(lines: AsyncIterator[Told], report: Report) -> Made:
    try:
        async for told in lines:
            if told.permille is not None:
                await report(told.permille)
            if told.made:
                return told.made
            if told.refusals:
                raise Unpreparable(told.refusals)
    except TimeoutError:
        pass
    raise Unpreparable(
        (Refusal("media-unreadable", "The file made the transcoder give up.", "Export it again."),)
    )


async def _run(*arguments: str) -> AsyncIterator[Told]:
    """What the child says. It is ended when the caller leaves, or says nothing for five minutes."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "media.adapters.av_child",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_LIMIT_BYTES,
        preexec_fn=_follow_parent,
    )
    assert process.stdout is not None
    try:
        while True:
            async with asyncio.timeout(_SILENCE_LIMIT_S):
                line = await process.stdout.readline()
            if not line:
                return
            with suppress(msgspec.DecodeError):
                yield _decode(line)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _follow_parent() -> None:
    """Die with the parent, even where it is killed, and let the serving processes go first."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(_NICE)
