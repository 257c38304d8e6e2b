"""The dash itself in headless Chromium, before a service that runs: what it shows as the car drives off, and
what it plays when the driver starts over what is on."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, Response, async_playwright, expect

from media.house_format import SEGMENT_MS
from tests.browser.conftest import CHROMIUM, FLAGS, Seen, until
from tests.players.house import DRIVING, PARKED
from tests.players.product import PROGRAMMES, Product

GONE_MS = 150
AWAY = re.compile("^(Reconnecting|Offline)$")
AWAY_SILENT = re.compile("^(Reconnecting|Offline: goes on by itself)$")
PATIENCE_MS = 90_000
"""The channel's programmes and breaks come round within this."""
IN_STEP_S = 0.25
LONGEST = PROGRAMMES[0][0]
MODE = "document.querySelector('.screen').dataset.mode"
PICTURE = "document.querySelector('.screen').dataset.picture === 'on'"
AUDIO, VIDEO = "document.getElementById('audio')", "document.getElementById('video')"

# Told by the page's own clock: when the word to withhold the picture came, and when nothing of it was left.
WATCH = """
globalThis.watch = {pushed: null, gone: null};
const Pushed = EventSource;
globalThis.EventSource = class extends Pushed {
  constructor(...given) {
    super(...given);
    this.addEventListener('state', ({data}) => {
      if (!JSON.parse(data).video.permitted) watch.pushed ??= performance.now();
    });
  }
};
const look = () => {
  const video = document.getElementById('video');
  const shown = video.getClientRects().length > 0 || video.videoWidth > 0 || video.buffered.length > 0;
  if (watch.pushed !== null && !shown) watch.gone ??= performance.now();
};
setInterval(look, 5);
"""

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def page(seen: Seen) -> AsyncIterator[Page]:
    """A screen that notes its complaints in ``seen``."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")
        yield seen.watch(await context.new_page())
        await browser.close()


@pytest.fixture
def seen() -> Seen:
    return Seen()


async def test_the_picture_of_an_ad_is_gone_as_soon_as_the_car_drives_off(
    product: Product, page: Page, seen: Seen
) -> None:
    with product.driving("leaving-feed", PARKED) as feed:
        await page.add_init_script(WATCH)
        await page.goto(f"{product.url}/dash#code=leaving-two-element")
        on_air = f"{PICTURE} && !document.getElementById('ad-mark').hidden"
        await until(page, on_air, PATIENCE_MS)
        await page.evaluate("watch.pushed = watch.gone = null")
        heard_s = await page.evaluate(f"{AUDIO}.currentTime")
        feed.tell(DRIVING)
        await until(page, "watch.gone !== null")
        assert await page.evaluate("watch.gone - watch.pushed") < GONE_MS
        await expect(page.locator("#withheld")).to_have_text("Driving: sound only")
        await expect(page.locator("#artwork")).to_be_visible()
        assert not await page.is_visible("#video")
        assert not await page.is_visible("#ad-mark") or not await page.is_visible("#poster")
        await until(page, f"{AUDIO}.currentTime > {heard_s + 2}")
    # What the page had asked for as the car drove off was refused; nothing else was amiss.
    assert [one for one in seen.complaints if "403 (Forbidden)" not in one] == []


async def test_media_that_fails_alone_is_said_and_asked_for_again(product: Product, page: Page) -> None:
    """What is pushed still comes; no playlist and no segment does."""
    await page.goto(f"{product.url}/dash#code=two-element")
    await until(page, PICTURE, PATIENCE_MS)
    lamp, why = page.locator("#link"), page.locator("#withheld")
    await expect(lamp).to_have_text("Connected")
    media = re.compile(r"\.m3u8|/segments/")
    await page.route(media, lambda route: route.abort())
    await expect(lamp).to_have_text(AWAY, timeout=PATIENCE_MS)
    await until(page, f"{AUDIO}.readyState < 3", PATIENCE_MS)
    await expect(why).to_have_text(AWAY_SILENT)
    await expect(page.locator("#video")).to_be_hidden()
    await page.unroute(media)
    await expect(lamp).to_have_text("Connected", timeout=PATIENCE_MS)
    await until(page, PICTURE, PATIENCE_MS)


async def test_a_channel_goes_on_without_who_pauses_it(product: Product, page: Page) -> None:
    """Soon it would go on at the live point: what was paused is shown no more."""
    await page.goto(f"{product.url}/dash#code=two-element")
    await until(page, PICTURE, PATIENCE_MS)
    await page.click("#play")
    await expect(page.locator("#withheld")).to_have_text("Paused", timeout=PATIENCE_MS)
    await page.click("#play")
    await until(page, PICTURE, PATIENCE_MS)


class Listed:
    """How many segments each playlist of what is started over had."""

    def __init__(self, page: Page) -> None:
        self.counts: list[int] = []
        self.ended: list[bool] = []
        page.on("response", self._note)

    async def _note(self, answer: Response) -> None:
        if "/play/airing/" in answer.url and "/a128.m3u8" in answer.url:
            text = await answer.text()
            self.counts.append(text.count("#EXTINF"))
            self.ended.append("#EXT-X-ENDLIST" in text)

    @property
    def first_s(self) -> float:
        """What could be played of it when it began."""
        return self.counts[0] * SEGMENT_MS / 1000


async def test_what_is_on_is_started_over_as_it_grows(product: Product, page: Page, seen: Seen) -> None:
    listed = Listed(page)
    await page.goto(f"{product.url}/dash#code=two-element")
    await until(page, PICTURE, PATIENCE_MS)
    await have_the_ads_first(page)
    begun = f"""document.getElementById('now-title').textContent === {LONGEST!r}
        && document.getElementById('now-progress').value < 350"""
    await until(page, begun, PATIENCE_MS)
    await page.click("#open-guide")
    await page.click("#guide-list .airing[aria-current]")
    await page.get_by_role("button", name="Start over").click()
    await until(page, f"{MODE} === 'item' && {AUDIO}.readyState >= 3 && {AUDIO}.currentTime > 0")
    # Not where the list grows, though it is one that does.
    assert await page.evaluate(f"{AUDIO}.currentTime") < 3
    assert not listed.ended[0]
    await until(page, PICTURE)
    await until(page, f"{AUDIO}.currentTime > {listed.first_s + 1}", PATIENCE_MS)
    assert listed.counts[-1] > listed.counts[0]
    assert await in_step(page)

    await page.evaluate(f"{AUDIO}.currentTime = 2")
    await until(page, f"!{AUDIO}.seeking && {AUDIO}.currentTime > 3")
    assert await page.evaluate(f"{AUDIO}.currentTime") < 10
    assert await in_step(page)

    async with page.expect_response(lambda answer: f"/play/{product.stock.channel_id}/" in answer.url):
        await page.click("#live")
    await until(page, f"{MODE} === 'channel' && {PICTURE} && {AUDIO}.readyState >= 3 && !{AUDIO}.paused")
    assert seen.complaints == []


async def have_the_ads_first(page: Page) -> None:
    """Before an item, so that what is started over has none, and begins with little to play."""
    await page.click("#open-items")
    await page.click(".tile")
    await until(page, f"{MODE} === 'item' && {AUDIO}.currentTime > 0.5")
    await page.click("#live")
    await until(page, f"{MODE} === 'channel' && {PICTURE}", PATIENCE_MS)


async def in_step(page: Page) -> bool:
    """Whether the picture is in sight, and comes to where the sound is."""
    await until(page, f"{PICTURE} && Math.abs({VIDEO}.currentTime - {AUDIO}.currentTime) < {IN_STEP_S}")
    return True
