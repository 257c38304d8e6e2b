"""Fetching what strangers point to, without being made to look into our own network.

A name is resolved once, all its addresses are checked, and the connection goes to one of them: a name that
answers otherwise the second time changes nothing. Redirects are followed by hand, each checked anew. Whatever
a stranger's address or server makes of it ends that fetch alone.
"""

import asyncio
import logging
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from adserver.vast.ports import URL_LIMIT, Unfetched

Address = IPv4Address | IPv6Address
REDIRECTS_LIMIT = 3
TIMEOUT_S = 5.0
LOOKUPS_AT_ONCE, LOOKUPS_LIMIT = 16, 128
"""Of names: so many are being looked up, and so many may be with those that wait."""
PORTS = range(1, 65_536)
_HOST = re.compile(rb"[A-Za-z0-9._:-]{1,255}")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_AGENT = "Roadcast"
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): an IPv4 address is within."""
_OURS = tuple(
    ip_network(one)
    for one in (
        "168.63.129.16/32",  # what runs the machines of Azure, seen from each of them
        "169.254.0.0/16",  # what machines in clouds are told of themselves, keys included
        "fd00:ec2::/32",  # the same by IPv6
        "192.0.0.0/24",  # of protocols; Oracle's clouds tell machines of themselves there
        "192.88.99.0/24",  # relays of 6to4, which nobody runs any more
        "fec0::/10",  # site-local
        "3fff::/20",  # for documentation
        "5f00::/16",  # segments of a network's own routes
    )
)
"""Never anybody's on the Internet, though not every release of Python knows it."""
_GONE = frozenset({404, 410})

_log = logging.getLogger(__name__)


def is_public(address: Address) -> bool:
    """Whether it is somewhere on the public Internet, and one machine's."""
    if isinstance(address, IPv6Address):
        if address in _TRANSLATED:
            return is_public(IPv4Address(address.packed[-4:]))
        within = address.sixtofour or (address.teredo or (None, None))[1]
        if within is not None and not is_public(within):
            return False
    if any(address in one for one in _OURS):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def public_or_in(networks: Sequence[IPv4Network | IPv6Network]) -> Callable[[Address], bool]:
    """Whether it is public, or in a network that the operator has named."""
    return lambda address: is_public(address) or any(address in one for one in networks)


def addresses(host: str) -> list[str]:
    """All addresses of a name, by the system's resolver."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(address[0]).partition("%")[0] for *_, address in found]


class Lookups:
    """Finds addresses of names in a few threads of its own.

    A lookup cannot be stopped: a name server that never answers keeps a thread for as long as the system's
    resolver waits, whoever gave up meanwhile. So nothing else is done in these threads, and all who ask for
    a name wait for one lookup of it: names of one dead server keep one thread each.

    Args:
        find: the addresses of a name; may take its time.
        at_once: threads.
        limit: names that are being looked up or wait for that.
    """

    def __init__(
        self,
        find: Callable[[str], Sequence[str]] = addresses,
        at_once: int = LOOKUPS_AT_ONCE,
        limit: int = LOOKUPS_LIMIT,
    ) -> None:
        self._find, self._limit = find, limit
        self._threads = ThreadPoolExecutor(at_once, "lookup")
        self._asked: dict[str, Future[Sequence[str]]] = {}

    async def __call__(self, host: str) -> Sequence[str]:
        """The addresses.

        Raises:
            OSError: there are none, or too many names wait.
        """
        asked = self._asked.get(host)
        if asked is None:
            if len(self._asked) >= self._limit:
                raise OSError("too many names are being looked up")
            asked = self._asked[host] = self._threads.submit(self._find, host)
            asked.add_done_callback(lambda _: self._asked.pop(host, None))
        # Others may wait for the same one: who gives up does not end it.
        return await asyncio.shield(asyncio.wrap_future(asked))


@cache
def trusted() -> ssl.SSLContext:
    """Whom to trust, by httpx's own list: read once, which takes longer than most answers do."""
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class GuardedFetch:
    """Implements :class:`adserver.vast.ports.Fetch`.

    Args:
        resolve: finds the addresses of a name; each has threads of its own.
        public: whether one may be spoken to.
        timeout_s: for all of it, redirects included.
    """

    resolve: Callable[[str], Awaitable[Sequence[str]]] = field(default_factory=Lookups)
    public: Callable[[Address], bool] = is_public
    timeout_s: float = TIMEOUT_S

    async def __call__(self, url: str, limit_bytes: int) -> bytes | Unfetched:
        """See the port."""
        try:
            async with asyncio.timeout(self.timeout_s), self._client() as client:
                return await self._follow(client, url, limit_bytes)
        except TimeoutError:
            return Unfetched("too-slow", f"not within {self.timeout_s:.0f} s")
        except (httpx.InvalidURL, ValueError):
            return Unfetched("address-refused", "no address")
        except (httpx.HTTPError, OSError) as failed:
            return Unfetched("no-answer", type(failed).__name__)
        except Exception as failed:
            _log.warning("an address failed in a way that is not expected: %s", type(failed).__name__)
            return Unfetched("no-answer", type(failed).__name__)

    def _client(self) -> httpx.AsyncClient:
        # No proxies of the environment, no cookies, nothing compressed: a few bytes could become many.
        headers = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}
        return httpx.AsyncClient(
            headers=headers, verify=trusted(), trust_env=False, follow_redirects=False, timeout=self.timeout_s
        )

    async def _follow(self, client: httpx.AsyncClient, url: str, limit_bytes: int) -> bytes | Unfetched:
        for _ in range(REDIRECTS_LIMIT + 1):
            if len(url) > URL_LIMIT:
                return Unfetched("address-refused", "an address that is too long")
            target = httpx.URL(url)
            request = await self._request(client, target)
            if isinstance(request, Unfetched):
                return request
            answer = await client.send(request, stream=True)
            try:
                if answer.status_code not in _REDIRECTS:
                    return await _body(answer, limit_bytes)
                url = str(target.join(answer.headers.get("location", "")))
            finally:
                await answer.aclose()
        return Unfetched("too-many-redirects", f"more than {REDIRECTS_LIMIT}")

    async def _request(self, client: httpx.AsyncClient, target: httpx.URL) -> httpx.Request | Unfetched:
        """A request that goes to a checked address of ``target``'s host, and nowhere else."""
        if target.scheme not in {"http", "https"} or target.userinfo or not _HOST.fullmatch(target.raw_host):
            return Unfetched("address-refused", "no plain http or https address")
        if target.port is not None and target.port not in PORTS:
            return Unfetched("address-refused", "no port that there is")
        found = [ip_address(one) for one in await self.resolve(target.host)]
        if not found or not all(self.public(one) for one in found):
            return Unfetched("address-refused", "not on the public Internet")
        return client.build_request(
            "GET",
            target.copy_with(host=str(found[0])),
            headers={"Host": target.netloc.decode("ascii")},
            extensions={"sni_hostname": target.raw_host.decode("ascii")},
        )


async def _body(answer: httpx.Response, limit_bytes: int) -> bytes | Unfetched:
    if answer.status_code in _GONE:
        return Unfetched("not-found", f"status {answer.status_code}")
    if not answer.is_success:
        return Unfetched("no-answer", f"status {answer.status_code}")
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        return Unfetched("no-answer", "compressed, though nobody asked for that")
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > limit_bytes:
            return Unfetched("too-large", f"more than {limit_bytes} bytes")
    return bytes(body)
