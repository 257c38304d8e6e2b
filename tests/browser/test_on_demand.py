"""Going on where the vehicle left it, on the dash: what it tells, what it lists, and where it begins."""

import json
import time
from collections.abc import Sequence
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.conftest import until
from tests.browser.dash_stage import CARD, ITEM, MOVING, PARKED, PLAY, poster, stage, tell

AD_MS = 20_000
SPOT = {
    "break_id": "it1.1-0",
    "starts_at_ms": 0,
    "ends_at_ms": AD_MS,
    "content_at_ms": 0,
    "fills": [{"fill_id": "f1", "starts_at_ms": 0, "ends_at_ms": AD_MS, "beacon": "b1", "card": CARD}],
}
MIDDLE = {
    **SPOT,
    "break_id": "it1.1-9",
    "starts_at_ms": 320_000,
    "ends_at_ms": 340_000,
    "content_at_ms": 300_000,
}
MIDDLE["fills"] = [{**SPOT["fills"][0], "fill_id": "f2", "starts_at_ms": 320_000, "ends_at_ms": 340_000}]
WITH_ADS = {**PLAY, "length_ms": PLAY["duration_ms"] + 2 * AD_MS, "breaks": [SPOT, MIDDLE]}
POINT = {
    **ITEM,
    "content_id": "it1",
    "airing_id": None,
    "position_ms": 240_000,
    "at_ms": 0,
}


class Kept:
    """Stands where the server keeps points: what it was told, and what it lists."""

    def __init__(self, points: list[dict[str, Any]], play: dict[str, Any]) -> None:
        self.points, self.play = points, play
        self.told: list[dict[str, Any]] = []
        self.forgotten: list[str] = []
        self.away = False

    async def resume(self, route: Route) -> None:
        if self.away:
            await route.abort()
        elif route.request.method == "PUT":
            self.told.append(json.loads(route.request.post_data or "{}"))
            await route.fulfill(status=204)
        elif route.request.method == "DELETE":
            self.forgotten.append(route.request.url.rpartition("/")[2].partition("?")[0])
            await route.fulfill(status=204)
        else:
            await route.fulfill(json={"points": self.points})

    async def document(self, route: Route) -> None:
        await route.fulfill(json=self.play)


