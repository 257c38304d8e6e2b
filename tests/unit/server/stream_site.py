"""A small live HLS server of real media, right or deliberately wrong, for tests of `roadcast validate`."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from media.adapters.av_package import AudioTrack, VideoTrack
from media.adapters.av_still import black, laid
from media.house_format import AUDIO_RENDITION, SEGMENT_MS, VIDEO_RENDITIONS
from media.retime import retime
from players.guard.rule import MEDIA_TYPE
from tests.unit.players.guard.listed import MULTIVARIANT, media

WINDOW = 12
RENDITIONS = {rendition.name: rendition for rendition in (AUDIO_RENDITION, VIDEO_RENDITIONS[-1])}


@dataclass(frozen=True)
class Track:
    """One segment of a rendition, and its init."""

    init: bytes
    segment: bytes
    ticks: int

    def at(self, k: int) -> bytes:
        return retime(self.segment, self.ticks, k)


def make_tracks(folder: Path) -> dict[str, Track]:
    """A black picture and silence."""
    video = VideoTrack(RENDITIONS["v360"], folder / "v360.mp4")
    video.write(laid(black(), video.rendition.width, video.rendition.height))
    sound = AudioTrack(RENDITIONS["a128"], folder / "a128.mp4")
    sound.write(np.zeros((2, 1000), np.float32))
    tracks = {}
    for made in (video.finish(1), sound.finish(1)):
        body = (folder / f"{made.rendition}.mp4").read_bytes()
        start, end = made.offsets
        ticks = RENDITIONS[made.rendition].ticks_per_segment
        tracks[made.rendition] = Track(body[:start], body[start:end], ticks)
    return tracks


@dataclass
class Site:
    """What is served.

    Args:
        faults: names of what is wrong; see the code.
    """

    tracks: dict[str, Track]
    faults: set[str] = field(default_factory=set)
    url: str = ""
    began_s: float = field(default_factory=time.monotonic)

    @property
    def first(self) -> int:
        """The number of the first segment that is listed."""
        passed_s = 0.0 if "still" in self.faults else time.monotonic() - self.began_s
        return 1_000 + int(passed_s * 1000 // SEGMENT_MS)

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Status, content type and body."""
        name = path.rpartition("/")[2].partition(".")[0]
        if path == "/multivariant.m3u8":
            return 200, MEDIA_TYPE, self.multivariant()
        if path.endswith(".m3u8") and name in self.tracks:
            content_type = "text/plain" if "type" in self.faults and name == "a128" else MEDIA_TYPE
            return 200, content_type, self.media(name)
        if path.endswith(".mp4") and name in self.tracks:
            return 200, "video/mp4", self.tracks[name].init
        if path.endswith(".m4s"):
            return self.segment(path.split("/")[1], int(name))
        return 404, "text/plain", b"not here"

    def multivariant(self) -> bytes:
        body = MULTIVARIANT
        if "codecs" in self.faults:
            body = body.replace(b"avc1.64001f", b"avc1.42001e")
        if "bandwidth" in self.faults:
            body = body.replace(b"900000", b"900").replace(b"700000", b"700")
        return body

    def media(self, name: str) -> bytes:
        if "ended" in self.faults:
            return media(1_000, 40, name) + b"#EXT-X-ENDLIST\n"
        body = media(self.first, WINDOW, name)
        if "grows" in self.faults:
            kind = b"#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-MAP"
            body = media(0, self.first - 1_000 + WINDOW, name).replace(b"#EXT-X-MAP", kind)
        if "apart" in self.faults and name == "a128":
            body = media(self.first + 3, WINDOW, name)
        return body

    def segment(self, name: str, k: int) -> tuple[int, str, bytes]:
        if ("hasty" in self.faults and k < self.first) or "empty" in self.faults:
            return 404, "text/plain", b"gone"
        if "garbage" in self.faults:
            return 200, "video/mp4", b"\0" * 2000
        late = ("late" in self.faults and name == "a128") or ("jump" in self.faults and k > 1_020)
        return 200, "video/mp4", self.tracks[name].at(k + late)


@contextmanager
def serving(site: Site) -> Iterator[Site]:
    """The site on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, content_type, body = site.answer(self.path.partition("?")[0])
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
