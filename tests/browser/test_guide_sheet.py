"""The dash's guide: days, channels, all about one airing, and what may be started over."""

import re
import time
from collections.abc import Sequence
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.conftest import until
from tests.browser.dash_stage import MINUTE_MS, MOVING, PARKED, stage, tell

TITLES = (
    "Le journal du matin", "Ports d’Europe", "La route des sels", "Trains de nuit", "Le grand entretien",
    "Musiques en chemin", "Les maraîchers", "Un fleuve et ses ponts",
)  # fmt: skip
LONG = "Une heure entre mer et terre, de marée en marée, avec ceux qui récoltent le sel à la main. " * 6


Interludes = Sequence[tuple[int, int]]


def airing(n: int, begin_ms: int, **facts: Any) -> dict[str, Any]:
    start_ms = begin_ms + n * 30 * MINUTE_MS
    return {
        "airing_id": f"ch1-{n}",
        "title": TITLES[n % len(TITLES)],
        "subtitle": "",
        "synopsis": LONG if n % 2 else "Les nouvelles de la route et du monde.",
        "category": ("news", "documentary", "travel")[n % 3],
        "advisory": "all",
        "season": None,
        "episode": None,
        "year": None,
        "credits": [],
        "unavailable": "",
        "replay": None,
        "poster_url": f"/posters/{n}.svg",
        "starts_at_ms": start_ms,
        "ends_at_ms": start_ms + 28 * MINUTE_MS,
        **facts,
    }


def day(now_ms: int) -> list[dict[str, Any]]:
    """Airings around now; the sixth is on air, the first may be watched again, the eighth not here."""
    begin_ms = now_ms - 160 * MINUTE_MS
    facts: dict[int, dict[str, Any]] = {
        3: {"ends_at_ms": begin_ms + 90 * MINUTE_MS + 9},
        0: {"replay": {"until_ms": now_ms + 9e7, "path": "/play/airing/ch1-0"}},
        5: {
            "title": "Ports d’Europe",
            "subtitle": "Hambourg, la porte du monde",
            "season": 2,
            "episode": 4,
            "year": 2024,
            "advisory": "12",
            "credits": [
                {"role": "director", "name": "Jeanne Le Goff"},
                {"role": "actor", "name": "Ada Martin"},
                {"role": "actor", "name": "Paul Roux"},
            ],
            "replay": {"until_ms": now_ms + 9e7, "path": "/play/airing/ch1-5"},
        },
        7: {"unavailable": "rights-territory-excluded"},
    }
    return [airing(n, begin_ms, **facts.get(n, {})) for n in range(14)]


async def guided(page: Page, site: str, channels: int = 3, interludes: Interludes = ()) -> list[str]:
    """The dash, parked, its guide open; gives the addresses that were asked for, as they come."""
    now_ms = time.time_ns() // 1_000_000
    asked: list[str] = []
    entries = day(now_ms)
    between = [{"starts_at_ms": now_ms + a, "ends_at_ms": now_ms + b} for a, b in interludes]
    # The screen knows the same from the beginning, however soon it asks.
    await stage(page, site, now_ms=now_ms, guide={"entries": entries, "interludes": between})

    async def answer(route: Route) -> None:
        asked.append(route.request.url)
        await route.fulfill(json={"entries": entries, "interludes": between})

    names = ("Roadcast One", "Culture et patrimoine", "Sport")
    listed = [
        {
            "channel_id": f"ch{n}",
            "name": name,
            "logo_url": f"/posters/logo{n}.svg",
            "entries": entries[4 + n :][:2],
            "interludes": between,
        }
        for n, name in enumerate(names[:channels], 1)
    ]

    async def everywhere(route: Route) -> None:
        await route.fulfill(json={"channels": listed})

    await page.route("**/v1/channels/*/guide*", answer)
    await page.route(re.compile(r"/v1/guide\?"), everywhere)
    await tell(page, "state", PARKED)
    await page.click("#open-guide")
    await until(page, "document.querySelectorAll('.airing').length > 0")
    await until(page, f"document.querySelectorAll('.channel').length === {channels}")
    return asked


