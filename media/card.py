"""The still that stands in for the picture of something that has only sound: colours and a waveform."""

import colorsys
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

BARS = 64
_FLOOR_PERMILLE = 30


@dataclass(frozen=True, slots=True)
class Card:
    """What is painted: a vertical gradient and a row of bars.

    Args:
        top, bottom, ink: colours, 8 bits a channel.
        bars: heights, 0..1000 of the space for them.
    """

    top: tuple[int, int, int]
    bottom: tuple[int, int, int]
    ink: tuple[int, int, int]
    bars: tuple[int, ...]


def card(seed: str, peaks: Sequence[float]) -> Card:
    """A card whose colours follow from ``seed`` and whose bars follow the sound.

    ``peaks`` holds the loudest sample (0..1) of each of any number of equal stretches.
    """
    hue = hashlib.sha256(seed.encode()).digest()[0] / 256
    return Card(_rgb(hue, 0.22, 0.45), _rgb(hue + 0.08, 0.08, 0.5), _rgb(hue, 0.72, 0.55), _bars(peaks))


def _bars(peaks: Sequence[float]) -> tuple[int, ...]:
    loudest = max(peaks, default=0.0) or 1.0
    stretches = [
        peaks[i * len(peaks) // BARS : max(i * len(peaks) // BARS + 1, (i + 1) * len(peaks) // BARS)]
        for i in range(BARS)
    ]
    return tuple(
        max(_FLOOR_PERMILLE, round(1000 * max(stretch, default=0.0) / loudest)) for stretch in stretches
    )


def _rgb(hue: float, light: float, saturation: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hls_to_rgb(hue % 1.0, light, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)
