"""The dash's session: which channel it opens on."""

import json
from typing import Any

from playwright.async_api import Page, Route

from tests.browser.conftest import until

OPEN = """async (channelId) => {
    const { Session } = await import('/static/players/session.js');
    const opened = (session) => { globalThis.opened = session; };
    const on = { link() {}, opened, refused() { globalThis.lost = true; } };
    new Session('c', on, channelId).open();
}"""


async def opened(page: Page, site: str, channel_id: str | None) -> list[Any]:
    """The channels that were asked for until one was; only ``ch1`` is there, and is the default."""
    asked: list[Any] = []

    async def answer(route: Route) -> None:
        wanted = json.loads(route.request.post_data or "{}")["channel_id"]
        asked.append(wanted)
        if wanted not in (None, "ch1"):
            await route.fulfill(status=404, json={"code": "channel-unknown"})
            return
        await route.fulfill(
            status=201, json={"channel_id": "ch1", "session_id": "s", "urls": {"events": "/none"}}
        )

    await page.goto(f"{site}/dash")
    await page.route("**/v1/sessions", answer)
    await page.evaluate(OPEN, channel_id)
    await until(page, "Boolean(globalThis.opened)")
    assert not await page.evaluate("Boolean(globalThis.lost)")
    return asked


async def test_it_opens_on_the_channel_that_was_chosen(page: Page, site: str) -> None:
    assert await opened(page, site, "ch1") == ["ch1"]


async def test_a_channel_that_is_no_more_gives_way_to_the_default(page: Page, site: str) -> None:
    assert await opened(page, site, "ch9") == ["ch9", None]


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
