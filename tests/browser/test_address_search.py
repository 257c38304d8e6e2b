"""An address is looked up in the forms, by mouse, by keyboard and by ear."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Seen
from tests.geotarget.geocoders import REDON, Geocoder, geocoder
from tests.walks.service import PASSWORD, Service

RENNES = "12, Quai de la Prévalaye, Rennes, Ille-et-Vilaine, Bretagne, 35000, France"


@pytest.fixture(scope="module")
def provider() -> Iterator[Geocoder]:
    with geocoder() as found:
        yield found


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, provider: Geocoder) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("addresses")
    found = Service(folder / "data", folder / "log.txt")
    found.environ |= {
        "ROADCAST_GEOCODER_URL": f"nominatim+{provider.url}",
        "ROADCAST_GEOCODER_EVERY_MS": "0",
    }
    found.start()
    try:
        found.add_accounts()
        yield found
    finally:
        found.close()


async def sign_in(page: Page, service: Service, name: str, then: str) -> None:
    await page.goto(f"{service.url}/sign-in?next={then}")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Sign in").click()
    await page.wait_for_load_state()


async def test_a_circle_is_drawn_around_an_address_by_keyboard_alone(
    page: Page, seen: Seen, service: Service, provider: Geocoder
) -> None:
    await sign_in(page, service, "operator", "/places/areas")
    form = page.locator("form", has=page.get_by_role("button", name="Make the area"))
    status = form.get_by_role("status")
    await form.get_by_label("Search an address").focus()
    await page.keyboard.type("12 quai de la Prévalaye, Rennes")
    await page.keyboard.press("Enter")  # asks, and does not send the form
    await expect(status).to_have_text("2 addresses were found: choose one to take its position.")
    assert provider.asked[-1]["q"] == "12 quai de la Prévalaye, Rennes"
    await expect(form.get_by_text("© OpenStreetMap contributors")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(form.get_by_role("button", name=RENNES)).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(status).to_have_text(f"The position is that of {REDON['display_name']}.")
    await expect(form.get_by_label("Latitude")).to_have_value("47.6512")
    await expect(form.get_by_label("Longitude")).to_have_value("-2.0848")
    await expect(form.get_by_label("Search an address")).to_be_focused()
    await expect(form.get_by_role("list")).to_have_count(0)
    await form.get_by_label("Name", exact=True).fill("Around the quay")
    await form.get_by_label("Radius in km").fill("3")
    await form.get_by_role("button", name="Make the area").click()
    await expect(page.get_by_role("heading", name="Around the quay")).to_be_visible()
    assert seen.complaints == []


async def test_an_advertiser_searches_places_around_an_address(
    page: Page, service: Service, provider: Geocoder
) -> None:
    await sign_in(page, service, "advertiser", "/advertiser/campaigns/new")
    await page.get_by_role("button", name="Français").click()
    box = page.get_by_label("Chercher une adresse")
    await box.fill("quai de la Prévalaye")
    await page.get_by_role("button", name="Trouver").click()
    await page.get_by_role("button", name=RENNES).click()
    await expect(page.get_by_label("Latitude")).to_have_value("48.111339")
    await box.fill("ici")
    provider.answer = []
    await box.press("Enter")
    await expect(page.get_by_text("Aucune adresse trouvée.")).to_be_visible()
    provider.status = 500
    await box.fill("une autre rue")
    await box.press("Enter")
    await expect(page.get_by_text("La recherche d’adresses ne répond pas.")).to_be_visible()
    await box.fill("a")
    await box.press("Enter")
    await expect(page.get_by_text("Tapez une rue et une ville.")).to_be_visible()
    await expect(page.get_by_label("Latitude")).to_have_value("48.111339")
