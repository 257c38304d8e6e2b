"""Measuring decoded sound."""

from itertools import pairwise

import numpy as np

from media.house_format import SAMPLE_RATE_HZ
from tests.players.film import BEEP_HZ

# An item is mute for one AAC frame at its start (21 ms) and fades in and out over 10 ms.
SPLICE_MS = 60
_STEP = 240
_SILENT = 100.0


def left_of(raw: bytes) -> np.ndarray:
    """The left channel of 16-bit stereo."""
    return np.frombuffer(raw[: len(raw) // 4 * 4], "<i2").reshape(-1, 2)[:, 0].astype(np.float64)


def silences(wave: np.ndarray, longer_than_ms: float = SPLICE_MS) -> list[tuple[float, float]]:
    """(start in s, length in ms) of each silence that is longer than a splice's, in 5 ms steps."""
    whole = wave[: len(wave) // _STEP * _STEP].reshape(-1, _STEP)
    silent = np.sqrt((whole**2).mean(axis=1)) < _SILENT
    edges = np.flatnonzero(np.diff(np.concatenate(([False], silent, [False])).astype(np.int8)))
    step_s = _STEP / SAMPLE_RATE_HZ
    runs = (
        (start * step_s, (end - start) * step_s * 1000)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    )
    return [(float(start), float(length)) for start, length in runs if length > longer_than_ms]


def beeps(wave: np.ndarray) -> list[float]:
    """When each beep starts, in seconds, within about 2 ms."""
    block = SAMPLE_RATE_HZ // 500
    whole = wave[: len(wave) // block * block].reshape(-1, block)
    turn = np.exp(-2j * np.pi * BEEP_HZ * np.arange(block) / SAMPLE_RATE_HZ)
    loud = np.abs(whole @ turn) / block > 700
    starts = [index for index, (before, now) in enumerate(pairwise(loud), 1) if now and not before]
    step_s = block / SAMPLE_RATE_HZ
    return [index * step_s for index in starts if loud[index : index + 20].mean() > 0.8]