async def test_it_opens_on_what_is_on(page: Page, site: str) -> None:
    asked = await guided(page, site)
    current = page.locator(".airing[aria-current]")
    await expect(current).to_have_count(1)
    await expect(current).to_contain_text("Hambourg")
    await expect(current).to_be_in_viewport()
    assert any("market=FR" in url and "tz=" in url and "date=" in url for url in asked)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 720)])
@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
async def test_everything_is_large_and_within_the_screen(
    browser: Browser, site: str, width: int, height: int, locale: str
) -> None:
    context = await browser.new_context(viewport={"width": width, "height": height}, locale=locale)
    page = await context.new_page()
    await guided(page, site)
    sizes = await page.evaluate(
        """() => [...document.querySelectorAll('#guide button')].filter((b) => b.checkVisibility())
            .map((b) => [b.id || b.className, b.offsetWidth, b.offsetHeight])"""
    )
    assert all(w >= 76 and h >= 76 for _, w, h in sizes), sizes

    await page.locator(".airing[aria-current]").click()
    await expect(page.locator(".about h3")).to_be_in_viewport()
    for name in ("#guide-back", ".about-actions button", ".about-facts"):
        await expect(page.locator(name)).to_be_in_viewport(ratio=1)
    await context.close()


async def test_an_airing_tells_all_and_starts_over(page: Page, site: str) -> None:
    await guided(page, site)
    await page.locator(".airing[aria-current]").click()
    about = page.locator("#guide-about")
    for said in (
        "Ports d’Europe",
        "Hambourg",
        "Season 2, episode 4",
        "-12",
        "Directed by Jeanne Le Goff",
        "2024",
    ):
        await expect(about).to_contain_text(said)
    again = about.get_by_role("button", name="Start over")
    await expect(again).to_be_focused()
    await again.click()
    await expect(page.locator("#guide")).to_be_hidden()
    await expect(page.locator("#now-title")).to_have_text("Ports d’Europe")
    assert await page.locator(".screen").get_attribute("data-mode") == "item"
    await page.click("#live")
    assert await page.locator(".screen").get_attribute("data-mode") == "channel"


async def test_only_what_may_be_is_played_again(page: Page, site: str) -> None:
    await guided(page, site)
    rows = page.locator(".airing")
    await rows.nth(0).click()
    await expect(page.locator(".about-actions button")).to_have_text("Watch")
    await page.keyboard.press("Escape")
    await expect(rows.nth(0)).to_be_focused()
    await rows.nth(2).click()
    await expect(page.locator(".about-actions button")).to_have_count(0)
    await page.click("#guide-back")
    await rows.nth(7).click()
    await expect(page.locator(".about-refusal")).to_have_text("Not available in this country")


async def test_days_go_by_the_arrows(page: Page, site: str) -> None:
    asked = await guided(page, site)
    await expect(page.locator("#guide-day")).to_have_text("Today")
    await page.click("#guide-later")
    await expect(page.locator("#guide-day")).to_have_text("Tomorrow")
    await until(page, "document.querySelectorAll('.airing').length > 0")
    dates = [re.search(r"date=([0-9-]+)", url) for url in asked]
    found = [match.group(1) for match in dates if match]
    assert found[-1] > found[0]
    for _ in range(6):
        await page.click("#guide-later")
    assert await page.locator("#guide-later").is_disabled()


async def test_it_is_walked_by_keys(page: Page, site: str) -> None:
    await guided(page, site)
    await page.locator(".airing[aria-current]").focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.locator(".airing").nth(6)).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#guide-about")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".airing").nth(6)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator(".channel").first).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#guide")).to_be_hidden(timeout=1_000)


async def test_another_channel_is_looked_at_and_watched(page: Page, site: str) -> None:
    asked = await guided(page, site)
    await page.locator(".channel").nth(1).click()
    await expect(page.locator(".channel").nth(1)).to_have_attribute("aria-pressed", "true")
    await until(page, "document.querySelectorAll('.airing').length > 0")
    assert "/channels/ch2/" in asked[-1]
    await page.locator(".airing[aria-current]").click()
    await page.locator(".about-actions").get_by_role("button", name="Watch this channel").click()
    await expect(page.locator("#guide")).to_be_hidden()
    assert await page.evaluate("JSON.parse(localStorage.getItem('roadcast.channel'))") == "ch2"


