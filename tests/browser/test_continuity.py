"""What the dash keeps through all that a drive brings, with its session and players held by the test.

On real players and a real service the same is measured in tests/players/test_ride.py.
"""

import time
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import until
from tests.browser.dash_stage import CARD, MOVING, PARKED, stage, tell
from tests.browser.test_on_demand import play_item, staged, told

IDLING: dict[str, Any] = {
    **MOVING,
    "video": {"permitted": False, "reason": "vehicle-idling", "rule": "standing"},
}
AT_MS = 100_000


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def judged(page: Page) -> None:
    """Let the page look at itself a few times."""
    await page.wait_for_timeout(350)


async def restarted(page: Page) -> None:
    """The ignition is switched off and on: the page is closed, and opened again."""
    await page.evaluate("delete globalThis.car")
    await page.reload()
    await until(page, "Boolean(globalThis.car)")


# ---- the driver's pause, and the road's ------------------------------------------------------------


async def test_audio_does_not_die_when_the_car_enters_drive(page: Page, site: str) -> None:
    """The road takes the picture alone, and gives it back by itself."""
    await stage(page, site, now_ms=now_ms())
    for _ in range(3):
        await tell(page, "state", PARKED)
        await until(page, "picture.active")
        await tell(page, "state", MOVING)
        assert not await page.evaluate("picture.active")
        assert await page.evaluate("[sound.wanted, sound.loads]") == [True, 1]
    await expect(page.locator("#withheld")).to_have_text("Driving: sound only")


async def test_a_video_that_the_user_stopped_is_not_resumed_by_parking(page: Page, site: str) -> None:
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    await until(page, "picture.active")
    await page.click("#play")
    await tell(page, "state", MOVING)
    await expect(page.locator("#withheld")).to_have_text("Paused")
    for state in (PARKED, IDLING, PARKED):
        await tell(page, "state", state)
        await judged(page)
        assert await page.evaluate("[sound.wanted, picture.active]") == [False, False]
    await page.click("#play")
    await until(page, "sound.wanted && picture.active")
    await expect(page.locator("#withheld")).to_be_hidden()


async def test_a_pause_on_the_road_outlasts_parking_too(page: Page, site: str) -> None:
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", MOVING)
    await page.click("#play")
    await tell(page, "state", PARKED)
    await judged(page)
    assert await page.evaluate("[sound.wanted, picture.active]") == [False, False]


async def test_a_picture_that_the_user_switched_off_stays_off(page: Page, site: str) -> None:
    """By parking, and by the ignition; the sound goes on meanwhile."""
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    await page.click("#picture")
    for state in (MOVING, PARKED):
        await tell(page, "state", state)
    await judged(page)
    assert await page.evaluate("[sound.wanted, picture.active]") == [True, False]
    await expect(page.locator("#withheld")).to_have_text("Picture switched off")
    await restarted(page)
    await tell(page, "state", PARKED)
    await judged(page)
    assert await page.evaluate("[sound.wanted, picture.active]") == [True, False]
    await page.click("#picture")
    await until(page, "picture.active")


async def test_a_pause_outlasts_the_ignition(page: Page, site: str) -> None:
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    await page.click("#play")
    await restarted(page)
    await tell(page, "state", PARKED)
    await judged(page)
    assert await page.evaluate("[sound.wanted, picture.active]") == [False, False]
    await expect(page.locator("#play")).to_have_text("Play")
    await page.click("#play")
    await until(page, "sound.wanted")


async def test_what_is_paused_and_is_no_more_does_not_begin_to_sound(page: Page, site: str) -> None:
    await staged(page, site)
    await tell(page, "state", PARKED)
    await play_item(page)
    await page.click("#play")
    await page.evaluate("sound.on.gone(404)")
    await until(page, "document.querySelector('.screen').dataset.mode === 'channel'")
    assert not await page.evaluate("sound.wanted")


# ---- the item and its position ------------------------------------------------------------------


async def playing_item(page: Page, site: str) -> Any:
    """An item plays, and is somewhere in its middle."""
    kept = await staged(page, site)
    await tell(page, "state", PARKED)
    await play_item(page)
    await page.evaluate(f"sound.startMs = {AT_MS}")
    return kept


