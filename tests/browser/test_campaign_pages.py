"""The advertiser's pages in the browser: a card's preview is the dash's card; a campaign's page follows."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import BrowserContext, Dialog, Page, Route, expect

from server.pages import static_file
from tests.adserver.house import House, card_avail
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
        async with browser(house) as web:
            found = await web.get(path, headers=me)
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
    await page.get_by_role("button", name="End", exact=True).click()
    assert asked == ["End this campaign for ever?"]
    await expect(page.locator("#why")).to_contain_text("It is serving.")
    await expect(page.get_by_label("Headline of the card")).to_have_value("Half typed")
    await until(page, "document.querySelector('time').textContent.includes('2026')")
    assert await page.locator("#terms").get_by_text("Europe/Paris").count() >= 2
    assert seen.complaints == []
