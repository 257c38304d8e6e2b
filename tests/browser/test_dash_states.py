"""What the dash shows in each state, with its session and its players held by the test."""

import asyncio
import base64
import time
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.conftest import until
from tests.browser.dash_stage import CARD, ITEM, MOVING, PARKED, poster, spot, stage, tell

WORD = {"en-GB": "Advertisement", "fr-FR": "Publicité"}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
async def test_an_advertisement_on_the_road_says_whose_it_is_and_shows_nothing_of_its_picture(
    browser: Browser, site: str, locale: str
) -> None:
    page = await (await browser.new_context(locale=locale)).new_page()
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", MOVING)
    await until(page, "!document.getElementById('poster').hidden")
    await tell(page, "break", spot(now_ms(), {**CARD, "place_name": "Rennes"}))
    await expect(page.locator("#now-title")).to_contain_text(WORD[locale])
    await expect(page.locator("#now-title")).to_contain_text(CARD["advertiser"])
    assert not await page.is_visible("#poster")
    assert await page.evaluate(ICONS) == ["icon-sound"]
    # Once is enough at a glance.
    written = await page.evaluate("document.querySelector('.screen').innerText")
    assert written.count(CARD["advertiser"]) == 1


ICONS = """() => [...document.querySelectorAll('.stage .icon')]
    .filter((one) => one.getClientRects().length).map((one) => one.classList[1])"""


@pytest.mark.parametrize("ad", [False, True])
async def test_no_loudspeaker_sounds_beside_a_silence(page: Page, site: str, ad: bool) -> None:
    """With a still, and without one: one sign, and the right one."""
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", MOVING)
    await until(page, "!document.getElementById('poster').hidden")
    if ad:
        await tell(page, "break", spot(now_ms()))
        await until(page, "document.getElementById('poster').hidden")
    await until(page, "!document.getElementById('withheld').hidden")
    assert await page.evaluate(ICONS) == ["icon-sound"]
    await page.click("#play")
    await until(page, "document.querySelector('.screen').dataset.sound === 'paused'")
    assert await page.evaluate(ICONS) == ["icon-pause"]
    await page.click("#play")
    await page.evaluate("sound.flowing = false")
    await tell(page, "link", False)
    await until(page, "document.querySelector('.screen').dataset.sound === 'away'")
    assert await page.evaluate(ICONS) == ["icon-away"]


async def test_a_still_that_comes_late_stands_for_nothing_else(page: Page, site: str) -> None:
    """The programme's is asked for; before it is there its break begins."""
    asked, came = asyncio.Event(), asyncio.Event()

    async def slowly(route: Route) -> None:
        asked.set()
        await came.wait()
        await route.fulfill(body=poster(210), content_type="image/svg+xml")

    await stage(page, site, now_ms=now_ms())
    await page.route("**/posters/late.svg", slowly)
    await page.evaluate("""async () => {
        const {showArtwork} = await import('/static/players/view.js');
        globalThis.showArtwork = showArtwork;
        showArtwork('/posters/late.svg');
    }""")
    await asked.wait()
    await page.evaluate("showArtwork('')")
    async with page.expect_response("**/posters/late.svg"):
        came.set()
    await until(page, "document.getElementById('poster').complete")
    assert await page.evaluate("document.getElementById('poster').hidden")


@pytest.mark.parametrize("width", [1280, 1920])
async def test_why_there_is_no_picture_is_written_beside_the_still(
    browser: Browser, site: str, width: int
) -> None:
    page = await (await browser.new_context(viewport={"width": width, "height": 720})).new_page()
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", MOVING)
    await until(
        page, "!document.getElementById('poster').hidden && !document.getElementById('withheld').hidden"
    )
    box = "(e) => e.getBoundingClientRect().toJSON()"
    still, why = [await page.eval_on_selector(one, box) for one in ("#poster", "#withheld")]
    assert still["bottom"] <= why["top"]
    assert still["width"] / still["height"] == pytest.approx(16 / 9, rel=0.01)


