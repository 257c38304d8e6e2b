"""The simulator's map and its warning: names to be read, what was just booked, two drives for one car."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.conftest import until

HERE = (48.11, -1.68)
FEED = """async ({signals, wait}) => {
    const {Feed} = await import('/static/players/feed.js');
    const sent = [];
    window.WebSocket = Object.assign(class {
        readyState = 1;
        constructor() { window.socket = this; }
        send(text) { sent.push(text); }
        close() {}
    }, {OPEN: 1});
    window.fetch = async () => new Response(JSON.stringify({ticket: 't'}));
    let now = 0;
    performance.now = () => now;
    const feed = new Feed('c', {open() {}, refused() {}});
    feed.start();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const subscribe = {action: 'subscribe', requestId: '1', path: 'Vehicle.Speed'};
    window.socket.onmessage({data: JSON.stringify(subscribe)});
    const car = {lat: 1, lon: 1, heading: 0, speed_kmh: 30, gear: 127, parking_brake: false};
    for (const speed_kmh of [30, 30.54, 0]) feed.send({...car, speed_kmh});
    now = wait;
    feed.send({...car, speed_kmh: 0});
    return feed.isMixed(signals);
}"""


def reach(name: str, north_m: float = 0) -> dict[str, Any]:
    latitude, longitude = HERE
    where = {"latitude": latitude + north_m / 111_000, "longitude": longitude}
    return {"advertiser": "Garage", "place_name": name, "radius_m": 900, **where}


async def opened(page: Page, site: str, reaches: list[dict[str, Any]]) -> None:
    async def answer(route: Any) -> None:
        await route.fulfill(json={"reaches": reaches})

    await page.route("**/simulator/reaches", answer)
    await page.clock.install()
    # Nobody answers: a refusal would open the dialog, at a moment of its own.
    await page.route("**/v1/head-units", lambda _route: None)
    await page.goto(f"{site}/simulator#code=x")
    await page.wait_for_selector(".leaflet-overlay-pane path.way")
    await page.clock.fast_forward(11_000)


async def test_what_is_booked_while_the_map_is_looked_at_appears_on_it(page: Page, site: str) -> None:
    reaches = [reach("Fournil")]
    await opened(page, site, reaches)
    await until(page, "document.querySelectorAll('path.reach').length === 1")
    reaches.append(reach("Garage", north_m=800))
    await page.clock.fast_forward(11_000)
    await until(page, "document.querySelectorAll('path.reach').length === 2")
    assert await page.locator(".place-name", has_text="Garage").count() == 1


async def test_no_name_covers_another(page: Page, site: str) -> None:
    # Seven at nearly one spot: four sides, so some must be hidden.
    await opened(page, site, [reach(f"A place with a long name {n}", north_m=3 * n) for n in range(7)])
    await until(page, "document.querySelectorAll('path.reach').length === 7")
    found = await page.evaluate(
        """[...document.querySelectorAll('.leaflet-tooltip')]
        .filter((e) => getComputedStyle(e).visibility === 'visible')
        .map((e) => e.getBoundingClientRect().toJSON())"""
    )
    assert 2 <= len(found) < 7
    for number, a in enumerate(found):
        for b in found[number + 1 :]:
            apart = a["right"] <= b["left"] or b["right"] <= a["left"]
            assert apart or a["bottom"] <= b["top"] or b["bottom"] <= a["top"]


@pytest.mark.parametrize(
    ("value", "age_ms", "wait_ms", "mixed"),
    [
        (2, 300, 6000, False),  # what it has told itself a while ago: above 1 km/h, no more of it is kept
        (0, 300, 6000, False),
        (1, 300, 6000, True),
        (-2, 300, 6000, True),
        (1, 4000, 6000, False),  # an older value, such as of the page before
        (1, 300, 3000, False),  # too soon to say
        (None, 300, 6000, False),
    ],
)
async def test_another_feed_is_known_by_what_this_one_never_told(
    page: Page, site: str, value: float | None, age_ms: int, wait_ms: int, mixed: bool
) -> None:
    await page.goto(f"{site}/dash")
    signals = {"Vehicle.Speed": {"value": value, "age_ms": age_ms}}
    assert await page.evaluate(FEED, {"signals": signals, "wait": wait_ms}) is mixed


async def test_of_a_speed_no_more_is_shown_than_the_server_keeps(page: Page, site: str) -> None:
    """It keeps what its rules look at: a car at 30 km/h is not said to do two."""
    await opened(page, site, [])
    said = await page.evaluate(
        """async (speeds) => {
            const {showState} = await import('/static/players/panels.js');
            const video = {permitted: false, rule: '', source: ''};
            return speeds.map((value) => {
                const signals = {'Vehicle.Speed': {value, age_ms: 90}};
                showState({driving_state: 'moving', rule: '', video, signals});
                return document.querySelector('#signals .number').textContent;
            });
        }""",
        [0, 1, 2, -2, None],
    )
    assert said == ["zero", "up to 1 km/h", "above 1 km/h", "below zero", "not known"]
