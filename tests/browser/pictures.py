"""The pictures of README and docs, made from a demo of their own that runs: ``make pictures``."""

import asyncio
import subprocess
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from server.demo.memory import recall
from tests.browser.conftest import CHROMIUM, FLAGS, until
from tests.players.tunnel import Tunnel, tunnel
from tests.walks.service import Service

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
# A whole round of the demo's channel, and a little.
PATIENCE_MS = 300_000
SIZES: dict[str, ViewportSize] = {
    "": {"width": 1280, "height": 720},
    "-wide": {"width": 1920, "height": 720},
}
HEAVIEST = 140_000
WAY, RATE = "east", "8"
CARD = "!document.getElementById('promotion').hidden"
PICTURE = "document.querySelector('.screen').dataset.picture === 'on'"
PROGRAMME = "!document.getElementById('now-progress').hidden"
STILL = "!document.getElementById('poster').hidden"
WITHHELD = "document.getElementById('withheld').innerText"
# The first seconds of a demo's programme are its title.
MIDWAY = "(value => value > 350 && value < 700)(document.getElementById('now-progress').value)"
BEST = f"document.getElementById('now-title').textContent === 'The Endless Coast' && {MIDWAY}"
MOVING = "document.querySelector('.verdict').dataset.state === 'moving'"
# A break with two promotions, told on top.
BREAK = """(decision => decision?.querySelector('strong').textContent === 'Break'
    && decision.querySelectorAll('.fill').length > 1)(document.querySelector('#decisions > *'))"""


async def dash_page(browser: Browser, url: str, code: str) -> Page:
    """The screen of the demo's car, at night."""
    context = await browser.new_context(viewport=SIZES[""], locale="en-GB", color_scheme="dark")
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


async def both_sizes(dash: Page, name: str) -> None:
    """The screen as it is, at 1280×720 and at 1920×720."""
    for suffix, size in SIZES.items():
        await dash.set_viewport_size(size)
        await dash.wait_for_timeout(400)
        await keep(dash, f"{name}{suffix}")
    await dash.set_viewport_size(SIZES[""])


async def keep(page: Page, name: str) -> None:
    """A picture for the documents: smaller than the screen, in as few colours as it must be to be light."""
    target = IMAGES / f"{name}.png"
    await page.screenshot(path=target)
    shot = target.read_bytes()
    width = {1920: 1200, 1280: 960}.get((page.viewport_size or SIZES[""])["width"], 1080)
    for colours in (256, 128, 64, 32):
        target.write_bytes(await asyncio.to_thread(_reduced, shot, width, colours))
        if target.stat().st_size <= HEAVIEST:
            return


def _reduced(shot: bytes, width: int, colours: int) -> bytes:
    scaled = f"scale={width}:-1:flags=lanczos,split[a][b];[a]palettegen=max_colors={colours}[p]"
    graph = f"{scaled};[b][p]paletteuse=dither=none"
    command = ["ffmpeg", "-loglevel", "error", "-f", "png_pipe", "-i", "-", "-vf", graph]
    told = subprocess.run(
        [*command, "-f", "image2pipe", "-c:v", "png", "-"], input=shot, stdout=subprocess.PIPE, check=True
    )
    return told.stdout


async def parked(dash: Page, way: Tunnel) -> None:
    """What a parked car shows: by night, by day, the guide, and without a network."""
    await both_sizes(dash, "dash")
    await dash.emulate_media(color_scheme="light")
    await both_sizes(dash, "light")
    await dash.emulate_media(color_scheme="dark")
    await dash.focus("#open-guide")
    await dash.keyboard.press("Enter")
    await until(dash, "document.querySelectorAll('.airing').length > 4")
    await both_sizes(dash, "guide")
    await dash.click("#guide [data-close]")
    way.enter()
    await until(dash, f"{WITHHELD} === 'Offline: goes on by itself'", PATIENCE_MS)
    await both_sizes(dash, "offline")
    way.leave()
    await until(dash, PICTURE, PATIENCE_MS)


async def take(url: str, codes: dict[str, str]) -> None:
    """Park, look, drive, look again."""
    async with tunnel(url) as way, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        simulator = await simulator_page(browser, url, codes)
        dash = await dash_page(browser, way.url, codes["screen"])
        await until(dash, f"{PICTURE} && {CARD} && {PROGRAMME} && {BEST}", PATIENCE_MS)
        await parked(dash, way)

        await simulator.select_option("#rate", RATE)
        await simulator.click("#run")
        await until(dash, f"{WITHHELD} === 'Driving: sound only' && {CARD} && {STILL}", PATIENCE_MS)
        await both_sizes(dash, "dash-moving")
        await simulator.click("#run")
        await until(dash, f"{WITHHELD} === 'Shift to P for picture' && {CARD} && {STILL}", PATIENCE_MS)
        await both_sizes(dash, "withheld")
        await simulator.click("#run")
        await until(simulator, f"{MOVING} && {BREAK}", PATIENCE_MS)
        await keep(simulator, "simulator")
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
