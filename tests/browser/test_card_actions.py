"""What can be done with a promotion, by touch and by knob, and what is told of it."""

import json
import time
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route

from tests.browser.conftest import Seen, until
from tests.browser.dash_stage import CARD, MOVING, PARKED, spot, stage, tell

SIZES = [(1280, 720), (1920, 720)]
HERE = {**CARD, "latitude": 48.117266, "longitude": -1.677793, "phone": "+33299001122"}
UNIT = "globalThis.handed = []; globalThis.roadcastHeadUnit = { postMessage: (text) => handed.push(text) };"
ADDRESSES = """globalThis.handed = [];
    HTMLAnchorElement.prototype.click = function () { handed.push(this.getAttribute('href')); };"""
SENT = "!JSON.parse(localStorage['roadcast.beacons'] ?? '[]').length"
SHOWN = """() => [...document.querySelectorAll('#card-actions button')]
    .filter((one) => one.getClientRects().length).map((one) => one.id.slice('card-'.length))"""
TOGETHER = """() => {
    const box = (e) => e.getBoundingClientRect().toJSON();
    const of = (s) => box(document.querySelector(s));
    const seen = (e) => e.getClientRects().length;
    const buttons = [...document.querySelectorAll('#card-actions button')].filter(seen);
    return {
        buttons: buttons.map(box),
        cut: buttons.some((e) => e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight),
        promotion: of('#promotion'), controls: of('.controls'), place: of('#card-place'), title: of('.onair'),
    };
}"""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def staged(
    page: Page, site: str, state: dict[str, Any], card: dict[str, Any] = HERE, script: str = UNIT
) -> list[tuple[str, str]]:
    """A dash with a promotion; what it tells of it is gathered in the list."""
    await page.add_init_script(f"document.addEventListener('DOMContentLoaded', () => {{ {script} }});")
    await stage(page, site, now_ms=now_ms())
    told: list[tuple[str, str]] = []

    async def hear(route: Route) -> None:
        events = json.loads(route.request.post_data or "{}").get("events", [])
        told.extend((one["beacon"], one["event"]) for one in events)
        await route.fulfill(json={"results": []})

    await page.route("**/v1/beacons", hear)
    await tell(page, "state", state)
    await tell(page, "card", {"fill_id": "c", "beacon": "b", "card": card, "chosen_ms": now_ms()})
    await until(page, "!document.getElementById('promotion').hidden")
    return told


