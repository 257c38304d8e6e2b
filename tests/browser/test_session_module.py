"""The dash's session: which channel it opens on."""

import json
from typing import Any

import pytest
from playwright.async_api import Page, Route

from tests.browser.conftest import until

OPEN = """async (channelId) => {
    const { Session } = await import('/static/players/session.js');
    const opened = (session) => { globalThis.opened = session; };
    const elsewhere = () => { globalThis.told = (globalThis.told ?? 0) + 1; };
    const on = { link() {}, opened, elsewhere, refused() { globalThis.lost = true; } };
    new Session('c', on, channelId).open();
}"""


async def opened(page: Page, site: str, channel_id: str | None) -> list[Any]:
    """The channels that were asked for until one was: ``ch1`` is the default, ``ch2`` of another market."""
    asked: list[Any] = []

    async def answer(route: Route) -> None:
        wanted = json.loads(route.request.post_data or "{}")["channel_id"]
        asked.append(wanted)
        if wanted not in (None, "ch1", "ch2"):
            await route.fulfill(status=404, json={"code": "channel-unknown"})
            return
        session = {"channel_id": wanted or "ch1", "session_id": "s", "urls": {"events": "/none"}}
        await route.fulfill(status=201, json={**session, "offered": wanted != "ch2"})

    await page.goto(f"{site}/dash")
    await page.route("**/v1/sessions", answer)
    await page.evaluate(OPEN, channel_id)
    await until(page, "Boolean(globalThis.opened)")
    assert not await page.evaluate("Boolean(globalThis.lost)")
    return asked


async def test_it_opens_on_the_channel_that_was_chosen(page: Page, site: str) -> None:
    assert await opened(page, site, "ch1") == ["ch1"]


@pytest.mark.parametrize("channel_id", ["ch9", "ch2"])
async def test_a_channel_that_is_no_more_or_of_another_market_gives_way_to_the_first_that_is_offered(
    page: Page, site: str, channel_id: str
) -> None:
    assert await opened(page, site, channel_id) == [channel_id, None]
    assert await page.evaluate("[globalThis.opened.channel_id, globalThis.told]") == ["ch1", 1]


async def test_where_no_channel_is_offered_the_default_plays_all_the_same(page: Page, site: str) -> None:
    assert await opened(page, site, None) == [None]
    assert await page.evaluate("globalThis.told") is None


async def test_an_address_is_that_of_an_item_or_its_own(page: Page, site: str) -> None:
    await opened(page, site, None)
    found = await page.evaluate(
        """async () => {
            const { Session } = await import('/static/players/session.js');
            const session = new Session('c', {});
            session.current = { session_id: 's', grant: 'g:1' };
            return [
                session.itemUrl({ item_id: 'it/1' }, 'audio.m3u8'),
                session.itemUrl({ item_id: 'a', path: '/play/airing/a' }, 'video.m3u8'),
            ];
        }"""
    )
    assert found == ["/play/item/it%2F1/s/audio.m3u8?grant=g%3A1", "/play/airing/a/s/video.m3u8?grant=g%3A1"]


# An event source in the test's hands, and a session that listens to it.
SILENT = """async () => {
    globalThis.sources = [];
    globalThis.links = [];
    globalThis.states = [];
    globalThis.EventSource = class {
        static CLOSED = 2;
        readyState = 0;
        heard = {};
        constructor(url) { sources.push(this); }
        addEventListener(name, take) { this.heard[name] = take; }
        say(name, told) { this.heard[name]({data: JSON.stringify(told)}); }
        close() { this.readyState = 2; }
    };
    const { Session } = await import('/static/players/session.js');
    const on = { opened() {}, state: (told) => states.push(told), link: (up) => links.push(up) };
    new Session('c', on).open();
}"""


async def listening(page: Page, site: str) -> None:
    """A session is open, its stream too, and the page's clock stands still."""
    await page.clock.install()
    await page.goto(f"{site}/dash")
    urls = {"events": "/none", "report": "/report"}
    await page.route(
        "**/v1/sessions", lambda route: route.fulfill(status=201, json={"session_id": "s", "urls": urls})
    )
    await page.route("**/report", lambda route: route.fulfill(json={"state": None, "breaks": []}))
    await page.evaluate(SILENT)
    await until(page, "sources.length === 1")
    await page.evaluate("sources[0].onopen()")


@pytest.mark.parametrize(("permitted", "dead_ms"), [(True, 5_000), (False, 25_000)])
async def test_a_stream_that_died_in_a_tunnel_is_opened_anew(
    page: Page, site: str, permitted: bool, dead_ms: int
) -> None:
    """Its connection is gone, and nobody says so."""
    await listening(page, site)
    await page.evaluate("(permitted) => sources[0].say('state', {video: {permitted}})", permitted)
    await page.clock.run_for(dead_ms - 1_000)
    assert await page.evaluate("[sources.length, links.at(-1)]") == [1, True]
    await page.clock.run_for(2_000)
    assert await page.evaluate("[sources[0].readyState, links.at(-1)]") == [2, False]
    await page.clock.run_for(2_000)
    await until(page, "sources.length === 2")
    await page.evaluate("sources[1].onopen()")
    assert await page.evaluate("links.at(-1)")


async def test_a_quiet_stream_that_is_alive_is_left_alone(page: Page, site: str) -> None:
    await listening(page, site)
    await page.evaluate("sources[0].say('state', {video: {permitted: false}})")
    for _ in range(6):
        await page.clock.run_for(10_000)
        await page.evaluate("sources[0].say('ping', {})")
    assert await page.evaluate("[sources.length, links.at(-1)]") == [1, True]


async def test_a_stream_that_never_opens_is_given_up(page: Page, site: str) -> None:
    """In a tunnel a connection may be begun and never come about."""
    await listening(page, site)
    await page.evaluate("sources[0].onerror()")
    for count in (2, 3):
        await page.clock.run_for(20_000)
        await until(page, f"sources.length >= {count}")