@pytest.mark.parametrize("listed", ["a break", "an interlude", "nothing"])
async def test_a_channel_can_be_changed_to_whatever_is_on(page: Page, site: str, listed: str) -> None:
    """By pressing twice: between programmes, where only fillers are listed, and where nothing is."""
    await guided(page, site)
    await expect(page.locator("#guide-watch")).to_be_hidden()  # what plays is not offered
    now_ms = time.time_ns() // 1_000_000
    later = [airing(n, now_ms + 5 * MINUTE_MS) for n in range(3)]
    between = [{"starts_at_ms": now_ms - MINUTE_MS, "ends_at_ms": now_ms + 4 * MINUTE_MS}]
    day_of = {
        "a break": {"entries": later},
        "an interlude": {"entries": later, "interludes": between},
        "nothing": {"entries": []},
    }
    await page.route("**/v1/channels/ch2/guide*", lambda route: route.fulfill(json=day_of[listed]))
    await page.locator(".channel").nth(1).focus()
    await page.keyboard.press("Enter")
    watch = page.locator("#guide-watch")
    await expect(watch).to_be_focused()
    await expect(watch).to_be_in_viewport(ratio=1)
    if listed != "nothing":
        await page.keyboard.press("ArrowDown")
        await expect(page.locator(".airing").first).to_be_focused()
        await watch.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#guide")).to_be_hidden()
    assert await page.evaluate("JSON.parse(localStorage.getItem('roadcast.channel'))") == "ch2"


async def test_the_channel_is_offered_where_something_else_plays(page: Page, site: str) -> None:
    await guided(page, site)
    await page.locator(".airing[aria-current]").click()
    await page.get_by_role("button", name="Start over").click()
    await page.click("#open-guide")
    await page.click("#guide-watch")
    await expect(page.locator("#guide")).to_be_hidden()
    assert await page.locator(".screen").get_attribute("data-mode") == "channel"


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 720), (1024, 600)])
async def test_all_that_can_be_done_with_an_airing_is_seen_and_so_is_the_focus(
    browser: Browser, site: str, width: int, height: int
) -> None:
    """Two actions stand whole below the still, with the ring of whichever has the focus."""
    context = await browser.new_context(viewport={"width": width, "height": height}, locale="fr-FR")
    page = await context.new_page()
    await guided(page, site)
    await page.locator(".channel").nth(1).click()
    await page.locator(".airing[aria-current]").click()
    actions = page.locator(".about-actions button")
    await expect(actions).to_have_count(2)
    for n in range(2):
        await actions.nth(n).focus()
        await expect(actions.nth(n)).to_be_in_viewport(ratio=1)
        assert await page.evaluate(RING_CLIPPED) == []
    await context.close()


RING_CLIPPED = """() => {
    // The ancestors that cut off what reaches 8 px about the focus.
    const held = document.activeElement;
    const box = held.getBoundingClientRect();
    const cut = [];
    for (let one = held.parentElement; one; one = one.parentElement) {
        if (getComputedStyle(one).overflow === 'visible') continue;
        const { left, top, right, bottom } = one.getBoundingClientRect();
        const sides = [box.left - left, box.top - top, right - box.right, bottom - box.bottom];
        if (Math.min(...sides) < 8) cut.push(one.className);
    }
    return cut;
}"""


async def test_one_channel_needs_no_list(page: Page, site: str) -> None:
    await guided(page, site, channels=1)
    await expect(page.locator("#guide-channels")).to_be_hidden()


async def test_it_closes_when_the_car_moves(page: Page, site: str) -> None:
    await guided(page, site)
    await page.locator(".airing[aria-current]").click()
    await tell(page, "state", MOVING)
    await expect(page.locator("#guide")).to_be_hidden()