def answers(told: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted(one for one in told if one[1] != "card-shown")


PARKED_CALLS = {**PARKED, "calls": True}
MOVING_MUTE = {**MOVING, "calls": False}


async def test_navigating_is_handed_to_the_head_unit_and_told_once(page: Page, site: str, seen: Seen) -> None:
    told = await staged(page, site, PARKED_CALLS)
    for _ in range(3):
        await page.click("#card-navigate")
    handed = [json.loads(one) for one in await page.evaluate("handed")]
    to = {"type": "navigate", "latitude": 48.117266, "longitude": -1.677793, "name": CARD["place_name"]}
    assert handed == [to] * 3
    await until(page, "JSON.parse(localStorage['roadcast.told']).length >= 2")
    await until(page, SENT)
    assert answers(told) == [("b", "navigate"), ("b", "tap")]
    await page.click("#card-call")
    assert json.loads((await page.evaluate("handed"))[-1])["phone"] == "+33299001122"
    await until(page, SENT)
    assert answers(told) == [("b", "call"), ("b", "navigate"), ("b", "tap")]
    assert seen.complaints == []


async def test_a_plain_browser_is_handed_addresses(page: Page, site: str) -> None:
    await staged(page, site, PARKED_CALLS, script=ADDRESSES)
    await page.click("#card-navigate")
    await page.click("#card-call")
    at = "48.117266,-1.677793"
    name = "Caf%C3%A9%20de%20la%20Place%2C%20Rennes"
    assert await page.evaluate("handed") == [f"geo:{at}?q={at}({name})", "tel:+33299001122"]


@pytest.mark.parametrize(
    ("state", "card", "shown"),
    [
        (PARKED_CALLS, HERE, ["navigate", "call"]),
        (MOVING_MUTE, HERE, ["navigate"]),
        ({**MOVING, "calls": True}, HERE, ["navigate", "call"]),
        (PARKED, HERE, ["navigate"]),  # nobody said that calls may be begun
        (PARKED_CALLS, {**HERE, "phone": ""}, ["navigate"]),
        (PARKED_CALLS, CARD, []),  # shown in an area, for no place
    ],
)
async def test_what_is_offered(
    page: Page, site: str, state: dict[str, Any], card: dict[str, Any], shown: list[str]
) -> None:
    await staged(page, site, state, card)
    assert await page.evaluate(SHOWN) == shown
    assert await page.is_visible("#card-actions") == bool(shown)


async def test_where_no_card_may_stand_nothing_can_be_done(page: Page, site: str) -> None:
    await staged(page, site, PARKED_CALLS)
    await page.focus("#card-navigate")
    await tell(page, "state", {**MOVING_MUTE, "cards": "no"})
    await until(page, "document.getElementById('promotion').hidden")
    assert await page.evaluate(SHOWN) == []
    assert await page.evaluate("document.activeElement.tagName") == "BUTTON", "the focus is lost"


async def test_no_call_is_begun_once_the_car_is_not_heard(page: Page, site: str) -> None:
    await staged(page, site, {**MOVING, "calls": True})
    assert await page.evaluate(SHOWN) == ["navigate", "call"]
    await tell(page, "link", False)
    await until(page, "document.getElementById('card-call').hidden")
    assert await page.evaluate(SHOWN) == ["navigate"]


async def test_the_spot_on_air_is_what_is_acted_on(page: Page, site: str) -> None:
    told = await staged(page, site, PARKED_CALLS)
    await tell(page, "break", spot(now_ms(), {**HERE, "place_name": "Garage"}))
    await until(page, "document.getElementById('card-navigate').ariaLabel.includes('Garage')")
    told.clear()
    await page.evaluate("document.getElementById('card-navigate').click()")
    assert json.loads((await page.evaluate("handed"))[-1])["name"] == "Garage"
    await until(page, SENT)
    assert {("b", "navigate"), ("b", "tap")} <= set(told)


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
@pytest.mark.parametrize("size", SIZES)
async def test_they_are_large_whole_and_in_nobodys_way(
    browser: Browser, site: str, size: tuple[int, int], locale: str
) -> None:
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=locale)
    page = await context.new_page()
    longest = {**HERE, "headline": "W" * 20 + " " + "w" * 24, "body": ("every word " * 15)[:160]}
    await staged(page, site, PARKED_CALLS, longest)
    for state, least, number in ((PARKED_CALLS, 80, 2), (MOVING_MUTE, 100, 1)):
        await tell(page, "state", state)
        await until(page, f"({SHOWN})().length === {number}")
        found = await page.evaluate(TOGETHER)
        assert not found["cut"]
        assert len(found["buttons"]) == number
        for box in found["buttons"]:
            assert min(box["width"], box["height"]) >= least
            inside = found["promotion"]
            assert inside["left"] <= box["left"] < box["right"] <= inside["right"]
            assert inside["top"] <= box["top"] < box["bottom"] <= inside["bottom"]
            beside = box["left"] >= found["place"]["right"]
            assert beside or box["top"] >= found["place"]["bottom"], "it covers the place"
        assert found["promotion"]["bottom"] <= found["controls"]["top"]
        if state is PARKED_CALLS:
            whole = "(e) => e.scrollHeight <= e.clientHeight + 2"
            assert await page.eval_on_selector("#card-body", whole)


async def test_the_knob_reaches_them_and_they_are_named(page: Page, site: str) -> None:
    told = await staged(page, site, MOVING_MUTE)
    stops = []
    for _ in range(5):
        await page.keyboard.press("ArrowRight")
        stops.append(await page.evaluate("document.activeElement.id"))
    assert stops == ["card-navigate", "play", "open-items", "quieter", "louder"]
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    assert len(await page.evaluate("handed")) == 1
    assert await page.get_by_role("button", name="Navigate to Café de la Place, Rennes").count() == 1
    assert await page.get_by_role("group", name="This promotion").count() == 1
    await until(page, SENT)
    assert ("b", "navigate") in told
