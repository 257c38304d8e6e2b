"""What strangers point to is fetched from the public Internet only, however they say it."""

import asyncio
import ssl
import threading
from contextlib import asynccontextmanager
from ipaddress import ip_address, ip_network

import pytest

from adserver.adapters.guarded_fetch import (
    LOOKUPS_AT_ONCE,
    GuardedFetch,
    Lookups,
    addresses,
    is_public,
    public_or_in,
    trusted,
)
from adserver.vast.ports import Unfetched

LIMIT = 1000


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1",
        "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1",
        "2002:c0a8:101::1", "168.63.129.16", "64:ff9b::a83f:8110", "2002:a83f:8110::1", "192.0.0.8",
        "192.0.0.10", "192.0.0.192", "100.100.100.200", "192.88.99.1", "fec0::1", "feff::1", "3fff::1",
        "5f00::1",
    ],
)  # fmt: skip
def test_what_is_not_on_the_public_internet(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808"])
def test_what_is(address):
    assert is_public(ip_address(address))


class Names:
    """A resolver that answers as it is told, one answer after the other, and counts."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), []

    async def __call__(self, host):
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@asynccontextmanager
async def server(*answers: bytes):
    """A real server on 127.0.0.1 that gives one answer after the other; its port, and the heads it saw."""
    heads, waiting = [], list(answers)

    async def serve(reader, writer):
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(waiting.pop(0))
        await writer.drain()
        writer.close()

    found = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with found:
        yield found.sockets[0].getsockname()[1], heads


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers])
    return f"{head}\r\n\r\n".encode() + body


def redirect(to: str) -> bytes:
    return answer(b"", "302 Found", f"Location: {to}")


def open_to(*names: list[str]) -> GuardedFetch:
    """May speak to 127.0.0.1, as a stand-in for everybody."""
    return GuardedFetch(Names(*names), public=lambda address: str(address) == "127.0.0.1")


async def test_a_body_comes_from_the_address_that_was_checked():
    async with server(answer(b"<VAST/>")) as (port, heads):
        names = Names(["127.0.0.1"], ["10.0.0.1"])
        fetch = GuardedFetch(names, public=lambda address: str(address) == "127.0.0.1")
        assert await fetch(f"http://ads.example:{port}/tag?x=1", LIMIT) == b"<VAST/>"
    assert names.asked == ["ads.example"]  # once: another answer changes nothing
    assert heads[0].startswith("GET /tag?x=1 HTTP/1.1\r\n")
    assert f"host: ads.example:{port}" in heads[0].lower()
    assert "accept-encoding: identity" in heads[0].lower()
    assert "cookie" not in heads[0].lower()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://2130706433/", "http://0x7f.1/",
        "http://0177.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[::ffff:127.0.0.1]/",
        "http://user@8.8.8.8/", "ftp://8.8.8.8/", "file:///etc/passwd", "gopher://8.8.8.8/", "http:///",
        "//8.8.8.8/", "", "no address", "http://a b/", "http://8.8.8.8/" + "a" * 4096,
    ],
)  # fmt: skip
async def test_our_own_network_is_never_spoken_to_by_the_real_resolver(url):
    found = await GuardedFetch()(url, LIMIT)
    assert isinstance(found, Unfetched)
    assert found.code == "address-refused"


@pytest.mark.parametrize("found", [["10.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["8.8.8.8", "::1"], []])
async def test_a_name_none_of_whose_addresses_may_be_ours(found):
    refused = await GuardedFetch(Names(found))("https://ads.example/", LIMIT)
    assert refused == Unfetched("address-refused", "not on the public Internet")


async def test_redirects_are_followed_and_each_is_checked():
    async with server(redirect("/b"), answer(b"there")) as (port, heads):
        assert await open_to(["127.0.0.1"])(f"http://ads.example:{port}/a", LIMIT) == b"there"
        assert [head.split()[1] for head in heads] == ["/a", "/b"]
    for to in ("http://inside.example/", "http://10.0.0.1/", "file:///etc/passwd", "//user@x/"):
        async with server(redirect(to)) as (port, heads):
            fetch = open_to(["127.0.0.1"], ["10.0.0.1"])
            refused = await fetch(f"http://ads.example:{port}/a", LIMIT)
            assert refused.code == "address-refused"
            assert len(heads) == 1


async def test_redirects_end():
    async with server(*[redirect("/again")] * 5) as (port, heads):
        refused = await open_to(["127.0.0.1"])(f"http://ads.example:{port}/", LIMIT)
        assert (refused.code, len(heads)) == ("too-many-redirects", 4)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (answer(b"a" * (LIMIT + 1)), "too-large"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"a" * (LIMIT + 1), "too-large"),
        (answer(b"\x1f\x8b", "200 OK", "Content-Encoding: gzip"), "no-answer"),
        (answer(b"no", "500 Oops"), "no-answer"),
        (answer(b"no", "403 Forbidden"), "no-answer"),
        (answer(b"no", "404 Not Found"), "not-found"),
        (answer(b"no", "410 Gone"), "not-found"),
        (b"nothing of HTTP", "no-answer"),
    ],
)
async def test_what_is_not_taken(body, code):
    async with server(body) as (port, _):
        found = await open_to(["127.0.0.1"])(f"http://ads.example:{port}/", LIMIT)
    assert found.code == code
    assert found.final == (code != "no-answer")  # whoever may answer another time is asked again


async def test_who_never_answers_is_left():
    async def silent(host):
        await asyncio.Event().wait()

    assert (await GuardedFetch(silent, timeout_s=0.05)("http://ads.example/", LIMIT)).code == "too-slow"


async def test_nothing_goes_by_a_proxy_of_the_environment(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with server(answer(b"straight")) as (port, _):
        assert await open_to(["127.0.0.1"])(f"http://ads.example:{port}/", LIMIT) == b"straight"


def test_the_systems_resolver_tells_addresses():
    assert {ip_address(one).is_loopback for one in addresses("localhost")} == {True}


@pytest.mark.parametrize(
    "url",
    [
        "http://ads.example:65536/", "http://ads.example:99999/", "http://ads.example:0/", "http://[ads/",
        "http://ads.example:-1/", "http://ads.example:x/", "http://%00/",
    ],
)  # fmt: skip
async def test_an_address_that_is_none_ends_that_fetch_alone(url):
    names = Names(["127.0.0.1"])
    refused = await GuardedFetch(names, public=lambda _: True)(url, LIMIT)
    assert isinstance(refused, Unfetched)
    assert (refused.code, refused.final) == ("address-refused", True)
    assert names.asked == []


@pytest.mark.parametrize("error", [OverflowError(), RuntimeError(), ExceptionGroup("", [OverflowError()])])
async def test_whatever_goes_wrong_ends_that_fetch_alone(error):
    async def broken(host):
        raise error

    found = await GuardedFetch(broken)("http://ads.example/", LIMIT)
    assert found == Unfetched("no-answer", type(error).__name__)
    assert not found.final


class Stuck:
    """A name server that does not answer before it is let go."""

    def __init__(self) -> None:
        self.free, self.asked = threading.Event(), []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.free.set()

    def __call__(self, host):
        self.asked.append(host)
        self.free.wait(60)
        return ["10.0.0.1"]


async def test_name_servers_that_never_answer_keep_no_other_work_waiting(monkeypatch):
    with Stuck() as stuck:
        monkeypatch.setattr("socket.getaddrinfo", lambda host, *_, **__: stuck(host) and [])
        fetch = GuardedFetch(timeout_s=0.05)
        many = (fetch(f"http://{n}.example/", LIMIT) for n in range(40))  # more threads than asyncio has
        assert {one.code for one in await asyncio.gather(*many)} == {"too-slow"}
        async with asyncio.timeout(30):
            assert await asyncio.to_thread(lambda: "done") == "done"
        assert len(stuck.asked) <= LOOKUPS_AT_ONCE


async def test_all_who_ask_for_a_name_wait_for_one_lookup_of_it():
    with Stuck() as stuck:
        lookups = Lookups(stuck, at_once=1, limit=2)
        third, first, second = (asyncio.create_task(lookups(host)) for host in ("b", "a", "a"))
        await asyncio.sleep(0)
        with pytest.raises(OSError, match="too many"):
            await lookups("c")
        first.cancel()  # whoever gives up ends it for nobody, though it waits for its thread
        with pytest.raises(asyncio.CancelledError):
            await first
        await asyncio.sleep(0)
        stuck.free.set()
        assert await asyncio.gather(second, third) == [["10.0.0.1"], ["10.0.0.1"]]
        assert sorted(stuck.asked) == ["a", "b"]
    assert await lookups("a") == ["10.0.0.1"]
    assert stuck.asked.count("a") == 2  # nothing is kept for longer


async def test_whom_to_trust_is_read_once_for_all(monkeypatch):
    made = []
    made_before = ssl.SSLContext.load_verify_locations
    monkeypatch.setattr(
        ssl.SSLContext,
        "load_verify_locations",
        lambda self, *args, **named: made.append(self) or made_before(self, *args, **named),
    )
    async with server(*[answer(b"there")] * 3) as (port, _):
        for _ in range(3):
            assert await open_to(["127.0.0.1"])(f"http://ads.example:{port}/", LIMIT) == b"there"
    assert len(made) <= 1
    assert (trusted().verify_mode, trusted().check_hostname) == (ssl.CERT_REQUIRED, True)


async def test_a_network_that_the_operator_names_is_asked_and_no_other():
    async with server(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok") as (port, heads):
        named = GuardedFetch(public=public_or_in([ip_network("127.0.0.0/8")]))
        assert await named(f"http://127.0.0.1:{port}/tag", LIMIT) == b"ok"
        other = GuardedFetch(public=public_or_in([ip_network("10.0.0.0/8"), ip_network("fd12::/32")]))
        for fetch in (other, GuardedFetch(public=public_or_in([]))):
            refused = await fetch(f"http://127.0.0.1:{port}/tag", LIMIT)
            assert isinstance(refused, Unfetched)
            assert refused.code == "address-refused"
        assert len(heads) == 1


def test_naming_a_network_takes_nothing_from_the_public_internet():
    allowed = public_or_in([ip_network("10.20.0.0/16")])
    assert [allowed(ip_address(one)) for one in ("8.8.8.8", "10.20.3.4", "10.21.3.4", "::1")] == [
        True, True, False, False,
    ]  # fmt: skip
