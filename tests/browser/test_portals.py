"""Advertiser's, operator's and editor's pages on the real service: real uploads, the real worker."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.conftest import Seen
from tests.players.film import make_film
from tests.walks.service import PASSWORD, RENNES, Service

PATIENCE_MS = 90_000
SEGMENTS = 2
_EDGE = "(control) => getComputedStyle(control).borderTopColor"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("films") / "short film.mkv", SEGMENTS, "testsrc2", 440)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Running, with an account of each role and one place."""
    folder = tmp_path_factory.mktemp("portals")
    found = Service(folder / "data", folder / "log.txt")
    found.start()
    try:
        found.add_accounts()
        with found.client("operator") as operator:
            feature = {
                "type": "Feature",
                "id": "here",
                "geometry": {"type": "Point", "coordinates": [RENNES[1], RENNES[0]]},
                "properties": {"name": "Garage du Pont", "category": "dealer"},
            }
            places = json.dumps({"type": "FeatureCollection", "features": [feature]})
            answer = operator.post("/v1/places/import?format=geojson&source=test", content=places)
            assert answer.status_code == 200, answer.text
        yield found
    finally:
        found.close()


async def sign_in(page: Page, service: Service, name: str, path: str) -> None:
    """Ask for a page that needs it, be asked to sign in, and arrive at that page."""
    await page.goto(service.url + path)
    await expect(page).to_have_url(f"{service.url}/sign-in?next={path.replace('/', '%2F')}")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(service.url + path)


async def sign_out(page: Page) -> None:
    await page.get_by_role("button", name="Sign out").click()


async def click_until(page: Page, button: Locator, wanted: Locator) -> None:
    """Press again while the service's snapshots catch up with what was just added."""
    for _ in range(30):
        await button.click()
        await page.wait_for_load_state()
        if await wanted.count():
            return
        await page.wait_for_timeout(200)
    raise AssertionError(f"never shown: {wanted}")