async def test_both_countdowns_of_an_advertisement_say_the_same(page: Page, site: str) -> None:
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    await tell(page, "break", spot(now_ms()))
    await until(page, "!document.getElementById('ad-mark').hidden")
    said = await page.evaluate("""async () => {
        const seconds = (s) => document.querySelector(s).textContent.match(/\\d+/)[0];
        const said = [];
        for (let n = 0; n < 30; n += 1) {
            said.push(['#now-left', '.promotion .ad-label'].map(seconds));
            await new Promise((done) => setTimeout(done, 50));
        }
        return said;
    }""")
    assert len({left for left, _ in said}) > 1
    assert [left for left, _ in said] == [beside for _, beside in said]


async def test_what_is_taken_out_of_a_break_is_shown_no_more(page: Page, site: str) -> None:
    await stage(page, site, now_ms=now_ms(), in_break=True)
    await tell(page, "state", MOVING)
    plan = spot(now_ms())
    await tell(page, "break", plan)
    await until(page, "!document.getElementById('promotion').hidden")
    await tell(page, "break", {**plan, "fills": []})
    await until(page, "document.getElementById('promotion').hidden")
    assert not await page.is_visible("#ad-mark")


async def test_a_card_that_is_taken_back_goes_and_the_promotion_goes_on(page: Page, site: str) -> None:
    """Its place may be known no more."""
    await stage(page, site, now_ms=now_ms(), in_break=True)
    await tell(page, "state", MOVING)
    at = now_ms()
    await tell(page, "break", spot(at))
    await until(page, "!document.getElementById('promotion').hidden")
    emptied = {"headline": "", "body": "", "place_id": "", "place_name": "", "distance_m": None}
    await tell(page, "break", spot(at, {**CARD, **emptied}))
    await until(page, "document.getElementById('promotion').hidden")
    await expect(page.locator("#now-title")).to_contain_text(CARD["advertiser"])


async def test_where_cards_are_locked_none_is_seen_beside_a_spot_either(page: Page, site: str) -> None:
    """Nor once it is unknown how the car is, because the server is silent."""
    await stage(page, site, now_ms=now_ms(), in_break=True)
    gone, there = (f"{no}document.getElementById('promotion').hidden" for no in ("", "!"))
    at = now_ms()
    await tell(page, "break", spot(at))
    await tell(page, "state", {**PARKED, "cards": "now"})
    await until(page, there)
    await tell(page, "state", {**MOVING, "cards": "no"})
    assert await page.evaluate(gone), "at once"
    await expect(page.locator("#now-title")).to_contain_text(CARD["advertiser"])
    await tell(page, "card", {"fill_id": "c", "beacon": "b", "card": CARD, "chosen_ms": at})
    await tell(page, "break", {**spot(at), "fills": []})
    await expect(page.locator("#now-title")).not_to_contain_text(CARD["advertiser"])
    assert await page.evaluate(gone)
    await tell(page, "state", {**PARKED, "cards": "now"})
    await until(page, there)
    await tell(page, "link", False)
    await until(page, gone)


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


@pytest.mark.parametrize("width", [1280, 1920])
async def test_the_full_screen_is_the_whole_screen(browser: Browser, site: str, width: int) -> None:
    page = await (await browser.new_context(viewport={"width": width, "height": 720})).new_page()
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    await page.click("#full")
    box = await page.eval_on_selector(".stage", "(e) => e.getBoundingClientRect().toJSON()")
    assert (box["left"], box["top"], box["width"], box["height"]) == (0, 0, width, 720)
    assert await page.is_visible("#full")


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


async def test_out_of_reach_the_panel_says_what_the_lamp_says(page: Page, site: str) -> None:
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    await page.context.set_offline(True)
    await tell(page, "link", False)
    await expect(page.locator("#link")).to_have_text("Offline")
    await expect(page.locator("#withheld")).to_have_text("Offline: sound only")


async def test_what_stands_still_is_not_called_connected(page: Page, site: str) -> None:
    """The push channel lives, and nothing comes of what is played."""
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    lamp, why = page.locator("#link"), page.locator("#withheld")
    await expect(lamp).to_have_text("Connected")
    await until(page, "picture.shown")
    await page.evaluate("sound.flowing = false")
    await expect(lamp).to_have_text("Reconnecting")
    await expect(why).to_have_text("Reconnecting")
    assert not await page.is_visible("#video")
    await page.evaluate("sound.flowing = true")
    await expect(lamp).to_have_text("Connected")
    await until(page, "picture.shown")


