"""Pulls playlists while players play: what stands where in each session, and whether the rules hold."""

import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpx
import m3u8

from media.house_format import EPOCH_MS, SEGMENT_MS
from tests.players import playlist_rules as rules

POLL_S = 1.0
SLATE = "slate"
_SEGMENT = re.compile(r"/segments/(?P<asset>[^/]+)/[^/]+/(?P<index>\d+)/(?P<k>\d+)/[^/]+\.m4s")


@dataclass
class Listener:
    """What was seen.

    Args:
        stood: by session name: grid position → (asset, index in it).
        polls: by rendition's bare URI, of the session that was polled each second.
        breaches: of the rules, as they were met.
    """

    sessions: Mapping[str, str]
    polled: str
    stood: dict[str, dict[int, tuple[str, int]]] = field(default_factory=dict)
    polls: dict[str, list[rules.Poll]] = field(default_factory=dict)
    breaches: list[rules.Breach] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def splices(self, session: str) -> int:
        """How often one asset followed another (or itself) in a session."""
        stood = self.stood[session]
        return sum(1 for k in stood if k - 1 in stood and not _follows(stood[k - 1], stood[k]))

    def slate_share(self, session: str) -> float:
        """Which part of the positions slate stood at."""
        stood = self.stood[session].values()
        return sum(1 for asset, _ in stood if asset == SLATE) / len(stood)

    def silent_ms(self, session: str) -> list[tuple[int, int]]:
        """When slate stood, in milliseconds since 1970, with half a second on both sides."""
        return [
            (EPOCH_MS + k * SEGMENT_MS - 500, EPOCH_MS + (k + 1) * SEGMENT_MS + 500)
            for k, (asset, _) in self.stood[session].items()
            if asset == SLATE
        ]

    def check(self) -> None:
        """Rules 9 to 13 and 15, over all polls."""
        for uri, polls in self.polls.items():
            self.breaches += rules.check_polls(polls, uri)


@contextmanager
def listening(sessions: Mapping[str, str], polled: str) -> Iterator[Listener]:
    """While this is entered, pull the playlists of ``sessions`` (name → multivariant URL)."""
    listener = Listener(sessions, polled)
    end = threading.Event()

    def run() -> None:
        with httpx.Client() as client:
            turn = 0
            while not end.is_set():
                begun_s = time.monotonic()
                try:
                    if turn % 5 == 0:
                        for name, url in sessions.items():
                            _stand(client, listener, name, url)
                    _poll(client, listener, sessions[polled])
                except (httpx.HTTPError, ValueError) as error:
                    listener.broken.append(repr(error))
                turn += 1
                end.wait(max(0.0, begun_s + POLL_S - time.monotonic()))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield listener
    finally:
        end.set()
        thread.join()
        listener.check()


def media_urls(multivariant: bytes, url: str) -> list[str]:
    """The media playlists of a multivariant playlist, absolute."""
    parsed = m3u8.loads(multivariant.decode())
    found = [media.uri for media in parsed.media if media.uri] + [variant.uri for variant in parsed.playlists]
    return [urljoin(url, uri) for uri in found]


def _stand(client: httpx.Client, listener: Listener, name: str, url: str) -> None:
    body = client.get(url.replace("/multivariant.m3u8", "/a128.m3u8")).raise_for_status().text
    found = {int(m["k"]): (m["asset"], int(m["index"])) for m in _SEGMENT.finditer(body)}
    stood = listener.stood.setdefault(name, {})
    changed = [k for k, what in found.items() if stood.get(k, what) != what]
    if changed:
        listener.broken.append(f"{name}: what stood at {changed} changed")
    stood |= found


def _poll(client: httpx.Client, listener: Listener, url: str) -> None:
    answer = client.get(url).raise_for_status()
    body = answer.content
    listener.breaches += rules.check_multivariant(body, answer.headers["content-type"], url)
    together = {}
    for media_url in media_urls(body, url):
        uri = rules.bare(media_url)
        pulled = client.get(media_url).raise_for_status()
        listener.breaches += rules.check_media(pulled.content, pulled.headers["content-type"], uri)
        together[uri] = rules.read_media(pulled.content, media_url)
        listener.polls.setdefault(uri, []).append(rules.Poll(time.monotonic(), together[uri]))
    listener.breaches += rules.check_renditions(body, url, together, {}, url)


def _follows(before: tuple[str, int], after: tuple[str, int]) -> bool:
    return before[0] == after[0] and after[1] == before[1] + 1
