"""The operator's pages of places on the real service: a list of any columns comes in, and is set right."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Seen
from tests.geotarget.extracts import town, write
from tests.walks.service import PASSWORD, Service, eventually

LIST = b"code magasin;enseigne du lieu;nord;est;ville\n7;Garage L\xc3\xa9o;48.11;-1.68;Rennes\n9;Loin;91;2;\n"
COLUMNS = {
    "Id, never twice": "code magasin",
    "Name": "enseigne du lieu",
    "Latitude": "nord",
    "Longitude": "est",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("places")
    found = Service(folder / "data", folder / "log.txt")
    found.start()
    try:
        found.add_accounts()
        yield found
    finally:
        found.close()


async def sign_in(page: Page, service: Service, name: str) -> None:
    await page.goto(f"{service.url}/sign-in?next=/places")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button", name="Sign in").click()
    await page.wait_for_load_state()


async def choose_file(page: Page) -> None:
    file = {"name": "lieux.geojson", "mimeType": "application/geo+json", "buffer": LIST}
    await page.get_by_label("File of places").set_input_files([file])
    await page.get_by_label("Name of the list").last.fill("our-garages")
    await page.get_by_role("button", name="Import places", exact=True).click()


async def test_a_list_with_columns_of_its_own_is_imported_and_read_in_both_languages(
    page: Page, seen: Seen, service: Service
) -> None:
    await sign_in(page, service, "operator")
    await choose_file(page)
    await expect(page.get_by_role("alert")).to_contain_text("a column is missing")
    report = page.url
    await page.get_by_role("button", name="Français").click()
    await expect(page.get_by_role("alert")).to_contain_text("il manque une colonne")
    await page.get_by_role("button", name="English").click()
    await expect(page).to_have_url(report)
    columns = page.locator("#columns")
    for label, column in COLUMNS.items():
        await columns.get_by_label(label, exact=True).select_option(column)
    await columns.get_by_role("button").click()
    await expect(page.locator("#report")).to_contain_text("latitude out of range (1)")
    await page.get_by_role("button", name="Import it now").click()
    await expect(page.get_by_role("heading", name="What the import did")).to_be_visible()
    await page.get_by_role("link", name="To the places").click()
    await expect(page.get_by_role("cell", name="Rennes")).to_be_visible()
    assert seen.complaints == []


async def test_a_place_is_set_right_and_is_not_taken_from_under_a_campaign(
    page: Page, service: Service
) -> None:
    await sign_in(page, service, "operator")
    await page.get_by_role("link", name="Garage Léo").click()
    await page.get_by_label("Name").fill("Garage Léa")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="Garage Léa")).to_be_visible()
    place = page.url.partition("?")[0]
    page.on("dialog", lambda dialog: dialog.accept())
    campaign_id = book(service, place.rpartition("/")[2])
    await page.get_by_role("button", name="Withdraw").click()
    await expect(page.get_by_role("alert")).to_contain_text(
        "point at this place: “Léa at noon”. End them first"
    )
    await page.get_by_role("button", name="Français").click()  # on the answer to a form
    await expect(page.get_by_role("heading", name="Retirer ce lieu")).to_be_visible()
    assert page.url.partition("?")[0] == place
    await page.get_by_role("button", name="English").click()
    with service.client("advertiser") as advertiser:
        assert advertiser.post(f"/v1/campaigns/{campaign_id}/end").status_code == 200
    await page.get_by_role("button", name="Withdraw").click()
    await expect(page.get_by_text("This place is withdrawn")).to_be_visible()
    await page.goto(f"{service.url}/places")
    await expect(page.get_by_role("link", name="Garage Léa")).to_have_count(0)
    await page.get_by_role("link", name="Withdrawn").click()
    await page.get_by_role("link", name="Garage Léa").click()
    await page.get_by_role("button", name="Put it back").click()
    await expect(page.get_by_role("status")).to_have_text("Offered again.")


def book(service: Service, place_id: str) -> str:
    """A campaign around a place, once the service knows it."""
    now = datetime.now(UTC)
    order = {
        "name": "Léa at noon",
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=2)).isoformat(),
        "budget_micros": 100_000_000,
        "cpm_micros": 5_000_000,
        "radius_m": 3000,
        "place_ids": [place_id],
    }
    with service.client("advertiser") as advertiser:
        booked = eventually(
            lambda: (answer := advertiser.post("/v1/campaigns", json=order)).status_code == 201 and answer
        )
    return str(booked.json()["campaign_id"])


async def test_who_may_not_is_told_who_may(page: Page, service: Service) -> None:
    await sign_in(page, service, "editor")
    await expect(page.get_by_role("main")).to_contain_text("This is for operators only.")
    await page.get_by_role("button", name="Français").click()
    await expect(page.get_by_role("main")).to_contain_text("Demandez ce rôle")


async def test_an_extract_of_openstreetmap_is_imported_while_one_watches(
    page: Page, seen: Seen, service: Service, tmp_path: Path
) -> None:
    await sign_in(page, service, "operator")
    extract = write(tmp_path / "rennes.osm.pbf", town())
    form = page.locator("form", has=page.get_by_label("File of places"))
    await form.get_by_label("File of places").set_input_files(extract)
    await form.get_by_label("Name of the list").fill("osm-rennes")
    for category in ("Fuel", "Charging", "Dealer"):
        await form.get_by_label(category, exact=True).check()
    await form.get_by_role("button", name="Import places", exact=True).click()
    await page.wait_for_url("**/places/extracts/ext_*")
    report = page.locator("#report")  # the page waits for the worker by itself
    await expect(report).to_contain_text("What the import would do", timeout=60_000)
    await report.get_by_role("button", name="Import it now").click()
    await expect(report).to_contain_text("What the import did", timeout=60_000)
    await expect(report).to_contain_text("3 new places")
    await expect(report).to_contain_text("The opening hours of node/103 cannot be read")
    await page.get_by_role("link", name="To the places").click()
    await expect(page.get_by_role("cell", name="osm-rennes node/100")).to_be_visible()
    assert seen.complaints == []
