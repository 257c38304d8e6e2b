"""How long a film takes to the house format, beside the ffmpeg command line making the same renditions.

    python -m benchmarks.ingest [FILE] [--rounds 3]

Without a file, 20 s of FFmpeg's own test picture at 1920x1080 with a tone are made first. Both make three
H.264 renditions with the same x264 options, AAC, a poster and CMAF files; ours looks into the whole file
first, measures loudness, and reads every track back. In turns, best of the rounds; seconds of the clock
and of the processors.
"""

import argparse
import asyncio
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from media.adapters.av_transcode import AvTranscode
from media.house_format import AUDIO_RENDITION, VIDEO_RENDITIONS
from media.ladder import encoder_options

SECONDS = 20


def make_source(path):
    """A film that moves, hums, and is bigger than any rendition."""
    sources = (
        f"testsrc2=size=1920x1080:rate=25:duration={SECONDS}",
        f"sine=frequency=220:duration={SECONDS}",
    )
    inputs = [word for source in sources for word in ("-f", "lavfi", "-i", source)]
    encoding = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-v", "error", *inputs, *encoding, str(path)], check=True)


def command(source, folder):
    """The ffmpeg command line that makes the same: one decoder, one graph, four files and a poster.

    As nice as our child is, so that both get the same share of a busy machine.
    """
    names = "".join(f"[s{number}]" for number in range(len(VIDEO_RENDITIONS)))
    branches = [
        f"[s{number}]scale={one.width}:{one.height},setsar=1[{one.name}]"
        for number, one in enumerate(VIDEO_RENDITIONS)
    ]
    words = ["nice", "-n", "10", "ffmpeg", "-v", "error", "-nostdin", "-y", "-i", str(source)]
    words += ["-filter_complex", ";".join([f"[0:v:0]fps=25,split={len(VIDEO_RENDITIONS)}{names}", *branches])]
    for one in VIDEO_RENDITIONS:
        words += ["-map", f"[{one.name}]", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "48"]
        for name, value in encoder_options(one).items():
            words += [f"-{name.replace('profile', 'profile:v')}", value]
        words += ["-movflags", "frag_keyframe+empty_moov+cmaf", str(folder / f"{one.name}.mp4")]
    words += [
        "-map",
        "0:a:0",
        "-c:a",
        "aac",
        "-ar",
        "48000",
        "-ac",
        "2",
        "-b:a",
        str(AUDIO_RENDITION.bitrate_bps),
    ]
    words += ["-movflags", "empty_moov+cmaf", "-frag_duration", "1920000", str(folder / "a128.mp4")]
    return [
        *words,
        "-map",
        "0:v:0",
        "-frames:v",
        "1",
        "-s",
        "1280x720",
        "-update",
        "1",
        str(folder / "poster.jpg"),
    ]


async def ours(source, folder):
    """Our transcoder, in its child process."""

    async def report(_permille):
        return None

    return await AvTranscode()(source, folder, "bench", report)


def timed(work):
    """Seconds of the clock and of the processors, children included, that ``work(folder)`` took."""
    with tempfile.TemporaryDirectory() as folder:
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        work(Path(folder))
        took = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(source, rounds):
    """Best clock and processor seconds of ours and of ffmpeg's, in turns."""
    runs = [
        (
            timed(lambda folder: asyncio.run(ours(source, folder))),
            timed(lambda folder: subprocess.run(command(source, folder), check=True)),
        )
        for _ in range(rounds)
    ]
    return tuple(tuple(min(run[who][what] for run in runs) for what in (0, 1)) for who in (0, 1))


def main():
    """One line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = options.file or Path(folder) / "source.mp4"
        if options.file is None:
            make_source(source)
        (own_s, own_cpu_s), (its_s, its_cpu_s) = compare(source, options.rounds)
    print(
        f"ingest: {own_s / its_s:.2f} x the time of ffmpeg ({own_s:.1f} s against {its_s:.1f} s), "
        f"{own_cpu_s / its_cpu_s:.2f} x its processor time ({own_cpu_s:.1f} s against {its_cpu_s:.1f} s)"
    )


if __name__ == "__main__":
    main()
