"""Five players of one element show a channel while the car moves off and parks: what each shows, and when."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

from media.house_format import EPOCH_MS, FRAMES_PER_SEGMENT, SEGMENT_MS, VIDEO_TICKS_PER_SEGMENT
from tests.players.reading import PLAYERS, vlc
from tests.players.relay import Relay, relaying

PAGES = ("hls_js", "shaka")
MOVE_AT_S, PARK_AT_S, SECONDS = 14.0, 36.0, 62.0
_EVERY = 5
_SHOWN = re.compile(rb"pts:(\d+)|YAVG=([\d.]+)")
_ANALYSED = re.compile(rb"timestamp=\(guint64\)(\d+).*luma-average=\(double\)([\d.e-]+)")


@dataclass(frozen=True)
class Shown:
    """One picture as a player showed it.

    Args:
        at_s: when, in seconds since 1970.
        k: its place on the grid, with the part of the segment that was over.
        luma: mean brightness, 0 to 255.
    """

    at_s: float
    k: float
    luma: float


@dataclass(frozen=True)
class Withdrawn:
    """What five players showed, what they fetched, and when the car moved and parked (seconds since 1970)."""

    folder: Path
    shown: Mapping[str, list[Shown]]
    relays: Mapping[str, Relay]
    moved_s: float
    parked_s: float


def withdraw(
    urls: Mapping[str, str], upstream: str, folder: Path, move: Callable[[], None], park: Callable[[], None]
) -> Withdrawn:
    """Let all players play ``urls``; ``move`` and ``park`` the car meanwhile."""
    with ExitStack() as stack:
        relays = {name: stack.enter_context(relaying(upstream)) for name in PLAYERS}
        through = {name: relays[name].through(urls[name]) for name in PLAYERS}
        home = Path(stack.enter_context(TemporaryDirectory(prefix="vlc-", ignore_cleanup_errors=True)))
        pages = [f"{name}?marks={through[name]}" for name in PAGES]
        browse = [sys.executable, Path(__file__).with_name("browse.py"), SECONDS, folder, *pages]
        commands: dict[str, list[object]] = {
            "browser": browse,
            "ffmpeg": _ffmpeg(through["ffmpeg"], folder),
            "gstreamer": _gstreamer(through["gstreamer"], folder),
            "vlc": [*vlc(through["vlc"], home), *_scenes(home)],
        }
        lines: dict[str, list[tuple[float, bytes]]] = {}
        readers = [
            threading.Thread(target=_stamp, args=(command, home, folder / f"{name}.err", lines, name))
            for name, command in commands.items()
        ]
        begun_s = time.monotonic()
        for reader in readers:
            reader.start()
        time.sleep(max(0.0, begun_s + MOVE_AT_S - time.monotonic()))
        move()
        moved_s = time.time()
        time.sleep(max(0.0, begun_s + PARK_AT_S - time.monotonic()))
        parked_s = time.time()
        park()
        for reader in readers:
            reader.join()
        shutil.copyfile(home / "vlc.wav", folder / "vlc.wav")
        shown = {name: list(_page(json.loads((folder / f"{name}.json").read_text()))) for name in PAGES}
        shown["ffmpeg"] = list(_of_ffmpeg(lines["ffmpeg"]))
        shown["gstreamer"] = list(_of_gstreamer(lines["gstreamer"], relays["gstreamer"]))
        shown["vlc"] = list(_of_vlc(home, relays["vlc"]))
    return Withdrawn(folder, shown, relays, moved_s, parked_s)


def _ffmpeg(url: str, folder: Path) -> list[object]:
    """In real time; the brightness of each picture, and the sound."""
    luma = "scale=32:18,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-:direct=1"
    return [
        *("ffmpeg", "-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-re", "-copyts"),
        *("-i", url, "-map", "0:v:2", "-vf", luma, "-f", "null", "-"),
        *("-map", "0:a:0", "-y", folder / "ffmpeg.wav"),
    ]


def _gstreamer(url: str, folder: Path) -> list[object]:
    analysed = "videoscale ! video/x-raw,width=32,height=18 ! videoanalyse ! fakesink sync=true"
    raw = "audioconvert ! audio/x-raw,format=S16LE,layout=interleaved,channels=2"
    return [
        *("gst-launch-1.0", "-m", "playbin3", f"uri={url}", "connection-speed=1200"),
        f"video-sink={analysed}",
        f"audio-sink={raw} ! filesink sync=true location={folder / 'gstreamer.raw'}",
    ]


def _scenes(home: Path) -> list[object]:
    """Every fifth picture as it is shown, as a file whose name counts the pictures."""
    size = ("--scene-width", 32, "--scene-height", 18, "--scene-ratio", _EVERY)
    return ["--video-filter", "scene", "--scene-format", "png", "--scene-path", home, *size]


def _stamp(
    command: list[object], home: Path, errors: Path, lines: dict[str, list[tuple[float, bytes]]], name: str
) -> None:
    """Run for ``SECONDS``, noting each line that is printed and when."""
    patience = SECONDS + (30 if name == "browser" else 0)
    until = ["timeout", "--foreground", "--signal=INT", "--kill-after=5", patience, *command]
    with (
        errors.open("wb") as said,
        subprocess.Popen(
            [str(part) for part in until],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env={**os.environ, "HOME": str(home) if name == "vlc" else os.environ.get("HOME", "/")},
        ) as process,
    ):
        assert process.stdout is not None
        lines[name] = [(time.time(), line) for line in process.stdout]


def _page(report: dict[str, dict[str, list[list[float]]]]) -> Iterator[Shown]:
    for at_ms, date_ms, luma in report["marks"]["pictures"]:
        yield Shown(at_ms / 1000, (date_ms - EPOCH_MS) / SEGMENT_MS, luma)


def _of_ffmpeg(lines: list[tuple[float, bytes]]) -> Iterator[Shown]:
    k = 0.0
    for at_s, line in lines:
        if found := _SHOWN.search(line):
            if found[1]:
                k = int(found[1]) / VIDEO_TICKS_PER_SEGMENT
            else:
                yield Shown(at_s, k, float(found[2]))


def _of_gstreamer(lines: list[tuple[float, bytes]], relay: Relay) -> Iterator[Shown]:
    """Its timestamps count from the first picture, which opens the first segment that was fetched."""
    first, opened = relay.pictures()[0][0], None
    for at_s, line in lines:
        if b"videoanalyse" in line and (found := _ANALYSED.search(line)):
            timestamp = int(found[1])
            opened = timestamp if opened is None else opened
            yield Shown(at_s, first + (timestamp - opened) / 1e6 / SEGMENT_MS, float(found[2]) * 255)


def _of_vlc(home: Path, relay: Relay) -> Iterator[Shown]:
    first = relay.pictures()[0][0]
    for path in sorted(home.glob("scene*.png")):
        number = int(re.sub(r"\D", "", path.stem))
        with av.open(str(path)) as container:
            luma = float(np.mean(next(container.decode(video=0)).to_ndarray(format="gray")))
        yield Shown(path.stat().st_mtime, first + (number - 1) / FRAMES_PER_SEGMENT, luma)