async def test_an_advertiser_books_a_campaign_with_a_film_and_the_operator_approves_it(
    page: Page, seen: Seen, service: Service, film: Path
) -> None:
    await sign_in(page, service, "advertiser", "/advertiser")
    await page.goto(f"{service.url}/advertiser/campaigns/new")
    await page.get_by_label("Headline of the card").fill(100 * "x")
    await page.get_by_text("Hours, language, what is on").click()
    hours, charge = page.locator("[name=whom_hours_0]"), page.locator("[name=whom_charge_percent_least]")
    await hours.fill("at noon")
    await charge.fill("200")
    # What does not need the service's word is said beside its field.
    await page.get_by_role("button", name="Book the campaign").last.click()
    await expect(page.get_by_role("alert")).to_be_visible()
    assert len(seen.complaints) == 1
    assert "422" in seen.complaints.pop()
    # Nothing was cut, and whatever is wrong looks wrong.
    await expect(page.get_by_label("Headline of the card")).to_have_value(100 * "x")
    await expect(page.get_by_text("Use at most 60 characters.")).to_be_visible()
    wrong = await page.get_by_label("Name", exact=True).evaluate(_EDGE)
    assert wrong != await page.get_by_label("Second line").evaluate(_EDGE)
    for control in (hours, charge):
        assert await control.evaluate(_EDGE) == wrong
        await expect(control).to_have_attribute("aria-invalid", "true")
        await expect(control).to_have_accessible_description(re.compile(r"\w"))
    said = await page.locator(".error:not(:empty)").evaluate_all(
        "all => [...new Set(all.map((one) => getComputedStyle(one).color))]"
    )
    assert said == [wrong]
    await hours.fill("")
    await charge.fill("")

    # A price is one of what is paid for, and goes with it.
    pays, price = page.get_by_label("You pay for"), page.get_by_label("Price of it")
    coupon = page.get_by_text("The card of this form has no coupon")
    await expect(coupon).to_be_hidden()
    await pays.select_option("redemption")
    await expect(price).to_have_value("")
    await expect(coupon).to_be_visible()
    await pays.select_option("cpm")
    await expect(price).to_have_value("12")
    await expect(coupon).to_be_hidden()

    await page.get_by_label("Name", exact=True).fill("Test drives")
    await page.get_by_label("Headline of the card").fill("Come and try it")
    await page.get_by_label("Second line").fill("Today until seven.")
    await page.get_by_label("Film or sound").set_input_files(film)
    await expect(page.locator("[data-status]")).to_have_text(f"{film.name} · The file has arrived.")

    await page.get_by_label("Name or brand").fill("garage")
    search = page.get_by_role("button", name="Search", exact=True)
    await click_until(page, search, page.get_by_label("Garage du Pont"))
    # The search went to the server and back: what was typed and sent is still there.
    await expect(page.locator("[data-status]")).to_contain_text(film.name)
    await page.get_by_label("Garage du Pont").check()
    await page.get_by_label("Budget in all").fill("100")
    await page.get_by_label("Price of it").fill("25")
    await page.get_by_role("button", name="Book the campaign").last.click()

    await expect(page.get_by_role("heading", level=1)).to_contain_text("Test drives")
    # A film and, of the same words, a card.
    creatives = page.locator("#creatives article")
    await expect(creatives).to_have_count(2)
    spot = creatives.filter(has=page.get_by_alt_text("First picture of the film"))
    await expect(spot).to_contain_text("review", timeout=PATIENCE_MS)
    campaign = page.url
    await sign_out(page)

    await sign_in(page, service, "operator", "/advertiser/review")
    waiting = page.get_by_role("button", name="Approve")
    for left in (2, 1, 0):
        await expect(waiting).to_have_count(left)
        if left:
            await waiting.first.click()
    await expect(page.get_by_text("Nothing waits for review")).to_be_visible()
    await sign_out(page)

    await sign_in(page, service, "advertiser", "/advertiser")
    await page.goto(campaign)
    await expect(creatives.filter(has_text="approved")).to_have_count(2)
    await expect(page.locator("#why")).to_contain_text("Is it serving?")
    assert seen.complaints == []


async def test_an_editor_uploads_a_programme_and_puts_it_on_the_schedule(
    page: Page, seen: Seen, service: Service, film: Path
) -> None:
    await sign_in(page, service, "editor", "/editor/schedule")
    await page.get_by_label("Name of the channel").fill("Télé Pont")
    await expect(page.get_by_label("Short name for addresses")).to_have_value("tele-pont")
    await page.get_by_role("button", name="Create the channel").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Télé Pont")

    await page.goto(f"{service.url}/editor/upload")
    await page.get_by_label("Choose a file, or drop one here").set_input_files(film)
    # The file's name is a first title.
    await expect(page.get_by_label("Title")).to_have_value("short film")
    await page.get_by_label("Title").fill("A short film")
    await page.get_by_label("Description").fill("Bars and a beep.")
    await expect(page.get_by_label("Once it is ready")).to_have_value("")
    await page.get_by_role("button", name="Add to the library").click()
    await expect(page).to_have_url(f"{service.url}/editor", timeout=PATIENCE_MS)
    row = page.get_by_role("row").filter(has_text="A short film")
    await expect(row.locator("[data-badge]")).to_have_text("Ready", timeout=PATIENCE_MS)

    await expect(row).to_contain_text("Not on air yet")
    await row.get_by_role("link", name="Put “A short film” on the schedule").click()
    # It is in the loop, and not saved yet.
    await expect(page.locator("[data-entries] .entry-name")).to_have_text(["A short film"])
    await page.get_by_role("button", name="Add a break").click()
    await expect(page.locator("[data-entries] li")).to_have_count(2)
    await page.get_by_role("button", name="Save the schedule").click()
    await expect(page.locator("[data-said]")).to_contain_text("Saved.")
    await page.get_by_role("link", name="Week and days").click()
    await expect(page.locator("[data-rundown]")).to_contain_text("A short film")

    await page.goto(f"{service.url}/editor/schedule#loop")
    await page.reload()
    await expect(page.locator("[data-entries] .entry-name")).to_have_text(["A short film", "Break"])
    channels = await (await page.request.get(f"{service.url}/v1/channels")).json()
    channel_id = next(one["channel_id"] for one in channels["channels"] if one["slug"] == "tele-pont")
    guide = f"{service.url}/v1/channels/{channel_id}/guide"
    for _ in range(100):
        if "A short film" in await (await page.request.get(guide)).text():
            break
        await page.wait_for_timeout(200)
    else:
        raise AssertionError("the guide never announced it")
    assert seen.complaints == []


