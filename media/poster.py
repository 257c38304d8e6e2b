"""Which frame stands for a film: the first bright enough one some seconds in, else the brightest seen."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from media.house_format import FPS

_EARLIEST = 4 * FPS
_STRIDE = FPS
_LATEST = 40 * FPS
_BRIGHT = 55.0

Frame = TypeVar("Frame")


@dataclass
class PosterChoice(Generic[Frame]):
    """Looks at one frame a second until one is good."""

    chosen: Frame | None = None
    _brightness: float = -1.0
    _settled: bool = False

    def wants(self, number: int) -> bool:
        """Whether frame ``number`` is worth a look; a short film's first frame is, in case no other comes."""
        return not self._settled and number <= _LATEST and number % _STRIDE == 0

    def offer(self, frame: Frame, brightness: float, number: int) -> None:
        """Consider a frame of mean luma ``brightness`` (0..255)."""
        late = number >= _EARLIEST
        if brightness > self._brightness or (late and brightness >= _BRIGHT):
            self.chosen, self._brightness = frame, brightness
        self._settled = late and brightness >= _BRIGHT
