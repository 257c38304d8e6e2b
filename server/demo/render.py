"""Making a film: FFmpeg's sources through PyAV, painted with lettering, encoded fast and well enough."""

from fractions import Fraction
from pathlib import Path

import av
from av import VideoFrame

from server.demo.films import FPS, HEIGHT, RATE, WIDTH, Film
from server.demo.lettering import Lettering


def suffix_of(film: Film) -> str:
    """The file's ending, with its dot."""
    return ".mp4" if film.picture else ".wav"


def render(film: Film, path: Path) -> None:
    """Write ``film`` to ``path``; takes a few seconds of one core."""
    fade = film.seconds - 0.6
    sound = f"{film.sound},afade=t=in:d=0.4,afade=t=out:st={fade:.2f}:d=0.6"
    graph = f"{film.picture}[out0];{sound}[out1]" if film.picture else f"{sound}[out0]"
    with av.open(graph, format="lavfi") as source, av.open(str(path), "w") as target:
        _encode(film, source, target)


def _encode(film: Film, source: av.container.InputContainer, target: av.container.OutputContainer) -> None:
    # Sound alone is left as it is: encoding it took longer than making it.
    audio = target.add_stream("aac" if film.picture else "pcm_s16le", rate=RATE, layout="stereo")
    if film.picture:
        audio.bit_rate = 160_000
    video = None
    if film.picture:
        video = target.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "crf": "18"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, FPS)
    lettering = Lettering(film.lines, WIDTH, HEIGHT)
    shown, heard = 0, 0
    frames, samples = round(film.seconds * FPS) if video else 0, round(film.seconds * RATE)
    for frame in source.decode():
        if isinstance(frame, VideoFrame):
            if video is not None and shown < frames:
                target.mux(video.encode(_painted(frame, lettering, shown)))
                shown += 1
        elif heard < samples:
            target.mux(audio.encode(frame))
            heard += frame.samples
        if shown >= frames and heard >= samples:
            break
    for encoder in (video, audio):
        if encoder is not None:
            target.mux(encoder.encode(None))


def _painted(frame: VideoFrame, lettering: Lettering, number: int) -> VideoFrame:
    planes = frame.to_ndarray(format="yuv420p")
    lettering.paint(planes, HEIGHT, number / FPS)
    painted = VideoFrame.from_ndarray(planes, format="yuv420p")
    painted.pts, painted.time_base = number, Fraction(1, FPS)
    return painted
