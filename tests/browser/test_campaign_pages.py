"""The advertiser's pages in the browser: a card's preview is the dash's card; a campaign's page follows."""

import re
import wave
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Dialog, Page, Route, expect

from adserver.serving.supply import HOUR_MS, Kind, Slot
from geotarget.coarsen import cell
from server.pages import static_file
from tests.adserver.house import RENNES, House, card_avail, place
from tests.adserver.web import as_advertiser, browser
from tests.browser.conftest import Seen, until

BASE = "http://test"
LONGEST = ("Venez essayer sans rendez-vous " * 6)[:160]
CARD = """selector => {
    const card = document.querySelector(selector);
    card.style.width = '388px';
    const of = (one) => {
        const s = getComputedStyle(one);
        return [s.fontSize, s.fontWeight, s.lineHeight, s.letterSpacing, s.color, s.backgroundColor];
    };
    const parts = ['.promotion-top', '.ad-label', 'h2', '.promotion-body', '.card-place', 'strong'];
    const body = card.querySelector('.promotion-body');
    return {
        looks: [card, ...parts.map((part) => card.querySelector(part))].map(of),
        padding: getComputedStyle(card).padding,
        whole: body.scrollHeight <= body.clientHeight,
    };
}"""


@pytest.fixture
def engine(context: BrowserContext) -> Browser:
    found = context.browser
    assert found is not None
    return found


@pytest.fixture
def house(database, aredis, clock, new_id, signer) -> House:
    return House(database, aredis, clock, new_id, signer)


async def serve(page: Page, house: House, me: dict[str, str]) -> None:
    """Answer the page's requests from the ad server's application in this very loop."""

    async def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            file = static_file(path.removeprefix("/static/"))
            await (route.fulfill(path=file) if file.exists() else route.fulfill(status=404))
            return
        form = {"Content-Type": route.request.headers.get("content-type", "")}
        async with browser(house) as web:
            sent = route.request.post_data_buffer
            found = await web.request(route.request.method, path, headers=me | form, content=sent)
        await route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.content)

    await page.route(f"{BASE}/**", answer)


async def test_the_preview_is_the_card_that_the_dash_shows(
    house: House, page: Page, context: BrowserContext, site: str
) -> None:
    me = as_advertiser(house.register("Garage").advertiser_id)
    await serve(page, house, me)
    await page.goto(f"{BASE}/advertiser/campaigns/new")
    await page.get_by_label("Second line").fill(LONGEST)
    previewed = await page.evaluate(CARD, ".ad-preview .promotion")
    dash = await context.new_page()
    await dash.goto(f"{site}/dash")
    await dash.evaluate(
        """text => {
            const promotion = document.querySelector('#promotion');
            document.querySelector('.screen').removeAttribute('data-restricted');
            promotion.hidden = false;
            document.querySelector('#card-body').textContent = text;
            document.querySelector('#card-headline').textContent = 'Your headline';
            for (const id of ['enrol']) document.getElementById(id).hidden = true;
        }""",
        LONGEST,
    )
    assert await dash.evaluate(CARD, "#promotion") == previewed
    assert previewed["whole"], "the second line is cut"


async def test_what_to_expect_follows_what_is_ticked_and_typed(house: House, page: Page, seen: Seen) -> None:
    hour = house.clock.now_ms() // HOUR_MS
    counted = {Slot(hour - n, cell(*RENNES), "FR", Kind.CARD): 10 for n in range(1, 15 * 24)}
    house.supply.add(counted)
    house.places = [place("Rennes")]
    await serve(page, house, as_advertiser(house.register("Garage").advertiser_id))
    await page.goto(f"{BASE}/advertiser/campaigns/new")
    expected = page.locator("[data-expected=available]")
    await expect(expected).to_have_count(0)
    await page.get_by_role("button", name="Search", exact=True).click()
    await page.get_by_label("Rennes").check()
    await expect(expected).to_have_text("6,700", timeout=20_000)
    await page.get_by_label("End", exact=True).fill("2026-06-16T13:00")
    await expect(expected).to_have_text("240", timeout=20_000)
    await page.get_by_label("It ends when").select_option("taps")
    await page.get_by_label("How many").fill("1")
    await expect(page.locator("[data-expected=possible]")).to_have_text("100", timeout=20_000)
    await expect(page.locator("[data-expected=goal]")).to_contain_text("about 1 taps", timeout=20_000)
    # Only cards were offered, and none is played to its end.
    await page.get_by_label("You pay for").select_option("cpv")
    await page.get_by_label("Price of it").fill("12")
    await expect(page.locator("#forecast")).to_contain_text("Hardly any car", timeout=20_000)
    await page.get_by_label("You pay for").select_option("tap")
    await page.get_by_label("Price of it").fill("12")
    await expect(expected).to_have_text("240", timeout=20_000)
    await page.locator("#radius_km").fill("0.001")
    await expect(page.locator("#forecast")).to_contain_text("Choose 50 m to 200 km.", timeout=20_000)
    assert seen.complaints == []


