"""The renditions of a picture, each encoded in a thread of its own.

libx264 is called without the interpreter's lock, so the lanes run beside each other and beside the
decoder. A lane that falls behind makes whoever fills it wait: memory stays bounded.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from av.video.frame import VideoFrame

from media.adapters.av_package import VideoTrack
from media.cue import WHOLE, Layout
from media.ports import MadeTrack

_AHEAD = 12


class Lanes:
    """All of ``tracks`` at once; to be used as a context manager.

    ``frames`` counts what was written, not the held pictures that fill the segment before a cue.
    """

    def __init__(self, tracks: Sequence[VideoTrack], layout: Layout = WHOLE) -> None:
        self.renditions = tuple(track.rendition for track in tracks)
        self.frames = 0
        self.layout = layout
        self._tracks = tracks
        self._pools = [ThreadPoolExecutor(1, track.rendition.name) for track in tracks]
        self._under_way: list[deque[Future[None]]] = [deque() for _ in tracks]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)
        for track in self._tracks:
            track.close()

    def write(self, row: Sequence[VideoFrame]) -> None:
        """One frame for each track, in the tracks' order. Raises what encoding an earlier one raised."""
        if self.frames in self.layout.cues:
            self._hold()
        for track, pool, under_way, frame in zip(
            self._tracks, self._pools, self._under_way, row, strict=True
        ):
            under_way.append(pool.submit(track.write, frame))
            if len(under_way) > _AHEAD:
                under_way.popleft().result()
        self.frames += 1

    def _hold(self) -> None:
        for track, pool, under_way in zip(self._tracks, self._pools, self._under_way, strict=True):
            under_way.append(pool.submit(track.hold))

    def finish(self, segments: int) -> tuple[MadeTrack, ...]:
        """See :meth:`media.adapters.av_package.VideoTrack.finish`."""
        for under_way in self._under_way:
            while under_way:
                under_way.popleft().result()
        last = [
            pool.submit(track.finish, segments) for track, pool in zip(self._tracks, self._pools, strict=True)
        ]
        return tuple(future.result() for future in last)