async def test_what_switches_are_searched_by_stands_in_rows(page: Page, service: Service) -> None:
    """Fields for moments are by themselves a little higher than others, and would stand out."""
    await page.set_viewport_size({"width": 1280, "height": 800})
    await sign_in(page, service, "operator", "/switches")
    heights = await page.evaluate(
        "[...document.querySelectorAll('form[role=search] :is(input:not([type=hidden]), select, button)')]"
        ".map((one) => one.getBoundingClientRect().height)"
    )
    assert len(heights) == 8
    assert len(set(heights)) == 1, heights


async def test_an_owner_invites_a_till_and_makes_a_token_by_keyboard_and_button(
    page: Page, seen: Seen, service: Service, browser: Browser
) -> None:
    await sign_in(page, service, "advertiser", "/advertiser")
    await page.get_by_role("link", name="Members and tokens").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Garage")
    members, invitations = page.locator("#members tbody tr"), page.locator("#invitations tbody tr")
    await expect(members).to_have_count(1)
    await expect(members.first).to_contain_text("you")
    select, change = members.first.get_by_label("Role of"), members.first.get_by_role("button").first
    places = [await one.bounding_box() for one in (select, change)]
    assert abs(places[0]["y"] + places[0]["height"] / 2 - places[1]["y"] - places[1]["height"] / 2) < 2

    await page.get_by_label("For whom").focus()
    await page.keyboard.type("Counter")
    await page.keyboard.press("Tab")
    await page.keyboard.type("Till")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    link = page.get_by_label("Link to pass on")
    await expect(link).to_have_value(re.compile(r"/join/join_\w+$"))
    await expect(invitations).to_contain_text("Counter")
    path = re.search("/join/.*", await link.input_value())[0]

    french = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="fr-FR")
    till = seen.watch(await french.new_page())
    await till.goto(service.url + path)
    await expect(till.get_by_role("heading", level=1)).to_have_text("Rejoindre Garage")
    await till.get_by_label("Nom pour se connecter").fill("counter")
    await till.get_by_label("Mot de passe").fill(PASSWORD)
    await till.get_by_role("button", name="Rejoindre").click()
    await expect(till).to_have_url(service.url + "/advertiser/redeem")
    await expect(till.get_by_role("navigation").get_by_role("link", name="Caisse")).to_be_visible()
    await expect(till.get_by_role("link", name="Campagnes")).to_have_count(0)

    await page.get_by_label("For which program").fill("Stock")
    await page.get_by_role("button", name="Make a token").click()
    await expect(page.get_by_label("The token", exact=True)).to_have_value(
        re.compile("^roadcast_adv_[a-z0-9]{27}$")
    )
    await expect(members).to_have_count(2)
    await expect(invitations).to_have_count(0)
    page.once("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Revoke Stock").click()
    await expect(page.get_by_text("No tokens yet.")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Remove counter").click()
    await expect(members).to_have_count(1)
    await expect(page.locator("#history li").first).to_contain_text("removed counter, who was Till")
    assert seen.complaints == []
    await till.goto(service.url + "/advertiser/redeem")
    await expect(till).to_have_url(re.compile("/sign-in"))
    await sign_out(page)