async def test_a_permission_that_lapses_for_a_moment_leaves_it_open(page: Page, site: str) -> None:
    await guided(page, site)
    unknown = {"permitted": False, "reason": "vehicle-unknown", "rule": ""}
    await tell(page, "state", {**MOVING, "video": unknown})
    await until(page, "document.querySelector('.screen').hasAttribute('data-restricted')")
    await expect(page.locator("#guide")).to_be_hidden()
    await tell(page, "state", PARKED)
    await expect(page.locator("#guide")).to_be_visible()


async def test_it_says_the_same_as_the_screen_beside_it(page: Page, site: str) -> None:
    """What is heard is some seconds behind: there the programme before may be on yet."""
    await guided(page, site)
    behind_ms = 12 * MINUTE_MS  # between the fifth airing and the sixth
    await page.evaluate(
        f"() => Object.defineProperty(sound, 'position', {{get: () => Date.now() - {behind_ms}}})"
    )
    await expect(page.locator("#now-title")).to_have_text("A short break")
    await expect(page.locator(".channel").first.locator(".channel-about > span")).to_have_text(
        "A short break"
    )
    await expect(page.locator(".airing[aria-current]")).to_have_count(0)


async def test_what_is_over_within_its_minute_says_one_time(page: Page, site: str) -> None:
    await guided(page, site)
    await page.locator(".airing").nth(3).click()
    await expect(page.locator(".about-facts")).to_be_visible()
    assert "–" not in (await page.locator(".about-facts").inner_text())


async def test_the_way_back_stands_clear_of_its_edge(page: Page, site: str) -> None:
    await guided(page, site)
    await page.locator(".airing[aria-current]").click()
    padding = await page.locator("#guide-back").evaluate(
        "(one) => parseFloat(getComputedStyle(one).paddingRight)"
    )
    assert padding >= 20


@pytest.mark.parametrize(("locale", "words"), [("en-GB", "Interlude"), ("fr-FR", "Intermède")])
async def test_long_between_programmes_is_an_interlude_and_not_a_break(
    browser: Browser, site: str, locale: str, words: str
) -> None:
    """Beside the channel that is heard, on it, and in its day: where the programme before has ended."""
    context = await browser.new_context(locale=locale)
    page = await context.new_page()
    await guided(page, site, interludes=[(-12 * MINUTE_MS, -10 * MINUTE_MS), (-MINUTE_MS, 20 * MINUTE_MS)])
    row = page.locator(".interlude")
    await expect(row).to_have_count(2)
    await expect(row.first).to_contain_text(words)
    await expect(page.locator("#guide-list button.interlude")).to_have_count(0)
    # The second channel's next programme is yet to come.
    await expect(page.locator(".channel").nth(1).locator(".channel-about > span")).to_have_text(words)
    behind_ms = 11 * MINUTE_MS  # between the fifth airing and the sixth
    await page.evaluate(
        f"() => Object.defineProperty(sound, 'position', {{get: () => Date.now() - {behind_ms}}})"
    )
    await expect(page.locator("#now-title")).to_have_text(words)
    await expect(row.first).to_have_attribute("aria-current", "")
    await context.close()


async def test_what_was_on_before_the_guide_begins_is_not_called_a_break(page: Page, site: str) -> None:
    """It begins with what is on; what is heard is some seconds behind."""
    now_ms = time.time_ns() // 1_000_000
    on_air = airing(0, now_ms - 5_000, ends_at_ms=now_ms + 600_000)

    async def answer(route: Route) -> None:
        await route.fulfill(json={"entries": [on_air], "interludes": []})

    await page.route("**/v1/channels/ch7/guide*", answer)
    await page.goto(f"{site}/dash")
    said = await page.evaluate(
        """async (nowMs) => {
            const { Guide } = await import('/static/players/guide.js');
            const guide = new Guide();
            await guide.refresh('ch7', nowMs - 8_000);
            const at = (ms) => guide.at(nowMs + ms);
            return [at(-8_000).now, at(-8_000).between, at(0).now.title, at(600_001).between];
        }""",
        now_ms,
    )
    assert said == [None, None, on_air["title"], "short_break"]
