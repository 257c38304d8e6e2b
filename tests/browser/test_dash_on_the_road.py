"""The dash while the car moves: nothing moves on it, little is to be read, and all that is left is large."""

import time
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.browser.conftest import until
from tests.browser.dash_stage import CARD, MOVING, PARKED, spot, stage, tell

SIZES = [(1280, 720), (1920, 720)]

# Everything on the screen that is written, and where; and what would move by itself.
SEEN = """() => [...document.querySelectorAll('.screen *')]
    .filter((e) => e.getClientRects().length && !e.closest('.visually-hidden'))
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((e) => [e.textContent.trim(), ...Object.values(e.getBoundingClientRect().toJSON())])"""
MOVES = """() => [...document.querySelectorAll('*')]
    .filter((e) => ['', '::before', '::after'].map((part) => getComputedStyle(e, part)).some((s) =>
        s.animationName !== 'none' || s.transitionDuration.split(', ').some((t) => t !== '0s')))
    .map((e) => e.id || e.className || e.tagName)"""
SCROLLS = """() => [...document.querySelectorAll('.screen, .screen *')]
    .filter((e) => e.getClientRects().length && /auto|scroll/.test(getComputedStyle(e).overflowY)
        && e.scrollHeight > e.clientHeight).map((e) => e.id || e.className)"""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def on_the_road(page: Page, site: str, **how: Any) -> None:
    """It was parked with a card and has just driven off."""
    await stage(page, site, now_ms=now_ms(), **how)
    await tell(page, "state", PARKED)
    await tell(page, "card", {"fill_id": "c", "beacon": "b", "card": CARD, "chosen_ms": now_ms()})
    await until(
        page, "!document.getElementById('promotion').hidden && !document.getElementById('upcoming').hidden"
    )
    await tell(page, "state", MOVING)
    await until(page, "!document.getElementById('withheld').hidden")


async def test_nothing_is_animated(page: Page, site: str) -> None:
    await on_the_road(page, site)
    animations = "document.getAnimations().length"
    assert await page.evaluate(MOVES) == []
    assert await page.evaluate(animations) == 0
    await page.click("#open-items")
    await page.keyboard.press("ArrowRight")
    assert await page.evaluate(MOVES) == []
    assert await page.evaluate(animations) == 0
    assert (
        await page.evaluate("document.querySelectorAll('marquee, video[autoplay], [autofocus]').length") == 0
    )


async def test_parked_it_may_be(page: Page, site: str) -> None:
    """Or the test above would look in the wrong place."""
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    assert "video" in await page.evaluate(MOVES)


@pytest.mark.parametrize("ad", [False, True])
async def test_nothing_creeps_counts_or_scrolls(page: Page, site: str, ad: bool) -> None:
    """For two seconds not a letter changes nor leaves its place; that seconds pass shows nowhere."""
    await on_the_road(page, site)
    if ad:
        await tell(page, "break", spot(now_ms()))
        await until(page, "!document.getElementById('ad-mark').hidden")
    await page.wait_for_timeout(400)
    before = await page.evaluate(SEEN)
    for _ in range(8):
        await page.wait_for_timeout(250)
        assert [row[1:] for row in await page.evaluate(SEEN)] == [row[1:] for row in before]
    clock = await page.inner_text("#clock")
    after = await page.evaluate(SEEN)
    assert [
        row
        for row in after
        if row not in before and row[0] not in (clock, await page.inner_text("#now-left"))
    ] == []
    assert await page.evaluate(SCROLLS) == []
    assert not await page.is_visible("#now-progress")


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
async def test_little_is_to_be_read(browser: Browser, site: str, locale: str) -> None:
    """Beside the promotion's own words no more than is taken in at two glances."""
    context = await browser.new_context(viewport={"width": 1280, "height": 720}, locale=locale)
    page = await context.new_page()
    await on_the_road(page, site)
    words = [word for row in await page.evaluate(SEEN) for word in row[0].split()]
    promotion = (await page.inner_text("#promotion")).split()
    assert len(words) - len(promotion) <= 24, words
    for hidden in ("#card-body", "#upcoming", "#open-guide", "#picture", "#full"):
        assert not await page.is_visible(hidden)
    await context.close()


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
async def test_what_is_left_is_larger(
    browser: Browser, site: str, width: int, height: int, locale: str
) -> None:
    context = await browser.new_context(viewport={"width": width, "height": height}, locale=locale)
    page = await context.new_page()
    await on_the_road(page, site)
    boxes = """() => [...document.querySelectorAll('.controls button')]
        .filter((b) => b.getClientRects().length).map((b) => {
        const text = document.createRange();
        text.selectNodeContents(b);
        const [box, inner] = [b, text].map((one) => one.getBoundingClientRect());
        return [box.width, box.height, box.right, inner.left >= box.left && inner.right <= box.right];
    })"""
    found = await page.evaluate(boxes)
    assert len(found) == 4
    for wide, high, right, whole in found:
        assert wide >= 96
        assert high >= 80
        assert right <= width
        assert whole
    await context.close()
