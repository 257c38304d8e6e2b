"""A drive of one's own on the simulator: named, refused in clear words, chosen again."""

import pytest
from playwright.async_api import Browser, Route

from tests.browser.conftest import until

SAID = {"en-GB": "This file does not read as a drive.", "fr-FR": "Ce fichier ne se lit pas comme un trajet."}
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
    await page.goto(f"{site}/simulator#code=x")
    await page.wait_for_selector(".leaflet-overlay-pane path.way")
    await page.evaluate("document.getElementById('enrol').close()")
    async with page.expect_file_chooser() as chooser:
        await page.select_option("#drive", "own")
    file = {"name": "my drive.csv", "mimeType": "text/csv", "buffer": b"nonsense"}
    await (await chooser.value).set_files(file)  # type: ignore[arg-type]
    await until(page, "!document.getElementById('drive-error').hidden")
    told = await page.inner_text("#drive-error")
    assert SAID[locale] in told
    assert "Line 3" in told
    assert await page.inner_text("#file-name") == "my drive.csv"
    async with page.expect_file_chooser() as chooser:
        await page.click("#choose-file")
    await (await chooser.value).set_files(file)  # type: ignore[arg-type]
    await until(page, "document.getElementById('elapsed').textContent.includes('0:20')")
    assert await page.is_hidden("#drive-error")
    assert len(asked) == 2
