"""Small films and sounds made on the spot, and what came out of them."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from media.adapters.av_look import look
from media.adapters.av_make import make
from media.ports import Made

BURST_S = 0.12
WIDTH, HEIGHT = 160, 90


def flash_and_beep(
    path: Path, seconds=4.0, at=(1.0, 3.0), fps=25, rate=48_000, codecs=("libx264", "aac"), level=0.5
):
    """A black film that flashes white, and beeps, at the moments ``at``; the container by its ending."""
    fps = Fraction(fps)
    with av.open(str(path), "w") as target:
        video = target.add_stream(codecs[0], rate=fps)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = target.add_stream(codecs[1], rate=rate, layout="stereo")
        for number in range(round(seconds * fps)):
            target.mux(video.encode(_flat(number, fps, at)))
        for frame in _beeps(seconds, rate, at, audio, level):
            target.mux(audio.encode(frame))
        target.mux(video.encode(None))
        target.mux(audio.encode(None))
    return path


def sound(path: Path, pcm: np.ndarray, rate=48_000, codec="pcm_f32le"):
    """``pcm``, float32 of shape (2, n), as a file."""
    with av.open(str(path), "w") as target:
        stream = target.add_stream(codec, rate=rate, layout="stereo")
        for frame in _frames(pcm.astype(np.float32), rate, stream):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return path


def lavfi(path: Path, graph: str, frames: int, **options: str):
    """``frames`` frames of one of FFmpeg's own pictures."""
    with av.open(graph, format="lavfi") as source, av.open(str(path), "w") as target:
        stream = None
        for number, frame in enumerate(source.decode(video=0)):
            if number == frames:
                break
            if stream is None:
                stream = target.add_stream("libx264", rate=25, options={"preset": "ultrafast"} | options)
                stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p"
            frame.pts, frame.time_base = number, Fraction(1, 25)
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return path


def copied(path: Path, target_path: Path, from_s=0.0, **options: str):
    """The packets of ``path`` in a new file; those before ``from_s`` get times before 0 (an edit list)."""
    with av.open(str(path)) as source, av.open(str(target_path), "w", options=options) as target:
        streams = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is None:
                continue
            packet.pts -= int(from_s / packet.time_base)
            packet.dts -= int(from_s / packet.time_base)
            packet.stream = streams[packet.stream_index]
            target.mux(packet)
    return target_path


def shifted(source: Path, target: Path, after_s: float, gap_s: int):
    """A copy whose timestamps leap by ``gap_s`` at ``after_s``."""
    with av.open(str(source)) as old, av.open(str(target), "w") as new:
        streams = {stream.index: new.add_stream_from_template(stream) for stream in old.streams}
        for packet in old.demux():
            if packet.dts is None:
                continue
            if packet.dts * packet.time_base >= after_s:
                packet.pts += int(gap_s / packet.time_base)
                packet.dts += int(gap_s / packet.time_base)
            packet.stream = streams[packet.stream_index]
            new.mux(packet)
    return target


def joined_end_to_end(folder: Path, *seconds: float, at: tuple[float, ...] = (1.0,)):
    """Broadcast recordings one behind the other, as ``cat`` joins them: the clock of each begins anew."""
    parts = [flash_and_beep(folder / f"{number}.ts", length, at) for number, length in enumerate(seconds)]
    joined = folder / "joined.ts"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    return joined


def _flat(number: int, fps: Fraction, at: tuple[float, ...]) -> VideoFrame:
    moment = float(number / fps)
    luma = 235 if any(start <= moment + 1e-6 < start + BURST_S for start in at) else 16
    frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
    for plane, value in zip(frame.planes, (luma, 128, 128), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    frame.pts, frame.time_base = number, 1 / fps
    return frame


def _beeps(seconds: float, rate: int, at: tuple[float, ...], stream, level: float):
    t = np.arange(int(seconds * rate)) / rate
    ear = sum(
        np.where((t >= start) & (t < start + BURST_S), np.sin(6283.2 * (t - start)) * level, 0)
        for start in at
    )
    yield from _frames(np.stack([ear, ear]).astype(np.float32), rate, stream)


def _frames(pcm: np.ndarray, rate: int, stream):
    size, planar = stream.codec_context.frame_size or 1024, stream.format.is_planar
    for start in range(0, pcm.shape[1], size):
        part = pcm[:, start : start + size]
        data = np.ascontiguousarray(part) if planar else np.ascontiguousarray(part.T).reshape(1, -1)
        frame = AudioFrame.from_ndarray(data, format="fltp" if planar else "flt", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        yield frame


@dataclass(frozen=True)
class Prepared:
    """What came out of a source."""

    folder: Path
    made: Made
    told: tuple[int, ...]

    def frames(self, rendition: str) -> list[VideoFrame]:
        with av.open(str(self.folder / f"{rendition}.mp4")) as container:
            return list(container.decode(video=0))

    def pcm(self) -> np.ndarray:
        """Every sample, shape (2, n)."""
        with av.open(str(self.folder / "a128.mp4")) as container:
            return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)

    def flashes_s(self) -> list[float]:
        white = [luma(frame) > 120 for frame in self.frames("v360")]
        return [k / 25 for k in range(1, len(white)) if white[k] and not white[k - 1]]

    def beeps_s(self) -> list[float]:
        ear = np.abs(self.pcm()[0])
        loud = np.flatnonzero(ear > 0.3 * ear.max())
        starts = [loud[0], *loud[1:][np.diff(loud) > 24_000]]
        return [start / 48_000 for start in starts]


def prepared(source: Path, folder: Path) -> Prepared:
    """Bring ``source`` to the house format, here and now."""
    told: list[int] = []
    folder.mkdir()
    return Prepared(folder, make(source, look(source), folder, "seed", told.append), tuple(told))


def luma(frame: VideoFrame, x=0.5, y=0.5) -> int:
    """Brightness of one pixel, at a share of width and height."""
    plane = frame.planes[0]
    return bytes(plane)[int(frame.height * y) * plane.line_size + int(frame.width * x)]


def loudness(pcm: np.ndarray) -> tuple[float, float]:
    """Integrated LUFS and true peak in dBTP of stereo at 48 kHz, by FFmpeg's own meter."""
    from media.adapters.av_sound import _EBU_R128, Sound, _graph
    from media.adapters.av_source import drain

    heard, graph = Sound(), _graph(*_EBU_R128)
    for start in range(0, pcm.shape[1], 4800):
        frame = AudioFrame.from_ndarray(
            np.ascontiguousarray(pcm[:, start : start + 4800]), format="fltp", layout="stereo"
        )
        frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
        for out in drain(graph, frame):
            heard.note(out)
    for out in drain(graph, None):
        heard.note(out)
    return heard.loudness_lufs, heard.peak_dbtp