async def here(page: Page) -> None:
    """It is the item that plays, where it was, with its picture."""
    await until(page, "sound.url?.includes('/play/item/it1/') && sound.wanted")
    assert await page.evaluate("sound.position") == pytest.approx(AT_MS, abs=20_000)
    assert await page.get_attribute(".screen", "data-mode") == "item"


async def test_a_tunnel_keeps_the_item_and_its_position(page: Page, site: str) -> None:
    """Nothing is loaded anew: what plays waits for the network."""
    await playing_item(page, site)
    loads = await page.evaluate("sound.loads")
    await page.context.set_offline(True)
    await tell(page, "link", False)
    await until(page, "!picture.active", 8_000)
    await expect(page.locator("#withheld")).to_have_text("Offline: sound only")
    await page.evaluate("sound.flowing = false")
    await expect(page.locator("#withheld")).to_have_text("Offline: goes on by itself")
    await page.context.set_offline(False)
    await page.evaluate("sound.flowing = true")
    await tell(page, "link", True)
    await tell(page, "state", PARKED)
    await until(page, "picture.active")
    await here(page)
    assert await page.evaluate("sound.loads") == loads


async def test_a_reconnect_does_not_forget_the_item(page: Page, site: str) -> None:
    """The server has lost the session; another one goes on where that was."""
    kept = await playing_item(page, site)
    loads = await page.evaluate("sound.loads")
    kept.play = {**kept.play, "begin_ms": AT_MS}
    await page.evaluate("car.link(false); car.opened({}); car.link(true)")
    await until(page, f"sound.loads === {loads + 1}")
    await here(page)
    assert (await told(page, kept, 1))[-1]["position_s"] == pytest.approx(AT_MS / 1000, abs=6)


async def test_an_ignition_cycle_keeps_the_item_and_its_position(page: Page, site: str) -> None:
    kept = await playing_item(page, site)
    await restarted(page)
    left = (await told(page, kept, 1))[-1]
    kept.play = {**kept.play, "begin_ms": int(left["position_s"] * 1000)}
    await restarted(page)
    await tell(page, "state", PARKED)
    await here(page)
    await until(page, "picture.active")


async def test_day_and_night_keep_the_item_and_its_position(page: Page, site: str) -> None:
    await playing_item(page, site)
    loads = await page.evaluate("sound.loads")
    for said in ("day", "night"):
        await tell(page, "state", {**PARKED, "day_night": said})
    await here(page)
    assert await page.evaluate("[sound.loads, picture.active]") == [loads, True]


async def test_an_item_is_seen_again_where_its_sound_is(page: Page, site: str) -> None:
    await playing_item(page, site)
    await tell(page, "state", MOVING)
    await page.evaluate("sound.startMs += 60000")
    await tell(page, "state", PARKED)
    await until(page, "picture.active")
    assert await page.evaluate("sound.position") == pytest.approx(AT_MS + 60_000, abs=6_000)


# ---- promotions at stops -------------------------------------------------------------------------


@pytest.mark.parametrize("stop", [IDLING, PARKED])
async def test_no_stop_brings_a_full_screen_ad(page: Page, site: str, stop: dict[str, Any]) -> None:
    """Lights, jams and parking bring none by themselves, and a card keeps to its column."""
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", MOVING)
    for turn in range(5):
        await tell(page, "state", stop)
        await judged(page)
        assert await page.is_visible("#promotion") == (turn > 1)
        assert not await page.is_visible("#ad-mark")
        if turn == 1:
            await tell(page, "card", {"fill_id": "c", "beacon": "b", "card": CARD, "chosen_ms": now_ms()})
            await until(page, "!document.getElementById('promotion').hidden")
        if turn > 0:
            card, picture = [
                await page.eval_on_selector(one, "(e) => e.getBoundingClientRect().toJSON()")
                for one in ("#promotion", ".stage")
            ]
            assert card["left"] >= picture["right"]
            assert card["width"] * card["height"] < 1280 * 720 / 5
        await tell(page, "state", MOVING)
    if stop is PARKED:
        await tell(page, "state", PARKED)
        await page.click("#full")
        assert not await page.is_visible("#promotion")
