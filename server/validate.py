"""Reading a live stream for a while as a player would, and holding it to every rule of ``players/guard``.

Every rendition is polled at its target duration; of its segments a sample is fetched and measured, in pairs;
segments that are listed no more are asked for again while they are owed.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from kernel.errors import Forbidden, Invalid, Unavailable
from players.guard.followed import Followed
from players.guard.parsing import BODY_LIMIT_BYTES, bare
from players.guard.polls import Owed
from players.guard.reading import MediaPlaylist, Multivariant, Reading
from players.guard.renditions import Measured, check_promises
from players.guard.rule import Breach
from players.playback.session import SESSION_MS
from server.hls_client import Answer, HlsClient, Silent, hls_client
from server.validate_report import Report, shown
from server.validate_segments import Rendition, Segments, span_of, why

RENDITIONS_LIMIT = 32
LAST_OWED = 5
PERIOD_S = (0.5, 30.0)
RENEW_AFTER_S = SESSION_MS / 1000 - 3_600
_TICK_S = 0.25

Progress = Callable[[float], None]


@dataclass(slots=True)
class Validation:
    """One look at a stream.

    Args:
        client: reads it.
        until_s: when to stop, on the event loop's clock.
        report: what is found.
        segments: measures a sample of them.
    """

    client: HlsClient
    until_s: float
    report: Report
    segments: Segments
    followed: Followed = field(default_factory=lambda: Followed(""))

    async def read(self, url: str) -> None:
        """All of it, from the first playlist to the last owed segment.

        Raises:
            Unavailable: ``stream-silent``.
            Forbidden: ``stream-refused``.
            Invalid: ``not-hls``.
        """
        answer = await self.client.get(url, BODY_LIMIT_BYTES)
        if isinstance(answer, Silent):
            raise Unavailable("stream-silent", f"{shown(url)} does not answer: {answer.reason}.")
        if not answer.good:
            raise Forbidden("stream-refused", f"{shown(url)} answers with status {answer.status}.")
        if b"#EXT" not in answer.body:
            raise Invalid("not-hls", f"{shown(url)} is no HLS playlist.", fix="Name a playlist (.m3u8).")
        self._take(answer, _file_name(url))
        offered = self.followed.multivariant
        if offered is None:
            renditions = [Rendition(_file_name(url), url, bare(answer.url))]
        else:
            renditions = renditions_of(offered)
        self.report.renditions = [rendition.name for rendition in renditions]
        async with asyncio.TaskGroup() as tasks:
            for rendition in renditions:
                tasks.create_task(self._follow(rendition))
        if offered is not None:
            measured = {one.uri: Measured(one.codecs, one.peak_bps) for one in renditions if one.measured}
            self.report.add(check_promises(offered, measured, "multivariant"))

    def _take(self, answer: Answer, name: str) -> None:
        self.report.playlists += 1
        reading = Reading(answer.body, answer.content_type, answer.at_s, answer.url, answer.asked_s)
        self.report.add(self.followed.take(reading, name))

    async def _follow(self, rendition: Rendition) -> None:
        loop = asyncio.get_running_loop()
        newest = -1
        while True:
            begun_s = loop.time()
            playlist = await self._poll(rendition)
            if playlist is not None:
                await self.segments.take(rendition, playlist)
                await self._ask_for_owed(rendition, loop.time(), last=False)
            if playlist is not None and playlist.ended:
                return
            period_s = float(playlist.target_s or 0) if playlist else 0.0
            if playlist is None or playlist.newest == newest:
                period_s /= 2  # RFC 8216bis 6.3.4
            newest = playlist.newest if playlist else newest
            low_s, high_s = PERIOD_S
            due_s = begun_s + min(max(period_s, low_s), high_s)
            if due_s >= self.until_s:
                break
            await asyncio.sleep(max(0.0, due_s - loop.time()))
        await asyncio.sleep(max(0.0, self.until_s - loop.time()))
        await self._ask_for_owed(rendition, loop.time(), last=True)

    async def _poll(self, rendition: Rendition) -> MediaPlaylist | None:
        answer = await self.client.get(rendition.href, BODY_LIMIT_BYTES)
        if isinstance(answer, Silent) or not answer.good:
            self.report.fail(f"playlist {rendition.name}: {why(answer)}")
            return None
        self._take(answer, rendition.name)
        polls = self.followed.polls.get(rendition.name)
        return polls.last.playlist if polls and polls.last else None

    async def _ask_for_owed(self, rendition: Rendition, now_s: float, *, last: bool) -> None:
        """Rule 14: one that has just gone, and those whose time is nearly over; at the end some of all."""
        polls = self.followed.polls.get(rendition.name)
        if polls is None or polls.last is None:
            return
        period_s = float(polls.last.playlist.target_s or 1)
        owed = [one for one in polls.owed(now_s + _TICK_S) if not one.segment.gap]
        new = [one for one in owed if one.segment.uri not in rendition.asked][-1:]
        due = [one for one in owed if one.until_s - now_s < 2 * period_s]
        for one in owed[:LAST_OWED] if last else {id(one): one for one in (*new, *due)}.values():
            if one in due and rendition.asked.get(one.segment.uri, 0.0) > now_s - 3 * period_s:
                continue
            rendition.asked[one.segment.uri] = now_s
            await self._ask_for(rendition, one, polls.last.playlist)
        listed = {one.segment.uri for one in owed}
        rendition.asked = {uri: at_s for uri, at_s in rendition.asked.items() if uri in listed}

    async def _ask_for(self, rendition: Rendition, owed: Owed, playlist: MediaPlaylist) -> None:
        span = span_of(owed.segment.byte_range)
        href = owed.segment.href
        answer = await self.client.look(href, span or "")
        if isinstance(answer, Answer) and answer.status in (401, 403) and playlist.segments:
            # A lease is renewed at each pull, and good for every segment of its playlist.
            fresh = urlsplit(playlist.segments[-1].href).query
            answer = await self.client.look(urlsplit(href)._replace(query=fresh).geturl(), span or "")
        if isinstance(answer, Silent):
            self.report.fail(f"removed segment of {rendition.name}: {why(answer)}")
        elif not answer.good:
            left_s = owed.until_s - asyncio.get_running_loop().time()
            seen = f"{owed.segment.uri} answers {answer.status}, {left_s:.1f} s before it may"
            self.report.add([Breach(14, rendition.name, seen)] if left_s > 0 else [])


async def validate(
    url: str,
    for_s: float,
    progress: Progress,
    renew: Callable[[], str] | None = None,
    renew_after_s: float = RENEW_AFTER_S,
) -> Report:
    """What is found in ``for_s`` seconds at ``url``; ``progress`` is told the seconds that have passed.

    Args:
        url: a playlist.
        for_s: how long; the memory that it takes does not grow with it.
        progress: told from time to time.
        renew: opens another session and gives its playlist's address, as no session lasts for ever. It is
            read afresh: what another session is shown in a break may differ.
        renew_after_s: when.

    Raises:
        RoadcastError: as ``Validation.read``.
    """
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    report = Report(shown(url))

    async def tick() -> None:
        while True:
            progress(min(for_s, loop.time() - began_s))
            await asyncio.sleep(_TICK_S)

    ticking = asyncio.create_task(tick())
    try:
        async with hls_client() as client:
            until_s = began_s + for_s
            while True:
                due_s = min(until_s, loop.time() + renew_after_s) if renew else until_s
                await Validation(client, due_s, report, Segments(client, due_s, report)).read(url)
                # What is on demand was read to its end.
                if renew is None or due_s >= until_s or loop.time() < due_s:
                    break
                url = await asyncio.to_thread(renew)
    finally:
        ticking.cancel()
    report.seconds = loop.time() - began_s
    return report


def open_session(base_url: str, credential: str) -> str:
    """The multivariant playlist of a new session of a head unit.

    Raises:
        Forbidden: ``session-refused``.
        Unavailable: ``server-silent``.
    """
    headers = {"Authorization": f"Bearer {credential}"}
    try:
        answer = httpx.post(f"{base_url}/v1/sessions", json={}, headers=headers, timeout=10)
        if answer.status_code != 201:
            raise Forbidden("session-refused", f"No session was opened: {answer.text[:200]}.")
        return base_url + str(answer.json()["urls"]["multivariant"])
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise Unavailable("server-silent", f"No Roadcast answers at {base_url}: {error}.") from None


def _file_name(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2] or "playlist"


def renditions_of(offered: Multivariant) -> list[Rendition]:
    """Each media playlist once, the first of them all, named by what its URI has for itself."""
    hrefs: dict[str, str] = {}
    texts = {one.href for one in offered.alternatives if one.kind == "SUBTITLES"}
    pairs = [(one.href, one.uri) for one in offered.variants]
    pairs += [(one.href, one.uri) for one in offered.alternatives if one.href]
    for href, uri in pairs:
        hrefs.setdefault(href, uri)
    found: dict[str, Rendition] = {}
    for href, uri in list(hrefs.items())[:RENDITIONS_LIMIT]:
        name = "/".join(urlsplit(uri).path.rsplit("/", 2)[-2:])
        name = name.rpartition("/")[2] if name.rpartition("/")[2] not in found else name
        while name in found:
            name += "'"
        found[name] = Rendition(name, href, uri, media=href not in texts)
    return list(found.values())