async def test_a_pause_is_no_failure(page: Page, site: str) -> None:
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    await page.click("#play")
    await page.wait_for_timeout(3_500)
    await expect(page.locator("#link")).to_have_text("Connected")
    await expect(page.locator("#withheld")).to_be_hidden()
    assert await page.is_visible("#video")


async def test_a_channel_that_is_paused_for_long_tells_what_comes_then(page: Page, site: str) -> None:
    """It will go on at the live point: neither the title that was paused nor its picture stands any more."""
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    await expect(page.locator("#now-title")).to_have_text("The Endless Coast")
    await page.click("#play")
    await page.evaluate(
        """(ahead) => Object.defineProperty(sound, 'resumesAt', {
        get() { return this.flowing ? this.position : this.position + ahead; }
    })""",
        20 * 60_000,
    )
    await expect(page.locator("#now-title")).to_have_text("Night Trains of Europe")
    await expect(page.locator("#withheld")).to_have_text("Paused")
    assert not await page.is_visible("#video")
    await page.click("#play")
    await until(page, "picture.shown")


async def test_without_a_network_it_says_so_before_the_sound_runs_out(page: Page, site: str) -> None:
    """A push channel that was open may seem to live on."""
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    await page.context.set_offline(True)
    await page.evaluate("sound.failing = true")
    await expect(page.locator("#link")).to_have_text("Offline")
    assert await page.is_visible("#video")  # for as long as there is any of it
    await page.evaluate("sound.flowing = false")
    await expect(page.locator("#withheld")).to_have_text("Offline: goes on by itself")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 720), (1024, 600), (1024, 768)])
async def test_the_pictures_place_is_of_its_shape(
    browser: Browser, site: str, width: int, height: int
) -> None:
    """No black beside or above it."""
    context = await browser.new_context(viewport={"width": width, "height": height})
    page = await context.new_page()
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    place = await page.eval_on_selector(".stage", "(e) => e.getBoundingClientRect().toJSON()")
    assert place["width"] / place["height"] == pytest.approx(16 / 9, rel=0.003)
    await context.close()


@pytest.mark.parametrize(("locale", "here"), [("en-GB", "Here"), ("fr-FR", "Vous y êtes")])
async def test_a_car_that_stands_at_the_place_is_told_no_distance(
    browser: Browser, site: str, locale: str, here: str
) -> None:
    page = await (await browser.new_context(locale=locale)).new_page()
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    for metres, words in ((0, here), (24, here), (25, "50 m"), (None, ""), (650, "650 m")):
        card = {**CARD, "distance_m": metres}
        await tell(page, "card", {"fill_id": "c", "beacon": "b", "card": card, "chosen_ms": now_ms()})
        await expect(page.locator("#card-distance")).to_have_text(words)


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-GB", "Your channel is not offered here"),
        ("fr-FR", "Votre chaîne n’est pas proposée ici"),
    ],
)
async def test_a_channel_that_is_not_offered_here_is_told_for_a_moment_and_remembered(
    browser: Browser, site: str, locale: str, words: str
) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 720}, locale=locale)
    page = await context.new_page()
    await page.clock.install()
    await stage(page, site, now_ms=now_ms())
    await page.evaluate("localStorage.setItem('roadcast.channel', JSON.stringify('ch2'))")
    await tell(page, "state", PARKED)
    await page.evaluate("car.elsewhere()")
    await expect(page.locator("#notice")).to_have_text(words)
    assert await page.is_visible("#notice")
    assert await page.evaluate("localStorage.getItem('roadcast.channel')") == '"ch2"'
    await page.clock.run_for(11_000)
    await expect(page.locator("#notice")).to_be_hidden()


