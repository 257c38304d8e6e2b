"""Probing and transcoding in child processes, so that no file can take a server process with it."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kernel.errors import Invalid, Unavailable
from media.acceptance import Hindered, Refusal, Unpreparable
from media.adapters.av_child import Told
from media.ports import Made, Report
from media.source import FoundKind, Source
from media.work_folder import work_folder

_ENVIRON = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
"""All that the child is told: no secret of ours lies where a stranger's file is parsed."""
_LINE_LIMIT_BYTES = 16 * 1024 * 1024
# How a child ends that a file has brought down; 0 is one that stopped without a result.
_CRASHES = (
    0,
    -signal.SIGSEGV,
    -signal.SIGBUS,
    -signal.SIGABRT,
    -signal.SIGFPE,
    -signal.SIGILL,
    -signal.SIGSYS,
    -signal.SIGXFSZ,
)
_decode = msgspec.json.Decoder(Told).decode


@dataclass(frozen=True)
class AvProbe:
    """A ``media.ports.Probe``.

    Args:
        limit_s: after that long it gives up.
    """

    limit_s: float = 30.0

    async def __call__(self, path: Path) -> Source:
        """See :class:`media.ports.Probe`."""
        try:
            async with asyncio.timeout(self.limit_s), aclosing(_run("look", str(path))) as lines:
                async for told in lines:
                    if told.source:
                        return told.source
        except TimeoutError:
            return Source(FoundKind.TOO_SLOW)
        return Source(FoundKind.CRASHED)


@dataclass(frozen=True)
class AvTranscode:
    """A ``media.ports.Transcode``.

    Args:
        silence_s: a child that says nothing for that long is ended.
    """

    silence_s: float = 300.0

    async def __call__(
        self, source: Path, folder: Path, seed: str, report: Report, cues: Sequence[int] = ()
    ) -> Made:
        """See :class:`media.ports.Transcode`."""
        return await self._made(_run("make", str(source), str(folder), seed, *map(str, cues)), report)

    async def slate(self, folder: Path) -> Made:
        """See :class:`media.ports.Transcode`."""

        async def nobody(_permille: int) -> None:
            return None

        return await self._made(_run("slate", str(folder)), nobody)

    async def _made(self, said: AsyncGenerator[Told, None], report: Report) -> Made:
        async with aclosing(said) as lines:
            while True:
                try:
                    async with asyncio.timeout(self.silence_s):
                        told = await anext(lines, None)
                except TimeoutError:
                    raise _given_up(
                        "media-too-slow", "The file kept the transcoder busy for too long."
                    ) from None
                if told is None:
                    raise _given_up("media-unreadable", "The file made the transcoder give up.")
                if told.made:
                    return told.made
                if told.hindrance:
                    raise Hindered(told.hindrance)
                if told.refusals:
                    raise Unpreparable(told.refusals)
                if told.permille is not None:
                    await report(told.permille)


@dataclass(frozen=True)
class AvRedraw:
    """Pictures that somebody brings, drawn anew.

    Args:
        limit_s: after that long it gives up.
    """

    work_dir: Path
    limit_s: float = 20.0

    async def __call__(self, data: bytes) -> bytes:
        """A PNG of 256 x 256, transparent around a picture that is no square.

        Raises:
            kernel.errors.Invalid: ``logo-unreadable`` or ``logo-too-wide``.
            kernel.errors.Unavailable: ``logo-not-drawn`` in ``limit_s``.
        """
        with work_folder(self.work_dir, "logo-") as folder:
            source, target = folder / "brought", folder / "drawn.png"
            await asyncio.to_thread(source.write_bytes, data)
            try:
                async with (
                    asyncio.timeout(self.limit_s),
                    aclosing(_run("logo", str(source), str(target))) as lines,
                ):
                    async for told in lines:
                        if told.refusals:
                            raise _no_logo(told.refusals[0])
                        return await asyncio.to_thread(target.read_bytes)
            except TimeoutError:
                raise Unavailable(
                    "logo-not-drawn", "The picture could not be drawn in time.", fix="Try again in a while."
                ) from None
        raise _no_logo(Refusal("logo-unreadable", "The picture cannot be read.", "Choose another one."))


def _no_logo(why: Refusal) -> Invalid:
    return Invalid(why.code, why.detail, fix=why.fix, fields={"logo": why.detail})


def _given_up(code: str, detail: str) -> Unpreparable:
    return Unpreparable((Refusal(code, detail, "Export it again with another program."),))


async def _run(*arguments: str) -> AsyncGenerator[Told, None]:
    """What the child says; when the caller leaves, it is ended.

    Raises:
        media.acceptance.Hindered: ``media-interrupted`` if it ended by no crash of the decoder, but was
            killed from outside (by a lack of memory, as a rule) or failed.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "media.adapters.av_child",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_LIMIT_BYTES,
        env=_ENVIRON,
    )
    assert process.stdout is not None
    try:
        while line := await process.stdout.readline():
            with suppress(msgspec.DecodeError):
                yield _decode(line)
        if await process.wait() not in _CRASHES:
            raise Hindered("media-interrupted")
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