async def test_a_campaigns_page_goes_on_after_the_first_impression(
    house: House, page: Page, seen: Seen
) -> None:
    campaign = await house.running(spot=False)
    await serve(page, house, as_advertiser(campaign.advertiser_id))
    await page.goto(f"{BASE}/advertiser/campaigns/{campaign.campaign_id}")
    cards = page.locator("[data-live=stats] .stat").nth(3).locator(".number")
    await expect(cards).to_have_text("0")
    await page.get_by_text("Add a creative").click()
    await page.get_by_label("Headline of the card").fill("Half typed")
    for n in (1, 2):
        fill = (await house.serve(card_avail(f"c{n}", house.clock.now()))).fills[0]
        await house.record(fill.beacon, "card-shown")
        await house.post()
        await expect(cards).to_have_text(str(n), timeout=15_000)
    # What can be done follows too, and is still asked about before it is done.
    await expect(page.get_by_role("button", name="Remove")).to_have_count(0)
    asked: list[str] = []

    async def decline(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await dialog.dismiss()

    page.on("dialog", decline)
    await page.get_by_role("button", name="End campaign", exact=True).click()
    assert asked == ["End this campaign for ever?"]
    await expect(page.locator("#why")).to_contain_text("It is serving.")
    await expect(page.get_by_label("Headline of the card")).to_have_value("Half typed")
    await until(page, "document.querySelector('time').textContent.includes('2026')")
    assert await page.locator("#terms").get_by_text("Europe/Paris").count() >= 2
    assert seen.complaints == []


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en-US", "Monday,? 15 June 2026 at 13:00"), ("fr-FR", "lundi 15 juin 2026 à 13:00")],
)
async def test_a_moment_is_said_the_day_first_however_the_browser_writes_it(
    house: House, engine: Browser, locale: str, said: str
) -> None:
    context = await engine.new_context(locale=locale)
    page = await context.new_page()
    me = as_advertiser(house.register("Garage").advertiser_id) | {"Accept-Language": locale}
    await serve(page, house, me)
    await page.goto(f"{BASE}/advertiser/campaigns/new")
    start = page.locator("#starts + output")
    await expect(start).to_have_text(re.compile(said))
    await page.fill("#starts", "2026-07-01T09:05")
    await expect(start).to_contain_text("2026")
    await expect(start).to_contain_text("09:05")


async def test_what_a_creative_lacks_is_said_and_its_film_and_the_page_go_on(
    house: House, page: Page, seen: Seen
) -> None:
    """The answer to a form has an address that cannot be read again: the page asks for its own."""
    campaign = await house.running(spot=False)
    at = f"{BASE}/advertiser/campaigns/{campaign.campaign_id}"
    await serve(page, house, as_advertiser(campaign.advertiser_id))
    await page.goto(at)
    await page.get_by_text("Add a creative").click()
    await page.get_by_role("button", name="Add it").click()
    assert page.url == at  # the browser itself asks for a headline
    await page.evaluate("document.getElementById('headline').value = ' '")
    await page.evaluate("document.querySelector('[name=upload_id]').value = 'upl_acc1'")
    await page.get_by_role("button", name="Add it").click()
    await page.wait_for_url(f"{at}/creatives")
    assert await page.locator("[name=upload_id]").input_value() == "upl_acc1"
    fill = (await house.serve(card_avail("c1", house.clock.now()))).fills[0]
    await house.record(fill.beacon, "card-shown")
    await house.post()
    cards = page.locator("[data-live=stats] .stat").nth(3).locator(".number")
    await expect(cards).to_have_text("1", timeout=15_000)
    assert [one for one in seen.complaints if "422" not in one] == []


async def test_a_film_that_is_too_long_is_refused_before_it_is_sent(
    house: House, page: Page, tmp_path: Path
) -> None:
    long = tmp_path / "long.wav"
    with wave.open(str(long), "wb") as sound:
        sound.setparams((1, 1, 8000, 0, "NONE", ""))
        sound.writeframes(bytes([128]) * 8000 * 75)
    await serve(page, house, as_advertiser(house.register("Garage").advertiser_id))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    await page.goto(f"{BASE}/advertiser/campaigns/new")
    await page.set_input_files("#file", long)
    error = page.locator("[data-upload] .error")
    await expect(error).to_have_text("The file plays for 75 s; at most 60 s are taken here. Cut it.")
    assert not [url for url in sent if "/v1/uploads" in url]