async def staged(
    page: Page, site: str, points: Sequence[dict[str, Any]] = (), play: dict[str, Any] = PLAY
) -> Kept:
    kept = Kept([*points], play)
    await stage(page, site, now_ms=time.time_ns() // 1_000_000)
    await page.route("**/v1/sessions/*/resume**", kept.resume)
    await page.route("**/play.json*", kept.document)
    return kept


async def play_item(page: Page) -> None:
    await page.click("#open-items")
    await page.click(".tile")
    await until(page, "document.querySelector('.screen').dataset.mode === 'item' && sound.url !== null")


async def told(page: Page, kept: Kept, count: int) -> list[dict[str, Any]]:
    for _ in range(100):
        if len(kept.told) >= count:
            break
        await page.wait_for_timeout(50)
    return kept.told


async def test_it_goes_on_where_it_was_left_and_tells_content_time(page: Page, site: str) -> None:
    resumed = {**WITH_ADS, "resume_ms": 240_000, "begin_ms": 240_000 + AD_MS}
    kept = await staged(page, site, [POINT], resumed)
    await tell(page, "state", PARKED)
    await page.click("#open-items")
    row = page.locator("#items-list li").first
    await expect(row.locator("span")).to_have_text("6 min left")
    assert await row.locator("progress").get_attribute("value") == "240000"
    assert await page.locator(".tile").count() == 1  # it is not listed twice
    await row.locator(".tile").click()
    await until(page, "sound.url?.includes('/play/item/it1/') && sound.startMs >= 260000")
    await until(page, "document.getElementById('now-progress').value === 400")
    await page.click("#play")
    (pause,) = await told(page, kept, 1)
    assert pause["item_id"] == "it1"
    assert pause["position_s"] == pytest.approx(240, abs=5)
    assert pause["ended"] is False


async def test_ads_are_shown_as_ads_and_do_not_count(page: Page, site: str) -> None:
    kept = await staged(page, site, play=WITH_ADS)
    await tell(page, "state", MOVING)
    await play_item(page)
    await until(page, "!document.getElementById('ad-mark').hidden")
    await expect(page.locator("#now-title")).to_contain_text(CARD["advertiser"])
    await expect(page.locator("#next-title")).to_have_text(ITEM["title"])
    await page.click("#play")
    assert (await told(page, kept, 1))[0]["position_s"] == 0
    await page.click("#play")
    await page.evaluate("sound.startMs += 330000")  # into the second stop
    await expect(page.locator("#now-title")).to_contain_text(CARD["advertiser"])
    await page.click("#play")
    assert (await told(page, kept, 2))[1]["position_s"] == 300
    await page.click("#play")
    await page.evaluate("sound.startMs += 60000")
    await expect(page.locator("#now-title")).to_have_text(ITEM["title"])
    await until(page, "document.getElementById('ad-mark').hidden")


async def test_a_card_goes_when_the_owner_takes_back_where_the_car_is(page: Page, site: str) -> None:
    await staged(page, site, play=WITH_ADS)
    await tell(page, "state", {**MOVING, "place": True})
    await play_item(page)
    await until(page, "!document.getElementById('promotion').hidden")
    await tell(page, "state", {**MOVING, "place": False})
    await until(page, "document.getElementById('promotion').hidden")
    await expect(page.locator("#now-title")).to_contain_text(CARD["advertiser"])
    await page.evaluate("sound.startMs += 330000")  # into the second stop
    await expect(page.locator("#now-title")).to_contain_text(CARD["advertiser"])
    assert await page.locator("#promotion").is_hidden()


async def test_from_the_start_forgets_and_is_for_the_parked(page: Page, site: str) -> None:
    kept = await staged(page, site, [POINT])
    await tell(page, "state", MOVING)
    await page.click("#open-items")
    anew = page.get_by_role("button", name=f"From the start: {ITEM['title']}")
    await expect(page.locator(".tile")).to_be_visible()
    await expect(anew).to_be_hidden()
    await tell(page, "state", PARKED)
    await anew.click()
    await until(page, "sound.url?.includes('/play/item/it1/')")
    assert kept.forgotten == ["it1"]
    assert kept.told == []


async def test_what_aired_is_told_by_its_airing(page: Page, site: str) -> None:
    point = {**POINT, "item_id": None, "airing_id": "chn_1-77", "kind": "programme", "content_id": "prg_1"}
    kept = await staged(page, site, [point])
    await tell(page, "state", PARKED)
    await page.click("#open-items")
    await page.locator(".tile").first.click()
    await until(page, "sound.url?.startsWith('/play/airing/chn_1-77/')")
    await page.click("#live")
    (left,) = await told(page, kept, 1)
    assert (left["airing_id"], left.get("item_id")) == ("chn_1-77", None)


async def test_the_end_is_told_once_and_not_as_a_place_to_go_on(page: Page, site: str) -> None:
    kept = await staged(page, site)
    await tell(page, "state", PARKED)
    await play_item(page)
    await page.evaluate("sound.element.onended()")
    await until(page, "document.querySelector('.screen').dataset.mode === 'channel'")
    (end,) = await told(page, kept, 1)
    assert (end["ended"], end["position_s"]) == (True, PLAY["duration_ms"] / 1000)
    await page.wait_for_timeout(300)
    assert len(kept.told) == 1


async def test_what_a_tunnel_swallowed_is_told_later_with_its_age(page: Page, site: str) -> None:
    kept = await staged(page, site)
    await tell(page, "state", PARKED)
    await play_item(page)
    kept.away = True
    await page.click("#play")
    await page.wait_for_timeout(700)
    kept.away = False
    await tell(page, "link", False)
    await tell(page, "link", True)
    (late,) = await told(page, kept, 1)
    assert 0.5 < late["age_s"] < 10


async def test_a_reload_goes_on(page: Page, site: str) -> None:
    """The page comes back to the item, and says first where it was left."""
    kept = await staged(page, site)
    await tell(page, "state", PARKED)
    await play_item(page)
    await page.evaluate("sound.startMs = 100000")
    await page.evaluate("delete globalThis.car")
    await page.reload()
    await until(page, "Boolean(globalThis.car) && sound.url?.includes('/play/item/it1/')")
    left = await told(page, kept, 1)
    assert left[-1]["position_s"] == pytest.approx(100, abs=5)
    assert await page.locator(".screen").get_attribute("data-mode") == "item"


async def test_an_item_that_is_no_more_gives_way_to_the_channel(page: Page, site: str) -> None:
    await staged(page, site)

    async def gone(route: Route) -> None:
        problem = {"type": "/problems/item-withdrawn", "status": 404, "code": "item-withdrawn", "detail": ""}
        await route.fulfill(status=404, json=problem, content_type="application/problem+json")

    await page.route("**/play.json*", gone)
    await tell(page, "state", PARKED)
    await page.click("#open-items")
    await page.click(".tile")
    await until(page, "document.querySelector('.screen').dataset.mode === 'channel'")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 720)])
@pytest.mark.parametrize("state", [PARKED, MOVING])
async def test_the_list_is_for_fingers(
    browser: Browser, site: str, width: int, height: int, state: dict[str, Any]
) -> None:
    """Everything that can be touched is large enough, and lies within the sheet."""
    context = await browser.new_context(viewport={"width": width, "height": height}, locale="fr-FR")
    page = await context.new_page()
    points = [
        {**POINT, "item_id": f"it{n}", "content_id": f"it{n}", "position_ms": 90_000 * n} for n in (1, 2, 3)
    ]
    await staged(page, site, points)
    await page.route(
        "**/posters/*", lambda route: route.fulfill(body=poster(200), content_type="image/svg+xml")
    )
    await tell(page, "state", state)
    await page.click("#open-items")
    await expect(page.locator(".tile").first).to_contain_text("encore")
    boxes = await page.evaluate(
        "() => [...document.querySelectorAll('#items-list button')].filter((b) => b.getClientRects().length)"
        ".map((b) => [b.getBoundingClientRect().width, b.getBoundingClientRect().height])"
    )
    assert all(w >= 200 and h >= 60 for w, h in boxes), boxes
    assert len(boxes) == (6 if state is PARKED else 3)
    await context.close()
