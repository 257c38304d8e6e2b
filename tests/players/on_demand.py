"""Five players read an item on demand: whole, and from the middle on after a seek."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import av

from tests.players.reading import Reading, ffmpeg, gstreamer, vlc

HERE = Path(__file__).parent
SEEK_AFTER_S = 3.0
PAGES = ("hls_js", "shaka")
WHOLE, SOUGHT = "whole", "sought"


def read_items(urls: Mapping[str, str], folder: Path, length_s: float) -> Reading:
    """Let each player read each multivariant playlist of ``urls`` (by item) to its end, twice.

    Args:
        urls: by the item's name.
        length_s: of the items; the second reading goes to its middle.
    """
    limit_s = 2 * length_s + 20
    runs: dict[str, subprocess.Popen[bytes]] = {}
    with ExitStack() as stack:

        def start(name: str, command: list[object], **environ: str) -> subprocess.Popen[bytes]:
            out, err = (stack.enter_context((folder / f"{name}.{end}").open("wb")) for end in ("out", "err"))
            runs[name] = subprocess.Popen(
                ["timeout", "--kill-after=5", str(limit_s), *map(str, command)],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                env={**os.environ, **environ},
            )
            return runs[name]

        controlled, waves = [], []
        for item, url in urls.items():
            start(f"{item}-{WHOLE}-ffmpeg", ffmpeg(url, folder / f"{item}-{WHOLE}.nut"))
            record = folder / f"{item}-{WHOLE}.raw"
            start(f"{item}-{WHOLE}-gstreamer", gstreamer(url, record), GST_DEBUG="2", GST_DEBUG_NO_COLOR="1")
            seek = [sys.executable, HERE / "gst_seek.py", url, SEEK_AFTER_S, length_s / 2, limit_s - 5]
            start(f"{item}-{SOUGHT}-gstreamer", seek)
            for part in (WHOLE, SOUGHT):
                holder = TemporaryDirectory(prefix="vlc-", ignore_cleanup_errors=True)
                home = Path(stack.enter_context(holder))
                name = f"{item}-{part}-vlc"
                process = start(name, [*vlc(url, home), "--play-and-exit"], HOME=str(home))
                controlled.append((part, process))
                waves.append((home / "vlc.wav", folder / f"{name}.wav"))
        pages = [f"{item}-{page}@{page}?seek={url}" for item, url in urls.items() for page in PAGES]
        start("browser", [sys.executable, HERE / "browse.py", 1.5 * length_s + 4, folder, *pages])
        _steer(controlled, length_s)
        for process in runs.values():
            with suppress(BrokenPipeError):
                process.stdin.close()
            process.wait(limit_s + 10)
        for wave, kept in waves:
            shutil.copyfile(wave, kept)
    return Reading(folder, limit_s, {name: process.returncode for name, process in runs.items()})


def seek_with_ffmpeg(url: str, to_s: float) -> list[tuple[str, float]]:
    """(kind, timestamp) of every packet after a seek, as PyAV's FFmpeg reads them.

    Debian 12's ffmpeg 5.1 seeks in nobody's HLS of fragmented MP4, be it its own or Apple's example.
    """
    with av.open(url) as container:
        container.seek(round(to_s * av.time_base))
        packets = container.demux(container.streams.audio[0], *container.streams.video[-1:])
        return [(one.stream.type, float(one.pts * one.time_base)) for one in packets if one.pts is not None]


def _steer(controlled: list[tuple[str, subprocess.Popen[bytes]]], length_s: float) -> None:
    """Ask every VLC for the length it believes in; those that seek are told to."""
    time.sleep(SEEK_AFTER_S + 2)
    for part, process in controlled:
        words = b"get_length\n" + (f"seek {int(length_s / 2)}\n".encode() if part == SOUGHT else b"")
        with suppress(BrokenPipeError):
            process.stdin.write(words)
            process.stdin.flush()
