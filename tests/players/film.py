"""Films whose picture and sound can be measured: a white flash and a beep at each grid position."""

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av import AudioFrame

from media.house_format import FPS, FRAMES_PER_SEGMENT, SAMPLE_RATE_HZ

SEGMENT_S = FRAMES_PER_SEGMENT / FPS
FLASH_S = 0.08
BEEP_AT_S, BEEP_S, BEEP_HZ = 0.4, 0.08, 3_000
_SIZE = 640, 360


def make_film(path: Path, segments: int, source: str, tone_hz: int) -> Path:
    """Write ``segments`` grid positions of ``source`` (a lavfi source) with a steady tone to ``path``."""
    flash = f"drawbox=enable='lt(mod(t,{SEGMENT_S}),{FLASH_S})':x=0:y=0:w=iw:h=ih:c=white:t=fill"
    graph = f"{source}=s={_SIZE[0]}x{_SIZE[1]}:r={FPS},{flash},format=yuv420p"
    frames = segments * FRAMES_PER_SEGMENT
    with av.open(graph, format="lavfi") as pictures, av.open(str(path), "w", format="matroska") as target:
        video = target.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "crf": "20"})
        video.width, video.height, video.pix_fmt = *_SIZE, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, FPS)
        sound = target.add_stream("pcm_s16le", rate=SAMPLE_RATE_HZ, layout="stereo")
        per_frame = SAMPLE_RATE_HZ // FPS
        heard_wave = _wave(frames * per_frame, tone_hz)
        for number, picture in enumerate(pictures.decode(video=0)):
            if number == frames:
                break
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            target.mux(video.encode(picture))
            part = np.repeat(heard_wave[number * per_frame : (number + 1) * per_frame], 2)[None]
            heard = AudioFrame.from_ndarray(part, format="s16", layout="stereo")
            heard.pts, heard.sample_rate = number * per_frame, SAMPLE_RATE_HZ
            heard.time_base = Fraction(1, SAMPLE_RATE_HZ)
            target.mux(sound.encode(heard))
        for stream in (video, sound):
            target.mux(stream.encode(None))
    return path


def make_sound(path: Path, segments: int, tone_hz: int) -> Path:
    """Write ``segments`` grid positions of the same sound alone to ``path``, as WAV."""
    samples = segments * FRAMES_PER_SEGMENT * SAMPLE_RATE_HZ // FPS
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, SAMPLE_RATE_HZ, samples, "NONE", ""))
        file.writeframes(np.repeat(_wave(samples, tone_hz), 2).tobytes())
    return path


def _wave(samples: int, tone_hz: int) -> np.ndarray:
    at_s = np.arange(samples) / SAMPLE_RATE_HZ
    within_s = np.mod(at_s, SEGMENT_S)
    beep = (within_s >= BEEP_AT_S) & (within_s < BEEP_AT_S + BEEP_S)
    tones = 0.2 * np.sin(2 * np.pi * tone_hz * at_s) + 0.4 * beep * np.sin(2 * np.pi * BEEP_HZ * at_s)
    return np.round(tones * 32_000).astype(np.int16)
