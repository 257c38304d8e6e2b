"""Long titles on the dash: shown whole, and never at the cost of what stands beside them."""

import time

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import until
from tests.browser.dash_stage import CARD, MOVING, PARKED, stage, tell

LONG = (
    "The Cathedral Builders of the Loire: A Thousand Years in Stone, Glass and Light",
    "Wintering with the Reindeer Herders of the Northern Plateau, Part Two",
    "L’extraordinaire voyage des marionnettes géantes à travers l’Europe entière",
    "A River and Its Bridges, from the Source in the Mountains to the Open Sea",
)
CUT = "(e) => e.scrollHeight > e.clientHeight + 2 || e.scrollWidth > e.clientWidth + 1"
BOX = "(e) => e.getBoundingClientRect().toJSON()"
BOXES = """() => Object.fromEntries(['stage', 'onair', 'controls'].map((name) =>
    [name, document.querySelector(`.${name}`).getBoundingClientRect().toJSON()]))"""


@pytest.mark.parametrize("width", [1280, 1920])
async def test_a_long_title_is_shown_whole_and_moves_nothing(browser: Browser, site: str, width: int) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 720})
    page = await context.new_page()
    now_ms = time.time_ns() // 1_000_000
    await stage(page, site, now_ms=now_ms)
    await tell(page, "state", PARKED)
    await until(page, "document.getElementById('now-title').textContent === 'The Endless Coast'")
    short = await page.evaluate(BOXES)
    assert await page.is_visible("#next-title")
    onair, following = [await page.eval_on_selector(one, BOX) for one in (".onair", ".next")]
    assert following["bottom"] <= onair["bottom"]

    page = await context.new_page()
    await stage(page, site, now_ms=now_ms, titles=LONG)
    await tell(page, "state", PARKED)
    await until(page, f"document.getElementById('now-title').textContent === {LONG[0]!r}")
    assert await page.evaluate(BOXES) == short
    for element in ("#now-title", "#upcoming-list li:first-child span"):
        assert not await page.eval_on_selector(element, CUT), element
    await page.click("#open-guide")
    await until(page, "document.querySelectorAll('.airing').length === 4")
    for row in await page.query_selector_all(".airing strong, .channel strong"):
        assert not await row.evaluate(CUT), await row.inner_text()
    await page.keyboard.press("Escape")

    await tell(page, "state", MOVING)
    await tell(page, "card", {"fill_id": "c", "beacon": "b", "card": CARD, "chosen_ms": now_ms})
    await until(
        page, "!document.getElementById('promotion').hidden && !document.getElementById('withheld').hidden"
    )
    assert not await page.eval_on_selector("#now-title", CUT)
    # What comes next gives way whole: no half of a line peeps out.
    onair, following = [await page.eval_on_selector(one, BOX) for one in (".onair", ".next")]
    assert following["left"] >= onair["right"] or following["bottom"] <= onair["bottom"]
    await context.close()
