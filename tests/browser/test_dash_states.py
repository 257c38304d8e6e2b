"""What the dash shows in each state, with its session and its players held by the test."""

import time

import pytest
from playwright.async_api import Browser, Page

from tests.browser.conftest import until
from tests.browser.dash_stage import CARD, MOVING, PARKED, spot, stage, tell

WORD = {"en-GB": "Advertisement", "fr-FR": "Publicité"}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
async def test_an_advertisement_on_the_road_shows_its_own_picture_and_whose_it_is(
    browser: Browser, site: str, locale: str
) -> None:
    page = await (await browser.new_context(locale=locale)).new_page()
    await stage(page, site, now_ms=now_ms(), in_break=True)
    await tell(page, "state", MOVING)
    await tell(page, "break", spot(now_ms()))
    await until(page, f"document.getElementById('poster').dataset.url === {CARD['image_url']!r}")
    for element in ("#ad-mark", "#now-title"):
        said = await page.inner_text(element)
        assert WORD[locale] in said
        assert CARD["advertiser"] in said


async def test_without_a_picture_of_its_own_no_other_stands_for_it(page: Page, site: str) -> None:
    await stage(page, site, now_ms=now_ms(), in_break=True)
    await tell(page, "state", MOVING)
    await tell(page, "break", spot(now_ms(), {**CARD, "image_url": ""}))
    await until(page, "!document.getElementById('ad-mark').hidden")
    assert await page.evaluate("document.getElementById('poster').dataset.url") == ""
    assert not await page.is_visible("#poster")


async def test_what_is_taken_out_of_a_break_is_shown_no_more(page: Page, site: str) -> None:
    await stage(page, site, now_ms=now_ms(), in_break=True)
    await tell(page, "state", MOVING)
    plan = spot(now_ms())
    await tell(page, "break", plan)
    await until(page, "!document.getElementById('promotion').hidden")
    await tell(page, "break", {**plan, "fills": []})
    await until(page, "document.getElementById('promotion').hidden")
    assert not await page.is_visible("#ad-mark")


async def test_on_demand_nothing_is_said_to_come(page: Page, site: str) -> None:
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    await until(page, "!document.getElementById('upcoming').hidden")
    await page.click("#open-items")
    await page.click(".tile")
    await until(page, "document.getElementById('upcoming').hidden")
    assert not await page.is_visible(".next")
    await page.click("#live")
    await until(page, "!document.getElementById('upcoming').hidden")


IN_SIGHT = """() => {
    const box = (s) => document.querySelector(s).getBoundingClientRect().toJSON();
    const named = ['stage', 'promotion', 'controls', 'onair'].map((name) => [name, box(`.${name}`)]);
    return Object.fromEntries(named);
}"""


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
async def test_a_wide_screen_is_used_whole(browser: Browser, site: str, locale: str) -> None:
    """The picture is as high as the screen; the longest promotion fits whole beside it."""
    context = await browser.new_context(viewport={"width": 1920, "height": 720}, locale=locale)
    page = await context.new_page()
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    longest = {**CARD, "headline": "W" * 20 + " " + "w" * 24, "body": ("every word " * 15)[:160]}
    await tell(page, "card", {"fill_id": "c", "beacon": "b", "card": longest, "chosen_ms": now_ms()})
    await until(page, "!document.getElementById('promotion').hidden")
    boxes = await page.evaluate(IN_SIGHT)
    assert boxes["stage"]["height"] >= 680
    assert boxes["stage"]["width"] / boxes["stage"]["height"] == pytest.approx(16 / 9, rel=0.01)
    right = boxes["stage"]["right"]
    for name in ("onair", "promotion", "controls"):
        assert right < boxes[name]["left"] < boxes[name]["right"] <= 1900
    assert boxes["onair"]["bottom"] <= boxes["promotion"]["top"]
    assert boxes["promotion"]["bottom"] <= boxes["controls"]["top"]
    whole = "(e) => e.scrollHeight <= e.clientHeight + 2"
    assert await page.eval_on_selector("#card-body", whole)
    smallest = """() => Math.min(...[...document.querySelectorAll('.screen *')]
        .filter((e) => e.getClientRects().length)
        .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
        .map((e) => parseFloat(getComputedStyle(e).fontSize)))"""
    assert await page.evaluate(smallest) >= 22
