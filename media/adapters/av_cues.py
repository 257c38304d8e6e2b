"""What FFmpeg's detectors write on the frames that pass them: where it is black, and where it is silent."""

from collections.abc import Mapping

from media.cue import Span
from media.house_format import SAMPLE_RATE_HZ

BLACKDETECT = ("blackdetect", "d=0.04:pic_th=0.98:pix_th=0.10")
SILENCEDETECT = ("silencedetect", "noise=-50dB:d=0.1")
ENDLESS = 1 << 62


class Spans:
    """The stretches of one kind, as a detector tells of them frame by frame.

    Args:
        kind: ``black`` or ``silence``.
    """

    def __init__(self, kind: str) -> None:
        self.found: list[Span] = []
        self._start_key, self._end_key = f"lavfi.{kind}_start", f"lavfi.{kind}_end"
        self._start: int | None = None

    def note(self, metadata: Mapping[str, str]) -> None:
        """Take what was written on the next frame."""
        if self._end_key in metadata:
            self.close(_samples(metadata[self._end_key]))
        if self._start_key in metadata:
            self._start = _samples(metadata[self._start_key])

    def close(self, end: int) -> None:
        """The detector has come to its end, at sample ``end``."""
        if self._start is not None:
            self.found.append((self._start, end))
        self._start = None


def _samples(seconds: str) -> int:
    return round(float(seconds) * SAMPLE_RATE_HZ)
