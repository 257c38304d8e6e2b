"""The README's pictures, made from a demo of their own that runs: ``make pictures``."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from server.demo.memory import recall
from tests.browser.conftest import CHROMIUM, FLAGS, until
from tests.walks.service import Service

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
# A whole round of the demo's channel, and a little.
PATIENCE_MS = 300_000
WAY, RATE = "east", "8"
CARD = "!document.getElementById('promotion').hidden"
PICTURE = "document.querySelector('.screen').dataset.picture === 'on'"
PROGRAMME = "!document.getElementById('now-progress').hidden"
# The first seconds of a demo's programme are its title.
MIDWAY = "(value => value > 350 && value < 700)(document.getElementById('now-progress').value)"
BEST = f"document.getElementById('now-title').textContent === 'The Endless Coast' && {MIDWAY}"
MOVING = "document.querySelector('.verdict').dataset.state === 'moving'"
# A break with two promotions, told on top.
BREAK = """(decision => decision?.querySelector('strong').textContent === 'Break'
    && decision.querySelectorAll('.fill').length > 1)(document.querySelector('#decisions > *'))"""


async def dash_page(browser: Browser, url: str, code: str) -> Page:
    """The screen of the demo's car."""
    context = await browser.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{url}/dash#code={code}")
    return page


async def simulator_page(browser: Browser, url: str, codes: dict[str, str]) -> Page:
    """The simulator of the same car, standing parked where its way begins."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{url}/simulator#code={codes['feed']}&screen={codes['screen']}")
    await page.select_option("#drive", WAY)
    await page.wait_for_selector(".leaflet-overlay-pane path.way")
    return page


async def take(url: str, codes: dict[str, str]) -> None:
    """Park, look, drive, look again."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        simulator = await simulator_page(browser, url, codes)
        dash = await dash_page(browser, url, codes["screen"])
        await until(dash, f"{PICTURE} && {CARD} && {PROGRAMME} && {BEST}", PATIENCE_MS)
        await dash.screenshot(path=IMAGES / "dash.png")

        await simulator.select_option("#rate", RATE)
        await simulator.click("#run")
        await until(dash, f"!({PICTURE}) && {CARD} && {PROGRAMME}", PATIENCE_MS)
        await dash.screenshot(path=IMAGES / "dash-moving.png")
        await until(simulator, f"{MOVING} && {BREAK}", PATIENCE_MS)
        await simulator.screenshot(path=IMAGES / "simulator.png")
        await browser.close()


def main() -> None:
    """Start a demo, in which no promotion has been shown often enough yet; take the pictures; stop it."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder, "data"), Path(folder, "log.txt"))
        service.environ["ROADCAST_DEMO"] = "1"
        service.start()
        try:
            asyncio.run(take(service.url, recall(service.data_dir).codes))
        finally:
            service.close()


if __name__ == "__main__":
    main()
