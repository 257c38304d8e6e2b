"""What can be done with a promotion, by touch and by knob, and what is told of it."""

import json
import time
from typing import Any

import msgspec
import pytest
from playwright.async_api import Browser, Page, Route

from adserver.adapters.segno_codes import draw_qr
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
    longest = {
        **HERE,
        "coupon": "Free coffee",
        "headline": "W" * 20 + " " + "w" * 24,
        "body": ("every word " * 15)[:160],
    }
    await staged(page, site, PARKED_CALLS, longest)
    for state, least, number in ((PARKED_CALLS, 80, 3), (MOVING_MUTE, 100, 2)):
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


COUPON = {
    "coupon_id": "crv_1",
    "title": "Free coffee",
    "terms": "One each, on weekdays.",
    "advertiser": "Café de la Place",
    "code": "7K2M-0QXZ-9RTB",
    "saved_at": "2026-06-15T10:00:00Z",
    "expires_at": "2099-08-14T10:00:00Z",
    "redeemed_at": None,
    "qr": msgspec.to_builtins(draw_qr("7K2M-0QXZ-9RTB")),
}
WITH_COUPON = {**HERE, "coupon": "Free coffee"}


class Till:
    """The server's side of the coupons."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.held: list[dict[str, Any]] = []
        self.answer: int | None = 200
        self.code = ""

    async def __call__(self, route: Route) -> None:
        if self.answer is None:
            await route.abort()
            return
        match route.request.method:
            case "GET":
                await route.fulfill(json={"coupons": self.held})
            case "DELETE":
                self.held.clear()
                await route.fulfill(status=204)
            case _:
                self.asked.append(json.loads(route.request.post_data or ""))
                if self.answer == 200:
                    self.held[:] = [COUPON]
                    await route.fulfill(json=COUPON)
                else:
                    await route.fulfill(status=self.answer, json={"code": self.code, "detail": ""})


async def with_coupon(page: Page, site: str, state: dict[str, Any] = PARKED_CALLS) -> tuple[Till, Any]:
    till = Till()
    told = await staged(page, site, state, WITH_COUPON)
    await page.route("**/v1/sessions/*/coupons*", till)
    await page.route("**/v1/sessions/*/coupons/*", till)
    return till, told


LEGIBLE = """(button) => {
    const light = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map((one) => one / 255);
        const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    };
    const {color, backgroundColor} = getComputedStyle(button);
    const [dim, bright] = [light(color), light(backgroundColor)].sort((a, b) => a - b);
    return (bright + 0.05) / (dim + 0.05);
}"""
KEPT = "document.getElementById('card-save').textContent"


async def test_a_coupon_is_saved_once_shown_at_the_till_and_removed(page: Page, site: str) -> None:
    till, told = await with_coupon(page, site)
    assert not await page.is_visible("#open-coupons")
    for _ in range(3):
        await page.click("#card-save")
    await until(page, f"{KEPT} === 'Kept'")
    assert len(till.asked) == 1
    assert till.asked[0]["beacon"] == "b"
    assert await page.get_attribute("#card-save", "aria-pressed") == "true"
    assert await page.inner_text("#notice") == "Coupon kept"
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await until(page, f"document.body.hasAttribute('data-light') === {str(scheme == 'light').lower()}")
        # WCAG 2.2, 1.4.6: seven to one.
        assert await page.locator("#card-save").evaluate(LEGIBLE) >= 7
    await until(page, SENT)
    assert answers(told) == [("b", "tap")], "the server counts what it saves"
    await page.click("#open-coupons")
    code = page.locator(".coupon-code")
    assert await code.inner_text() == COUPON["code"]
    assert float(await code.evaluate("(e) => parseFloat(getComputedStyle(e).fontSize)")) >= 40
    assert "Good until August 14, 2099" in (await page.inner_text(".coupon")).replace(
        "14 August", "August 14,"
    )
    await page.get_by_role("button", name="Remove: Free coffee").click()
    await until(page, "document.querySelector('.coupon') === null")
    assert till.held == []
    await page.keyboard.press("Escape")
    assert not await page.is_visible("#open-coupons")


@pytest.mark.parametrize(
    ("became", "said"),
    [
        ({"redeemed_at": "2026-06-16T10:00:00Z", "qr": None}, "Redeemed already"),
        ({"expires_at": "2020-06-16T10:00:00Z"}, "Over since"),
    ],
)
async def test_what_is_worth_nothing_any_more_is_not_held_to_a_till(
    page: Page, site: str, became: dict[str, Any], said: str
) -> None:
    till, _ = await with_coupon(page, site)
    till.held[:] = [{**COUPON, **became}]
    await page.evaluate("car.opened()")
    await page.click("#open-coupons")
    await until(page, "document.querySelectorAll('.coupon').length === 1")
    assert said in await page.inner_text(".coupon")
    assert await page.locator(".coupon-qr").count() == 0
    struck = "(e) => getComputedStyle(e).textDecorationLine"
    assert await page.eval_on_selector(".coupon-code", struck) == "line-through"


async def test_saved_in_a_tunnel_it_is_kept_for_later(page: Page, site: str) -> None:
    till, _ = await with_coupon(page, site)
    till.answer = None
    await page.click("#card-save")
    await until(page, f"{KEPT} === 'Waiting'")
    await page.reload()
    await until(page, "Boolean(globalThis.car)")
    till.answer = 200
    await page.evaluate("dispatchEvent(new Event('online'))")
    await until(page, "JSON.parse(localStorage['roadcast.saved'] ?? '[]').length === 1")
    (asked,) = till.asked
    assert asked["at"] < asked["sent_at"]


async def test_when_there_are_no_more_the_button_goes(page: Page, site: str) -> None:
    till, _ = await with_coupon(page, site)
    till.answer, till.code = 409, "coupon-exhausted"
    await page.click("#card-save")
    await until(page, "document.getElementById('card-save').hidden")
    assert await page.inner_text("#notice") == "This coupon is no more to be had"
    assert await page.evaluate(SHOWN) == ["navigate", "call"]


async def test_a_coupon_is_saved_while_moving_and_read_when_parked(page: Page, site: str) -> None:
    await with_coupon(page, site, MOVING_MUTE)
    assert await page.evaluate(SHOWN) == ["navigate", "save"]
    await page.click("#card-save")
    await until(page, f"{KEPT} === 'Kept'")
    assert not await page.is_visible("#open-coupons")
    await tell(page, "state", PARKED_CALLS)
    await page.click("#open-coupons")
    assert await page.is_visible(".coupon-code")
    await tell(page, "state", MOVING_MUTE)
    await until(page, "document.getElementById('coupons').hidden")


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
@pytest.mark.parametrize("size", SIZES)
async def test_coupons_fit_the_screen(
    browser: Browser, site: str, size: tuple[int, int], locale: str
) -> None:
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, locale=locale)
    page = await context.new_page()
    code = "A" * 24
    qr = msgspec.to_builtins(draw_qr(code))
    long = {**COUPON, "title": "W" * 30, "terms": "word " * 60, "code": code, "qr": qr}
    await staged(page, site, PARKED_CALLS)
    await page.route("**/v1/sessions/*/coupons*", lambda r: r.fulfill(json={"coupons": [COUPON, long]}))
    await page.evaluate("car.opened()")
    await page.click("#open-coupons")
    await until(page, "document.querySelectorAll('.coupon').length === 2")
    found = await page.evaluate(
        """() => ['.controls', '#coupons', '.coupon', '.coupon:last-child', '.controls .control:last-child']
            .map((s) => document.querySelector(s).getBoundingClientRect().toJSON())"""
    )
    controls, sheet, *rows = found
    assert controls["right"] <= size[0]
    assert await page.evaluate(
        "[...document.querySelectorAll('.controls > *')].every((e) => "
        "e.getBoundingClientRect().right <= innerWidth - 15)"
    )
    for row in rows[:2]:
        assert sheet["left"] <= row["left"] < row["right"] <= sheet["right"]
    overflowing = "[...document.querySelectorAll('.coupon')].some((e) => e.scrollWidth > e.clientWidth)"
    assert not await page.evaluate(overflowing)
    first = page.get_by_role("img", name=COUPON["code"])
    box, listed = await first.bounding_box(), await page.locator("#coupons-list").bounding_box()
    assert box is not None
    assert listed is not None
    assert min(box["width"], box["height"]) >= 280, "about 5 cm: read from arm's length"
    assert listed["y"] <= box["y"]
    assert box["y"] + box["height"] <= listed["y"] + listed["height"], "it is seen whole without scrolling"
    painted = "(e) => [...e.children].map((one) => getComputedStyle(one).fill)"
    assert await first.evaluate(painted) == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    await page.keyboard.press("Escape")
    whole = "(e) => e.scrollHeight <= e.clientHeight + 2"
    assert await page.eval_on_selector("#card-headline", whole), "the way to them takes the promotion's room"


async def test_on_a_wide_screen_the_road_leaves_its_place_a_second_line(page: Page, site: str) -> None:
    """Where to go is read whole, and so is a headline of two lines above it."""
    await page.set_viewport_size({"width": 1920, "height": 720})
    long = {
        "headline": "La nouvelle Alezan vous attend chez nous",
        "place_name": "Garage Bellerive Gare de l’Est",
    }
    await staged(page, site, MOVING_MUTE, {**HERE, **long})
    for part in ("#promotion h2", "#card-place-name"):
        shown, whole, line = await page.locator(part).evaluate(
            "(e) => [e.clientHeight, e.scrollHeight, parseFloat(getComputedStyle(e).lineHeight)]"
        )
        assert whole <= shown + 1
        assert shown > 1.9 * line
    below = await page.locator(".controls").bounding_box()
    card = await page.locator("#promotion").bounding_box()
    assert below is not None
    assert card is not None
    assert card["y"] + card["height"] <= below["y"]
