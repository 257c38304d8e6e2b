"""The ignition goes off and on: the page is closed and opened again; between, the vehicle says nothing."""

import re
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Request, async_playwright, expect

from content.library.partner_item import ItemKind
from media.house_format import position_at
from tests.browser.conftest import CHROMIUM, FLAGS, Seen, until
from tests.players.house import PARKED
from tests.players.product import Product

FEED, SCREEN = "leaving-feed", "leaving-two-element"
PATIENCE_MS = 90_000
LEFT_S = 5.3
"""Of an item of 13 s: whoever heard less than 5 s begins anew, and the second half is its end."""
HALF_S = 6.72
LIVE_POSITIONS = 12
"""What a playlist lists, and some for a machine that takes its time."""
MODE = "document.querySelector('.screen').dataset.mode"
PICTURE = "document.querySelector('.screen').dataset.picture === 'on'"
AUDIO = "document.getElementById('audio')"
# Where the sound began to play, each time that it did.
WATCH = """
globalThis.began = [];
const note = ({target}) => target.id === 'audio' && began.push(target.currentTime);
document.addEventListener('playing', note, true);
"""

pytestmark = pytest.mark.timeout(300)


class Screen:
    """The head unit's browser, which keeps what pages store; one page at a time."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context, self.url = context, url
        self.seen = Seen()
        self.plays: list[dict[str, Any]] = []
        self.positions: list[int] = []
        self.page: Page

    async def switch_on(self, fragment: str = "") -> Page:
        self.plays.clear()
        self.positions.clear()
        self.page = self.seen.watch(await self.context.new_page())
        self.page.on("response", self._note_play)
        self.page.on("request", self._note_segment)
        await self.page.add_init_script(WATCH)
        await self.page.goto(f"{self.url}/dash{fragment}")
        return self.page

    async def switch_off(self) -> None:
        await self.page.close(run_before_unload=False)

    async def _note_play(self, answer: Any) -> None:
        if "/play.json" in answer.url:
            self.plays.append(await answer.json())

    def _note_segment(self, request: Request) -> None:
        if found := re.search(r"/a128/\d+/(\d+)", request.url):
            self.positions.append(int(found[1]))


@pytest.fixture
async def screen(product: Product) -> AsyncIterator[Screen]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")
        yield Screen(context, product.url)
        await browser.close()


def playlist_s(play: dict[str, Any], content_s: float) -> float:
    """Where the item's ``content_s`` lies in its playlist, behind the ads that stand before it."""
    ads_ms = sum(one["ends_at_ms"] - one["starts_at_ms"] for one in play["breaks"])
    return content_s + ads_ms / 1000


async def test_an_item_goes_on_where_it_was_and_the_channel_where_it_is(
    product: Product, screen: Screen
) -> None:
    item_id = product.stock.items[ItemKind.VIDEO]
    with product.driving(FEED, PARKED):
        page = await screen.switch_on(f"#code={SCREEN}")
        await until(page, PICTURE, PATIENCE_MS)
        await page.click("#open-items")
        await page.click(f'.tile[data-item="{item_id}"]')
        await until(page, f"{MODE} === 'item' && {PICTURE} && {AUDIO}.currentTime > 0", PATIENCE_MS)
        title = screen.plays[-1]["title"]
        await page.evaluate(f"{AUDIO}.currentTime = {playlist_s(screen.plays[-1], LEFT_S)}")
        await until(page, f"!{AUDIO}.seeking")
        await screen.switch_off()

    # Nobody has told anything of the vehicle yet: the sound goes on by itself, from where it was.
    page = await screen.switch_on()
    await until(page, f"{MODE} === 'item' && began.length > 0", PATIENCE_MS)
    play = screen.plays[-1]
    assert LEFT_S - 0.3 <= play["resume_ms"] / 1000 <= HALF_S
    assert await page.evaluate("began[0]") == pytest.approx(play["begin_ms"] / 1000, abs=0.3)

    with product.driving(FEED, PARKED):
        await expect(page.locator("#now-title")).to_have_text(title)
        await page.click("#live")
        await until(page, f"{MODE} === 'channel' && {PICTURE} && !{AUDIO}.paused", PATIENCE_MS)
        await screen.switch_off()
        on_air = _on_air()
        page = await screen.switch_on()
        await until(page, f"{MODE} === 'channel' && {PICTURE} && began.length > 0", PATIENCE_MS)
    # What is asked for first lies near to what was on air then.
    assert on_air - LIVE_POSITIONS <= screen.positions[0] <= _on_air()
    assert screen.plays == []


def _on_air() -> int:
    return position_at(time.time_ns() // 1_000_000)
