"""The dash for those who hear it: what everything is called, and that it speaks only when there is need."""

import time
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import until
from tests.browser.dash_stage import CARD, MOVING, PARKED, spot, stage, tell

PARKED_TREE = """
- main:
  - region "The Endless Coast":
    - heading "The Endless Coast" [level=1]
    - progressbar "The Endless Coast"
    - paragraph: /\\d+ min left/
    - paragraph: Next Night Trains of Europe
  - complementary:
    - paragraph: /\\d+:\\d+/
    - paragraph: Connected
    - region "Coming up":
      - heading "Coming up" [level=2]
      - list
  - navigation "Playback":
    - button "Pause"
    - button "Picture" [pressed]
    - button "Full screen"
    - button "On demand"
    - button "Guide"
    - group "Volume":
      - button "Quieter"
      - meter "Volume"
      - button "Louder"
"""
FRENCH_ROAD_TREE = """
- main:
  - region "The Endless Coast":
    - heading "The Endless Coast" [level=1]
  - navigation "Lecture":
    - button "Pause"
    - button "À la demande"
    - group "Volume":
      - button "Moins fort"
      - meter "Volume"
      - button "Plus fort"
"""
# Every change within what is read out by itself.
LISTEN = """() => {
    globalThis.said = [];
    const regions = '[aria-live]:not([aria-live="off"]), [role=status], [role=alert], [role=log], output';
    const live = [...document.querySelectorAll(regions)];
    for (const region of live) {
        new MutationObserver(() => said.push(region.textContent.trim()))
            .observe(region, {subtree: true, childList: true, characterData: true, attributes: true});
    }
    return live.map((one) => one.id);
}"""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def test_everything_has_its_name_and_role(page: Page, site: str) -> None:
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    await until(page, "!document.getElementById('upcoming').hidden")
    await expect(page.locator("body")).to_match_aria_snapshot(PARKED_TREE)


async def test_on_the_road_and_in_french_too(browser: Browser, site: str) -> None:
    context = await browser.new_context(locale="fr-FR")
    page = await context.new_page()
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", MOVING)
    await until(page, "document.getElementById('now-title').textContent !== ''")
    await expect(page.locator("body")).to_match_aria_snapshot(FRENCH_ROAD_TREE)
    await context.close()


async def test_a_sheet_is_a_dialog_with_a_name(page: Page, site: str) -> None:
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    for opener, name in (("#open-items", "On demand"), ("#open-guide", "Guide")):
        await page.click(opener)
        await expect(page.get_by_role("dialog", name=name)).to_be_visible()
        assert await page.get_attribute(opener, "aria-expanded") == "true"


async def test_while_a_code_is_asked_for_there_is_nothing_else(page: Page, site: str) -> None:
    await page.goto(f"{site}/dash")
    await expect(page.get_by_role("textbox", name="Code")).to_be_focused()
    for key in ("Tab", "Tab", "Tab"):
        await page.keyboard.press(key)
        assert await page.evaluate(
            "document.activeElement === document.body || document.activeElement.closest('#enrol') !== null"
        )


async def test_it_says_why_there_is_no_picture_and_then_is_silent(page: Page, site: str) -> None:
    """Countdowns, clocks and progress are never read out."""
    await stage(page, site, now_ms=now_ms())
    assert "spoken" in await page.evaluate(LISTEN)
    await tell(page, "state", MOVING)
    await until(page, "said.length > 0")
    await tell(page, "break", spot(now_ms()))
    await page.wait_for_timeout(2500)
    assert await page.evaluate("said") == ["Driving: sound only"]


async def test_what_passes_is_not_said(page: Page, site: str) -> None:
    """A link that flickers, a lease that is renewed late, a red light: only what has stood a while."""
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    await page.wait_for_timeout(1700)
    await page.evaluate(LISTEN)
    idling: dict[str, Any] = {**MOVING, "video": {"permitted": False, "reason": "vehicle-idling", "rule": ""}}
    for state in (MOVING, idling, MOVING, idling, PARKED):
        await tell(page, "state", state)
        await tell(page, "link", state is not MOVING)
        await page.wait_for_timeout(200)
    await page.wait_for_timeout(1700)
    assert await page.evaluate("said") == []


@pytest.mark.parametrize("state", [PARKED, MOVING])
async def test_every_control_has_a_name_and_pictures_are_told_or_skipped(
    page: Page, site: str, state: dict[str, Any]
) -> None:
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", state)
    await tell(page, "card", {"fill_id": "c", "beacon": "b", "card": CARD, "chosen_ms": now_ms()})
    await page.click("#open-items")
    await until(page, "document.querySelector('.tile') !== null")
    nameless = """() => [...document.querySelectorAll('button, input, section, nav, meter, progress')]
        .filter((e) => e.getClientRects().length && e.ariaHidden !== 'true')
        .filter((e) => !e.ariaLabel && !e.getAttribute('aria-labelledby') && !e.textContent.trim())
        .map((e) => e.outerHTML.slice(0, 80))"""
    assert await page.evaluate(nameless) == []
    assert await page.evaluate("[...document.images].filter((i) => !i.hasAttribute('alt')).length") == 0
