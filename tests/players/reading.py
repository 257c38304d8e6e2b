"""Five real players read a channel at the same time; what each of them leaves is judged afterwards."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

PLAYERS = ("hls_js", "shaka", "ffmpeg", "vlc", "gstreamer")
STOPPED = 124
_NOBODY = 65534


@dataclass(frozen=True)
class Reading:
    """What the players left in ``folder``, and how their processes ended."""

    folder: Path
    seconds: float
    codes: Mapping[str, int]

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(errors="replace")


@dataclass
class _Run:
    name: str
    process: subprocess.Popen[bytes]


def read_all(urls: Mapping[str, str], folder: Path, seconds: float, wishes: str = "") -> Reading:
    """Let each player of ``urls`` play its multivariant playlist for ``seconds``.

    Args:
        wishes: what the pages in Chromium do beside playing; see ``pages/watch.js``.
    """
    runs: list[_Run] = []
    deadline_s = time.monotonic() + seconds + 30
    with ExitStack() as stack:

        def start(name: str, command: list[object], **environ: str) -> subprocess.Popen[bytes]:
            out, err = (stack.enter_context((folder / f"{name}.{end}").open("wb")) for end in ("out", "err"))
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                env={**os.environ, **environ},
            )
            runs.append(_Run(name, process))
            return process

        pages = [f"{name}?{wishes}={urls[name]}" for name in ("hls_js", "shaka") if name in urls]
        if pages:
            start("browser", [sys.executable, Path(__file__).with_name("browse.py"), seconds, folder, *pages])
        if "ffmpeg" in urls:
            start("ffmpeg", [*_until(seconds), *ffmpeg(urls["ffmpeg"], folder / "ffmpeg.nut")])
        if "gstreamer" in urls:
            start(
                "gstreamer",
                [*_until(seconds), *gstreamer(urls["gstreamer"], folder / "gstreamer.raw")],
                GST_DEBUG="2",
                GST_DEBUG_NO_COLOR="1",
            )
        if "vlc" in urls:
            home = Path(stack.enter_context(TemporaryDirectory(prefix="vlc-", ignore_cleanup_errors=True)))
            _ask_vlc(start("vlc", vlc(urls["vlc"], home), HOME=str(home)), seconds)
        for run in runs:
            _end(run.process, deadline_s)
        if "vlc" in urls:
            shutil.copyfile(home / "vlc.wav", folder / "vlc.wav")
    return Reading(folder, seconds, {run.name: run.process.returncode for run in runs})


def ffmpeg(url: str, target: Path) -> list[object]:
    """Copy the smallest rendition and the sound, with the packets' own timestamps.

    Where no picture is offered there is the sound alone.
    """
    return [
        *("ffmpeg", "-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning", "-copyts"),
        *("-i", url, "-map", "0:v:2?", "-map", "0:a:0", "-c", "copy", "-f", "nut", "-y", target),
    ]


def _until(seconds: float) -> list[object]:
    """Interrupts what has no end of its own; then the exit code is ``STOPPED``.

    In the foreground, so that it is told once: ffmpeg breaks off at the second signal.
    """
    return ["timeout", "--foreground", "--signal=INT", "--kill-after=10", seconds]


def gstreamer(url: str, record: Path) -> list[object]:
    """Play in real time, tell of each timestamp that does not follow the last; keep the sound."""
    raw = "audioconvert ! audio/x-raw,format=S16LE,layout=interleaved,channels=2"
    check = "identity check-imperfect-timestamp=true"
    return [
        *("gst-launch-1.0", "-v", "-m", "playbin3", f"uri={url}", "connection-speed=1200"),
        f"video-sink={check} ! fakesink name=shown sync=true silent=false",
        f"audio-sink={raw} ! {check} silent=false name=heard ! filesink sync=true location={record}",
    ]


def vlc(url: str, home: Path) -> list[object]:
    """Keep the sound in a file, decode the picture for nobody; commands come by standard input.

    VLC refuses to run as root: then it runs as nobody, whose home this is.
    """
    drop: list[object] = []
    if os.getuid() == 0:
        shutil.chown(home, _NOBODY, _NOBODY)
        drop = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
    return [
        *drop,
        *("vlc", "--intf", "oldrc", "--rc-fake-tty", "--verbose", "2", "--no-color", "--no-media-library"),
        *("--no-video-title-show", "--no-osd", "--no-spu", "--no-lua", "--vout", "dummy"),
        *("--adaptive-logic", "lowest", "--aout", "afile", "--audiofile-file", home / "vlc.wav", url),
    ]


def _ask_vlc(vlc: subprocess.Popen[bytes], seconds: float) -> None:
    assert vlc.stdin is not None
    begun_s = time.monotonic()
    for at_s, words in ((20.0, b"stats\n"), (seconds - 1, b"stats\n"), (seconds, b"quit\n")):
        time.sleep(max(0.0, begun_s + at_s - time.monotonic()))
        try:
            vlc.stdin.write(words)
            vlc.stdin.flush()
        except BrokenPipeError:
            return


def _end(process: subprocess.Popen[bytes], deadline_s: float) -> None:
    """Wait; what does not end by itself is ended, and its code says so."""
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()
    try:
        process.wait(max(1.0, deadline_s - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
