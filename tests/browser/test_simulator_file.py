"""A drive of one's own on the simulator: named, refused in clear words, chosen again."""

import json

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.conftest import until

SAID = {"en-GB": "This file does not read as a drive.", "fr-FR": "Ce fichier ne se lit pas comme un trajet."}
LINE = {"en-GB": "line", "fr-FR": "ligne"}
ROWS = [(0, 48.11, 0), (10, 48.11, 0), (20, 48.12, 30)]
POINTS = [
    {"t_s": t, "lat": lat, "lon": -1.68, "speed_kmh": speed, "gear": 127, "parking_brake": False}
    for t, lat, speed in ROWS
]


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
async def test_a_bad_file_is_refused_clearly_and_the_same_mended_one_is_taken(
    browser: Browser, site: str, locale: str
) -> None:
    context = await browser.new_context(locale=locale, viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    asked: list[str] = []

    async def answer(route: Route) -> None:
        asked.append(route.request.url)
        refusal = {"code": "trace-malformed", "detail": "Line 3 does not read as a point of a trace."}
        if len(asked) == 1:
            await route.fulfill(status=422, json=refusal)
        else:
            await route.fulfill(json={"points": POINTS})

    await page.route("**/simulator/drives?name=*", answer)
    # Nobody answers: a refusal would open the dialog again, at a moment of its own.
    await page.route("**/v1/head-units", lambda _route: None)
    await page.goto(f"{site}/simulator#code=x")
    await page.wait_for_selector(".leaflet-overlay-pane path.way")
    async with page.expect_file_chooser() as chooser:
        await page.select_option("#drive", "own")
    file = {"name": "my drive.csv", "mimeType": "text/csv", "buffer": b"nonsense"}
    await (await chooser.value).set_files(file)  # type: ignore[arg-type]
    await until(page, "!document.getElementById('drive-error').hidden")
    told = await page.inner_text("#drive-error")
    assert SAID[locale] in told
    assert f"({LINE[locale]} 3)" in told
    assert "read as a point" not in told  # the server's own words are English
    assert await page.inner_text("#file-name") == "my drive.csv"
    async with page.expect_file_chooser() as chooser:
        await page.click("#choose-file")
    await (await chooser.value).set_files(file)  # type: ignore[arg-type]
    await until(page, "document.getElementById('elapsed').textContent.includes('0:20')")
    assert await page.is_hidden("#drive-error")
    assert len(asked) == 2


LOG = {
    "points": [
        {
            "t_s": t,
            "lat": 48.11,
            "lon": -1.68 + t / 1000,
            "speed_kmh": 20 * t,
            "gear": 126,
            "parking_brake": True,
        }
        for t in (0, 0.5, 1, 1.5)
    ],
    "told": [
        [0, "Vehicle.LowVoltageSystemState", "ACC"],
        [0.2, "Vehicle.Powertrain.Transmission.SelectedGear", "126"],
        [0.3, "Vehicle.Speed", "0"],
        [1.4, "Vehicle.Speed", "viss-inline:Data-not-available"],
        [1.5, "Vehicle.Cabin.Toaster", "hot"],
    ],
}
ASKED = [path for _, path, _ in LOG["told"][:3]] + ["Vehicle.IsMoving", "Vehicle.ADAS.ActiveAutonomyLevel"]
SERVER = """
    // Stands where the server is: asks for some signals, and notes what it hears.
    window.heard = [];
    window.dialled = 0;
    window.WebSocket = Object.assign(class {
        readyState = 1;
        constructor() {
            window.dialled += 1;
            setTimeout(() => {
                this.onopen();
                for (const [id, path] of ASKED.entries()) {
                    const asked = {action: 'subscribe', requestId: String(id), path};
                    this.onmessage({data: JSON.stringify(asked)});
                }
            }, 0);
        }
        send(text) { window.heard.push({...JSON.parse(text), dialled: window.dialled}); }
        close() { this.readyState = 3; }
    }, {OPEN: 1});
    window.EventSource = class { addEventListener() {} close() {} };
"""
SAYS = """(dialled) => window.heard.filter((one) => one.action === 'subscription' && one.dialled === dialled)
    .map((one) => Object.fromEntries(one.data.map(({path, dp}) => [path, dp.value])))"""


async def test_along_a_log_the_car_says_what_the_log_tells_and_then_nothing(page: Page, site: str) -> None:
    await page.add_init_script(SERVER.replace("ASKED", json.dumps(ASKED)))
    unit = {"head_unit_id": "hu_1", "vehicle_id": "veh_1", "credential": "c", "role": "feed"}
    await page.route("**/v1/head-units", lambda route: route.fulfill(status=201, json=unit))
    await page.route("**/v1/tickets", lambda route: route.fulfill(json={"ticket": "t"}))
    await page.route("**/v1/places/near*", lambda route: route.fulfill(json={"places": []}))
    await page.route("**/simulator/drives?name=*", lambda route: route.fulfill(json=LOG))
    await page.goto(f"{site}/simulator#code=x")
    await until(page, f"({SAYS})(1).length > 0")
    refused = "window.heard.filter((one) => one.error && one.dialled === 1).map((one) => one.requestId)"
    assert await page.evaluate(refused) == ["0", "4"]  # without a log it has no ignition and no autonomy
    async with page.expect_file_chooser() as chooser:
        await page.select_option("#drive", "own")
    file = {"name": "drive.ndjson", "mimeType": "application/x-ndjson", "buffer": b"{}"}
    await (await chooser.value).set_files(file)  # type: ignore[arg-type]
    # It dials again, and can say what the log tells; until it drives it is parked by hand.
    await until(page, f"({SAYS})(2).length > 0")
    by_hand = (await page.evaluate(SAYS, 2))[0]
    assert (by_hand["Vehicle.Speed"], by_hand["Vehicle.IsMoving"]) == ("0.0", "false")
    assert "Vehicle.LowVoltageSystemState" not in by_hand
    assert await page.is_hidden("#over")
    await page.click("#run")
    await until(page, "!document.getElementById('over').hidden")
    said = await page.evaluate(SAYS, 2)
    along = [one for one in said if one.get("Vehicle.Speed") != "0.0"]
    told: list[tuple[str, str]] = [pair for one in along for pair in one.items()]
    # Each value once, those of the log that were asked for, and nothing inferred: no IsMoving.
    assert told == [(path, value) for _, path, value in LOG["told"][:4]]
    await page.wait_for_timeout(1_200)
    assert len(await page.evaluate(SAYS, 2)) == len(said)
    await page.click("#park")
    assert await page.is_hidden("#over")
    await until(page, f"({SAYS})(2).length > {len(said)}")
    # From its end it begins anew, on a feed of its own.
    await page.click("#run")
    await until(page, f"({SAYS})(3).some((one) => one['Vehicle.LowVoltageSystemState'] === 'ACC')")
    assert "0:01" in await page.inner_text("#elapsed")


STANDS = [(0, 126, 0), (5, 126, 0), (10, 126, 0), (11, 127, 0), (12, 127, 30)]


@pytest.mark.parametrize(
    ("locale", "words", "age", "verdict"),
    [
        ("en-GB", "in Park until 0:10", "0.1 s", "Standing, not parked"),
        ("fr-FR", "en P jusqu’à 0:10", "0,1 s", "À l’arrêt, non garée"),
    ],
)
async def test_a_car_that_stands_in_park_says_until_when(
    browser: Browser, site: str, locale: str, words: str, age: str, verdict: str
) -> None:
    """Or whoever presses “Drive” sees nothing of it for a while."""
    context = await browser.new_context(locale=locale, viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    unit = {"head_unit_id": "hu_1", "vehicle_id": "veh_1", "credential": "c", "role": "feed"}
    points = [
        {
            "t_s": t,
            "lat": 48.11 + t / 1e4,
            "lon": -1.68,
            "speed_kmh": speed,
            "gear": gear,
            "parking_brake": False,
        }
        for t, gear, speed in STANDS
    ]
    await page.route("**/v1/head-units", lambda route: route.fulfill(status=201, json=unit))
    await page.route("**/v1/tickets", lambda route: route.fulfill(json={"ticket": "t"}))
    await page.route("**/simulator/drives/*", lambda route: route.fulfill(json={"points": points}))
    await page.add_init_script(TOLD)
    await page.goto(f"{site}/simulator#code=x")
    stands = page.locator("#elapsed")
    await expect(stands).not_to_contain_text(words)
    high = await page.evaluate("document.querySelector('.wheel').offsetHeight")
    await page.click("#run")
    await expect(stands).to_contain_text(words)
    await expect(stands).to_be_in_viewport(ratio=1)
    assert await page.evaluate("document.querySelector('.wheel').offsetHeight") == high
    await expect(page.locator("#driving-state")).to_have_text(verdict)
    await expect(page.locator("#signals .muted").first).to_have_text(age)
    dot = "(e) => { const { width, height } = getComputedStyle(e, '::before'); return [width, height]; }"
    width, height = await page.eval_on_selector("#driving-state", dot)
    assert width == height
    await page.eval_on_selector("#seek", "(e) => { e.value = 900; e.oninput(); e.onchange(); }")
    await expect(stands).not_to_contain_text(words)
    await context.close()


TOLD = """
    window.WebSocket = class { send() {} close() {} };
    const state = {driving_state: 'idling', rule: 'agreeing-for-less-than-three-seconds', at_ms: Date.now(),
        video: {permitted: false}, signals: {'Vehicle.Speed': {value: 0, age_ms: 100}}};
    window.EventSource = class {
        addEventListener(name, hear) {
            if (name === 'state') setTimeout(() => hear({data: JSON.stringify(state)}), 0);
        }
        close() {}
    };
"""
