"""The dash by day and by night: whose word counts, that nothing else changes, and that all can be read."""

import time
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser.conftest import until
from tests.browser.dash_stage import CARD, MOVING, PARKED, spot, stage, tell

LIGHT = "document.body.hasAttribute('data-light')"
WIDTHS = [1280, 1920]

# Contrast (WCAG 2.2, 1.4.3) of each visible text with what is behind it, where that is a colour.
FAINT = """(least) => {
    const rgba = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = (rgb) => rgb.map((c) => c / 255)
        .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
    // The panel is beside what is written on it, not around it.
    const shown = document.querySelector('.screen').dataset.picture === 'on';
    const panel = !shown && document.querySelector('.artwork');
    const behind = (e) => {
        if (panel && e.closest('.stage') && !e.closest('.ad-label')) e = panel;
        for (let at = e; at; at = at.parentElement) {
            const [r, g, b, a = 1] = rgba(getComputedStyle(at).backgroundColor);
            if (a > 0.5) return [r, g, b];
        }
    };
    return [...document.querySelectorAll('.screen *')]
        .filter((e) => e.getClientRects().length && !e.closest('.visually-hidden, :disabled'))
        .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
        .map((e) => {
            const [a, b] = [rgba(getComputedStyle(e).color).slice(0, 3), behind(e)].map(light);
            return [e.textContent.trim(), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
        })
        .filter(([, ratio]) => ratio < least);
}"""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def with_scheme(browser: Browser, scheme: Any, width: int = 1280) -> BrowserContext:
    return await browser.new_context(viewport={"width": width, "height": 720}, color_scheme=scheme)


async def test_it_is_as_the_browser_is_while_the_car_says_nothing(browser: Browser, site: str) -> None:
    context = await with_scheme(browser, "light")
    page = await context.new_page()
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    assert await page.evaluate(LIGHT)
    await page.emulate_media(color_scheme="dark")
    await until(page, f"!{LIGHT}")
    await context.close()


async def test_the_cars_word_counts_and_is_remembered(browser: Browser, site: str) -> None:
    """Also over the next start: a screen that is switched on at night is not bright for a moment."""
    context = await with_scheme(browser, "light")
    page = await context.new_page()
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", {**PARKED, "day_night": "night"})
    assert not await page.evaluate(LIGHT)
    await page.emulate_media(color_scheme="light")
    await page.reload()
    await until(page, "Boolean(globalThis.car)")
    assert not await page.evaluate(LIGHT)
    await tell(page, "state", {**PARKED, "day_night": "day"})
    assert await page.evaluate(LIGHT)
    await context.close()


async def test_a_day_night_switch_does_not_stop_playback(page: Page, site: str) -> None:
    """Nor does it move anything, open or close."""
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", {**PARKED, "day_night": "night"})
    await page.click("#open-guide")
    await until(page, "document.activeElement.matches('.airing[aria-current]')")
    layout = """() => [...document.querySelectorAll('.screen > *, .control, .airing')]
        .map((e) => [e.id || e.className, e.hidden, JSON.stringify(e.getBoundingClientRect())])"""
    played = "[sound.loads, sound.wanted, picture.starts, picture.active, sound.url]"
    await tell(page, "state", {**PARKED, "day_night": "night"})
    before = await page.evaluate(played)
    boxes = await page.evaluate(layout)
    for told in ("day", "night", "day"):
        await tell(page, "state", {**PARKED, "day_night": told})
        assert await page.evaluate(LIGHT) == (told == "day")
    assert await page.evaluate(layout) == boxes
    assert await page.evaluate(played) == before == [1, True, 1, True, ""]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_everything_can_be_read(browser: Browser, site: str, scheme: str, width: int) -> None:
    context = await with_scheme(browser, scheme, width)
    page = await context.new_page()
    await stage(page, site, now_ms=now_ms())
    await tell(page, "card", {"fill_id": "c", "beacon": "b", "card": CARD, "chosen_ms": now_ms()})
    for state in (MOVING, PARKED):
        await tell(page, "state", state)
        await until(page, "document.querySelector('#promotion').hidden === false")
        assert await page.evaluate(FAINT, 4.5) == []
    await page.click("#open-items")
    await until(page, "document.querySelector('.tile') !== null")
    assert await page.evaluate(FAINT, 4.5) == []
    await page.click("#open-guide")
    await until(page, "document.querySelector('.airing[aria-current]') !== null")
    assert await page.evaluate(FAINT, 4.5) == []
    await page.click(".airing[aria-current]")
    assert await page.evaluate(FAINT, 4.5) == []
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await tell(page, "state", MOVING)
    await tell(page, "link", False)
    await tell(page, "break", spot(now_ms()))
    await until(
        page,
        "!document.getElementById('ad-mark').hidden"
        " && document.getElementById('link').dataset.link !== 'online'",
    )
    assert await page.evaluate(FAINT, 4.5) == []
    await context.close()
