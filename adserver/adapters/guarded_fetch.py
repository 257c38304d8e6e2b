"""Fetching what strangers point to, without being made to look into our own network.

A name is resolved once, all its addresses are checked, and the connection goes to one of them: a name that
answers otherwise the second time changes nothing. Redirects are followed by hand, each checked anew.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

from adserver.vast.ports import URL_LIMIT, Unfetched

Address = IPv4Address | IPv6Address
REDIRECTS_LIMIT = 3
TIMEOUT_S = 5.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_AGENT = "Roadcast"
_TRANSLATED = IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): an IPv4 address is within."""


def is_public(address: Address) -> bool:
    """Whether it is somewhere on the public Internet, and one machine's."""
    if isinstance(address, IPv6Address):
        if address in _TRANSLATED:
            return is_public(IPv4Address(address.packed[-4:]))
        within = address.sixtofour or (address.teredo or (None, None))[1]
        if within is not None and not is_public(within):
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def public_or_in(networks: Sequence[IPv4Network | IPv6Network]) -> Callable[[Address], bool]:
    """Whether it is public, or in a network that the operator has named."""
    return lambda address: is_public(address) or any(address in one for one in networks)


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]).partition("%")[0] for *_, address in found]


@dataclass(frozen=True, slots=True)
class GuardedFetch:
    """Implements :class:`adserver.vast.ports.Fetch`.

    Args:
        resolve: finds the addresses of a name.
        public: whether one may be spoken to.
        timeout_s: for all of it, redirects included.
    """

    resolve: Callable[[str, int], Awaitable[Sequence[str]]] = resolve
    public: Callable[[Address], bool] = is_public
    timeout_s: float = TIMEOUT_S

    async def __call__(self, url: str, limit_bytes: int) -> bytes | Unfetched:
        """See the port."""
        try:
            async with asyncio.timeout(self.timeout_s), self._client() as client:
                return await self._follow(client, url, limit_bytes)
        except TimeoutError:
            return Unfetched("too-slow", f"not within {self.timeout_s:.0f} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as failed:
            return Unfetched("no-answer", type(failed).__name__)

    def _client(self) -> httpx.AsyncClient:
        # No proxies of the environment, no cookies, nothing compressed: a few bytes could become many.
        headers = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}
        return httpx.AsyncClient(
            headers=headers, trust_env=False, follow_redirects=False, timeout=self.timeout_s
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
        if target.scheme not in {"http", "https"} or not target.host or target.userinfo:
            return Unfetched("address-refused", "no plain http or https address")
        port = target.port or (443 if target.scheme == "https" else 80)
        addresses = [ip_address(one) for one in await self.resolve(target.host, port)]
        if not addresses or not all(self.public(one) for one in addresses):
            return Unfetched("address-refused", "not on the public Internet")
        return client.build_request(
            "GET",
            target.copy_with(host=str(addresses[0])),
            headers={"Host": target.netloc.decode("ascii")},
            extensions={"sni_hostname": target.raw_host.decode("ascii")},
        )


async def _body(answer: httpx.Response, limit_bytes: int) -> bytes | Unfetched:
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