@pytest.mark.parametrize("mode", ["channel", "item"])
@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
async def test_a_wide_screen_shows_how_loud_it_is(
    browser: Browser, site: str, locale: str, mode: str
) -> None:
    context = await browser.new_context(viewport={"width": 1920, "height": 720}, locale=locale)
    page = await context.new_page()
    await stage(page, site, now_ms=now_ms())
    await tell(page, "state", PARKED)
    if mode == "item":
        await page.click("#open-items")
        await page.click(".tile")
        await until(page, "document.querySelector('.screen').dataset.mode === 'item'")
    box = "(e) => e.getBoundingClientRect().toJSON()"
    assert (await page.eval_on_selector("#volume", box))["width"] >= 120
    for name in ("#quieter", "#louder"):
        found = await page.eval_on_selector(name, box)
        assert min(found["width"], found["height"]) >= 76
    assert (await page.eval_on_selector(".controls", box))["bottom"] <= 700
    await tell(page, "card", {"fill_id": "c", "beacon": "b", "card": CARD, "chosen_ms": now_ms()})
    await tell(page, "state", MOVING)
    await until(page, "!document.getElementById('promotion').hidden")
    card = await page.eval_on_selector("#promotion", box)
    assert card["bottom"] <= (await page.eval_on_selector(".controls", box))["top"]
    assert await page.eval_on_selector("#promotion", "(e) => e.scrollHeight <= e.clientHeight")
    await context.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 720), (1024, 600)])
@pytest.mark.parametrize("state", [PARKED, MOVING])
async def test_what_is_on_demand_stands_in_rows(
    browser: Browser, site: str, width: int, height: int, state: dict[str, Any]
) -> None:
    """Whatever its titles, and whether it was begun: as high as its neighbours, and whole."""
    context = await browser.new_context(viewport={"width": width, "height": height})
    page = await context.new_page()
    await stage(page, site, now_ms=now_ms())
    about = [("Letters from the Lighthouse", "Tide Radio"), ("Night Drive", "Slow Cinema of the North")]
    items = [{**ITEM, "item_id": f"i{n}", "title": one, "partner": by} for n, (one, by) in enumerate(about)]
    point = {**ITEM, "item_id": "begun", "content_id": "begun", "position_ms": 240_000}
    await page.route("**/v1/items", lambda route: route.fulfill(json={"items": items}))
    await page.route("**/v1/sessions/*/resume*", lambda route: route.fulfill(json={"points": [point]}))
    await tell(page, "state", state)
    await page.click("#open-items")
    await until(page, "document.querySelectorAll('.tile').length === 3")
    tiles = await page.evaluate("""() => [...document.querySelectorAll('.tile')].map((tile) => {
        const box = tile.getBoundingClientRect();
        return [box.top, box.height, tile.scrollHeight <= tile.clientHeight];
    })""")
    tops = {top for top, _, _ in tiles}
    assert all(whole for _, _, whole in tiles)
    for row in tops:
        assert len({round(high) for top, high, _ in tiles if top == row}) == 1
    await context.close()


EXTREMES = """async (png) => {
    const image = new Image();
    image.src = `data:image/png;base64,${png}`;
    await image.decode();
    const drawn = new OffscreenCanvas(image.width, image.height).getContext('2d');
    drawn.drawImage(image, 0, 0);
    const { data } = drawn.getImageData(0, 0, image.width, image.height);
    const light = [];
    for (let i = 0; i < data.length; i += 4) light.push((data[i] + data[i + 1] + data[i + 2]) / 3);
    return [Math.min(...light), Math.max(...light)];
}"""


async def corner(page: Page, blank: Page, selector: str) -> tuple[float, float]:
    """The darkest and the lightest there is at the upper left corner of what is selected."""
    box = await page.eval_on_selector(selector, "(e) => e.getBoundingClientRect().toJSON()")
    clip: Any = {"x": box["left"] - 2, "y": box["top"] - 2, "width": 22, "height": 22}
    shot = await page.screenshot(clip=clip)
    darkest, lightest = await blank.evaluate(EXTREMES, base64.b64encode(shot).decode())
    return darkest, lightest


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_shows_at_round_corners_from_beneath(browser: Browser, site: str, scheme: Any) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme=scheme)
    page, blank = await context.new_page(), await context.new_page()
    await stage(page, site, now_ms=now_ms())

    async def clean(selector: str) -> bool:
        darkest, lightest = await corner(page, blank, selector)
        return darkest > 170 if scheme == "light" else lightest < 90

    await tell(page, "state", MOVING)
    await until(page, "!document.getElementById('withheld').hidden")
    assert await clean(".stage")
    await tell(page, "state", PARKED)
    beneath = "black" if scheme == "light" else "white"
    await page.evaluate(f"document.getElementById('video').style.background = {beneath!r}")
    await page.click("#open-items")
    await until(page, "document.querySelector('.tile') !== null && picture.shown")
    assert await clean("#items")
    await context.close()
