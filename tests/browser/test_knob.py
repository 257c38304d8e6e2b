"""The dash by a rotary knob: turned left, turned right, pressed, back. Nothing else is used here."""

import time
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import until
from tests.browser.dash_stage import CHANNEL, MOVING, PARKED, stage, tell

RIGHT, LEFT, PRESS, BACK = "ArrowRight", "ArrowLeft", "Enter", "Escape"
FOCUS = """() => {
    const { id, dataset, ariaLabel, className, tagName } = document.activeElement;
    return id || dataset.channel || dataset.item || ariaLabel || className || tagName;
}"""
CONTROLS = ["play", "picture", "full", "open-items", "open-guide", "quieter", "louder"]


async def staged(page: Page, site: str, state: dict[str, Any] = PARKED, channels: int = 1) -> None:
    await stage(page, site, now_ms=time.time_ns() // 1_000_000)
    if channels > 1:
        names = [f"Channel {n}" for n in range(1, channels + 1)]
        listed = [
            {**CHANNEL, "channel_id": f"ch{n}", "name": one, "entries": []} for n, one in enumerate(names, 1)
        ]
        await page.route("**/v1/guide*", lambda route: route.fulfill(json={"channels": listed}))
    await tell(page, "state", state)
    await until(page, "document.querySelector('#now-title').textContent !== ''")


async def turned(page: Page, key: str, times: int) -> list[str]:
    """Where each turn leads."""
    found = []
    for _ in range(times):
        await page.keyboard.press(key)
        found.append(await page.evaluate(FOCUS))
    return found


async def test_a_turn_goes_from_control_to_control_and_round(page: Page, site: str) -> None:
    await staged(page, site)
    assert await turned(page, RIGHT, 8) == [*CONTROLS, "play"]
    assert await turned(page, LEFT, 2) == ["louder", "quieter"]


async def test_the_first_turn_to_the_left_is_at_the_end(page: Page, site: str) -> None:
    await staged(page, site)
    assert await turned(page, LEFT, 1) == ["louder"]


async def test_on_the_road_only_what_may_be_used_is_turned_through(page: Page, site: str) -> None:
    await staged(page, site, MOVING)
    assert await turned(page, RIGHT, 5) == ["play", "open-items", "quieter", "louder", "play"]


async def test_a_press_does_what_a_touch_does(page: Page, site: str) -> None:
    await staged(page, site)
    await turned(page, RIGHT, 1)
    await page.keyboard.press(PRESS)
    await until(page, "!sound.wanted")
    await page.keyboard.press(PRESS)
    await until(page, "sound.wanted")


async def test_something_on_demand_is_chosen_and_left(page: Page, site: str) -> None:
    await staged(page, site)
    await turned(page, RIGHT, 4)
    await page.keyboard.press(PRESS)
    await until(page, "document.activeElement.dataset.item === 'it1'")
    assert await turned(page, RIGHT, 2) == ["Close", "it1"]
    await page.keyboard.press(BACK)
    await expect(page.locator("#items")).to_be_hidden()
    assert await page.evaluate(FOCUS) == "open-items"
    await page.keyboard.press(PRESS)
    await until(page, "document.activeElement.dataset.item === 'it1'")
    await page.keyboard.press(PRESS)
    await until(page, "document.querySelector('.screen').dataset.mode === 'item'")
    assert await turned(page, LEFT, 2) == ["full", "picture"]
    assert await turned(page, LEFT, 1) == ["live"]
    await page.keyboard.press(PRESS)
    await until(page, "document.querySelector('.screen').dataset.mode === 'channel'")


async def test_the_guide_is_gone_into_and_out_of(page: Page, site: str) -> None:
    """Channels and days are one round, the airings of a day another; so neither is long."""
    await staged(page, site, channels=3)
    await turned(page, RIGHT, 5)
    await page.keyboard.press(PRESS)
    await until(page, "document.activeElement.dataset.channel === 'ch1'")
    assert await turned(page, RIGHT, 7) == [
        "ch2",
        "ch3",
        "guide-earlier",
        "guide-later",
        "Close",
        "ch1",
        "ch2",
    ]
    await page.keyboard.press(PRESS)
    await expect(page.locator("#guide-watch")).to_be_focused()
    assert await page.get_attribute("[data-channel=ch2]", "aria-pressed") == "true"
    assert await turned(page, RIGHT, 5) == [*["airing"] * 4, "guide-watch"]
    current = page.locator(".airing[aria-current]")
    await page.keyboard.press(RIGHT)
    await expect(current).to_be_focused()
    await page.keyboard.press(PRESS)
    await expect(page.locator(".about-actions button")).to_be_focused()
    assert await turned(page, RIGHT, 2) == ["guide-back", "Close"]
    await page.keyboard.press(BACK)
    await expect(current).to_be_focused()
    await page.keyboard.press(BACK)
    assert await page.evaluate(FOCUS) == "ch2"
    await page.keyboard.press(BACK)
    await expect(page.locator("#guide")).to_be_hidden()
    assert await page.evaluate(FOCUS) == "open-guide"


async def test_one_channel_is_one_round_that_begins_at_what_is_on(page: Page, site: str) -> None:
    await staged(page, site)
    await turned(page, RIGHT, 5)
    await page.keyboard.press(PRESS)
    await expect(page.locator(".airing[aria-current]")).to_be_focused()
    found = await turned(page, RIGHT, 7)
    assert found == [*["airing"] * 3, "guide-earlier", "guide-later", "Close", "airing"]
    await expect(page.locator(".airing[aria-current]")).to_be_focused()


async def test_back_leaves_the_full_screen(page: Page, site: str) -> None:
    await staged(page, site)
    await turned(page, RIGHT, 3)
    await page.keyboard.press(PRESS)
    await until(page, "document.querySelector('.screen').hasAttribute('data-full')")
    await page.keyboard.press(BACK)
    assert not await page.evaluate("document.querySelector('.screen').hasAttribute('data-full')")


async def test_where_the_car_drives_off_the_knob_is_not_lost(page: Page, site: str) -> None:
    """What had the focus has gone with the picture: the next control has it."""
    await staged(page, site)
    await turned(page, RIGHT, 3)
    await tell(page, "state", MOVING)
    await until(page, "document.activeElement.id === 'open-items'")
    await tell(page, "state", PARKED)
    await page.keyboard.press(RIGHT)
    await page.keyboard.press(PRESS)
    await expect(page.locator("#guide")).to_be_visible()
    await tell(page, "state", MOVING)
    await until(page, "document.activeElement.closest('.controls') !== null")
    assert await page.evaluate("document.activeElement.getClientRects().length") == 1


async def test_a_wheel_is_a_knob_too_but_scrolls_a_list(page: Page, site: str) -> None:
    await staged(page, site)
    await page.mouse.move(400, 300)
    for _ in range(2):
        await page.mouse.wheel(0, 100)
    await until(page, "document.activeElement.id === 'picture'")
    await page.mouse.wheel(0, -100)
    await until(page, "document.activeElement.id === 'play'")
    await page.click("#open-guide")
    await until(page, "document.querySelectorAll('.airing').length === 4")
    held = await page.evaluate(FOCUS)
    await page.mouse.move(800, 300)
    await page.mouse.wheel(0, 300)
    await page.wait_for_timeout(100)
    assert await page.evaluate(FOCUS) == held


async def test_a_code_is_typed_with_its_own_arrows(page: Page, site: str) -> None:
    await page.goto(f"{site}/dash")
    await expect(page.locator("#code")).to_be_focused()
    await page.keyboard.type("ab")
    await page.keyboard.press(LEFT)
    await page.keyboard.type("x")
    assert await page.input_value("#code") == "axb"
    await page.keyboard.press("ArrowDown")
    assert await page.evaluate("document.activeElement.textContent") == "Connect"
    assert await turned(page, RIGHT, 1) == ["code"]


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_what_has_the_focus_is_seen_from_afar(browser: Browser, site: str, scheme: Any) -> None:
    """A line of 5 px about it, which stands out from what is around."""
    context = await browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme=scheme)
    page = await context.new_page()
    await staged(page, site)
    for _ in CONTROLS:
        await page.keyboard.press(RIGHT)
        width, ratio = await page.evaluate(OUTLINE)
        assert width >= 5
        assert ratio >= 4.5
    await context.close()


OUTLINE = """() => {
    const rgb = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
    const light = (text) => rgb(text).map((c) => c / 255)
        .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
    const style = getComputedStyle(document.activeElement);
    const [a, b] = [style.outlineColor, getComputedStyle(document.body).backgroundColor].map(light);
    return [parseFloat(style.outlineWidth), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
}"""
