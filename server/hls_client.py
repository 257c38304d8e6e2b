"""Reading a stream over HTTP as a player does, from servers that nobody can vouch for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

REDIRECTS_LIMIT = 5
TIMEOUT_S = 15.0
CONNECTIONS_LIMIT = 16
_AGENT = "roadcast-validate"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Args:
        url: where it came from in the end, after redirects.
        body: empty where only the status was asked for.
        asked_s, at_s: when it was asked for and when it was there, on the event loop's clock.
    """

    url: str
    status: int
    content_type: str
    body: bytes
    asked_s: float
    at_s: float

    @property
    def good(self) -> bool:
        """Whether it is what was asked for."""
        return self.status in (200, 206)


@dataclass(frozen=True, slots=True)
class Silent:
    """No answer, or more of it than is taken."""

    reason: str


@dataclass(frozen=True, slots=True)
class HlsClient:
    """Fetch with limits on size, time, and redirects."""

    client: httpx.AsyncClient

    async def get(self, url: str, limit_bytes: int, byte_range: str = "") -> Answer | Silent:
        """The whole answer, of at most ``limit_bytes``; ``byte_range`` as in ``bytes=0-99``."""
        return await self._ask(url, limit_bytes, byte_range)

    async def look(self, url: str, byte_range: str = "") -> Answer | Silent:
        """The answer's status alone; its body is left where it is."""
        return await self._ask(url, None, byte_range)

    async def _ask(self, url: str, limit_bytes: int | None, byte_range: str) -> Answer | Silent:
        headers = {"Range": byte_range} if byte_range else {}
        asked_s = asyncio.get_running_loop().time()
        try:
            if urlsplit(url).scheme not in ("http", "https"):
                return Silent("neither http nor https")
            async with asyncio.timeout(TIMEOUT_S), self.client.stream("GET", url, headers=headers) as answer:
                body = bytearray()
                if limit_bytes is not None:
                    async for piece in answer.aiter_bytes():
                        body += piece
                        if len(body) > limit_bytes:
                            return Silent(f"more than {limit_bytes} bytes")
                at_s = asyncio.get_running_loop().time()
                content_type = answer.headers.get("content-type", "")
                return Answer(str(answer.url), answer.status_code, content_type, bytes(body), asked_s, at_s)
        except TimeoutError:
            return Silent(f"no whole answer within {TIMEOUT_S:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError) as error:
            return Silent(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


@asynccontextmanager
async def hls_client() -> AsyncIterator[HlsClient]:
    """A client that keeps its connections while this is entered; no proxy, no cookies of others."""
    limits = httpx.Limits(max_connections=CONNECTIONS_LIMIT)
    async with httpx.AsyncClient(
        follow_redirects=True,
        max_redirects=REDIRECTS_LIMIT,
        timeout=TIMEOUT_S,
        limits=limits,
        headers={"User-Agent": _AGENT},
        trust_env=False,
    ) as client:
        yield HlsClient(client)
