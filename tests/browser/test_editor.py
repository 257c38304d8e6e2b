"""The editor's pages on the real service: arranging a schedule, correcting and removing what was brought."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from content.channels.channel import ChannelDraft
from content.channels.plan import BreakEntry, ProgrammeEntry
from content.library.partner_item import ItemDraft, ItemKind
from content.library.programme import ProgrammeDraft
from media.asset import Asset, AssetState
from media.house_format import SEGMENT_MS
from media.manifest import AssetManifest
from server.wiring.house import House
from tests.browser.conftest import Seen, until
from tests.media.pictures import picture
from tests.players.film import make_sound
from tests.walks.service import PASSWORD, Service

SEGMENTS = 200
ORDER = """
    const {stepped, dropped, withBreak} = await import('/static/content/order.js');
    const list = (text) => [...text].map((sign) => ({kind: sign === '-' ? 'break' : 'programme', sign}));
    const shown = (result) => result && [result.entries.map(({sign}) => sign).join(''), result.index];
"""


async def arranged(page: Page, expression: str) -> Any:
    return await page.evaluate(f"async () => {{ {ORDER} return shown({expression}); }}")


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        # A programme changes places with the next one; the break between them stays.
        ("stepped(list('A-B-'), 0, 1)", ["B-A-", 2]),
        ("stepped(list('A-B-'), 2, -1)", ["B-A-", 0]),
        ("stepped(list('AB-C'), 1, 1)", ["AC-B", 3]),
        ("stepped(list('A-B-'), 2, 1)", None),
        ("stepped(list('-A-B'), 1, -1)", None),
        # A break goes on to where it meets no other, around the end as well.
        ("stepped(list('A-BC'), 1, 1)", ["AB-C", 2]),
        ("stepped(list('A-B-'), 1, 1)", None),
        ("stepped(list('A-B-C'), 1, 1)", ["AB-C-", 4]),
        ("stepped(list('ABC-'), 3, -1)", ["AB-C", 2]),
        ("dropped(list('A-B-C'), 4, 0)", ["C-A-B", 0]),
        ("dropped(list('A-B-C'), 0, 5)", ["B-C-A", 4]),
        ("dropped(list('A-B-C'), 0, 2)", ["A-B-C", 0]),
        ("dropped(list('A-B-C'), 0, 3)", ["B-A-C", 2]),
        ("dropped(list('A-BC'), 1, 3)", ["AB-C", 2]),
        ("dropped(list('A-BC'), 1, 4)", ["ABC-", 3]),
        ("dropped(list('A-B-'), 1, 3)", None),
        ("withBreak(list('A'), {kind: 'break', sign: '-'})", ["A-", 1]),
        ("withBreak(list('AB-'), {kind: 'break', sign: '='})", ["A=B-", 1]),
        ("withBreak(list('A-B-'), {kind: 'break', sign: '='})", None),
    ],
)
async def test_no_move_makes_breaks_meet(page: Page, site: str, expression: str, result: Any) -> None:
    await page.goto(site)
    assert await arranged(page, expression) == result


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Running, with three programmes (two on a schedule), a song, and an account of each role."""
    folder = tmp_path_factory.mktemp("editor")
    found = Service(folder / "data", folder / "log.txt")
    found.start()
    try:
        found.add_accounts()
        found.in_house(stocked)
        yield found
    finally:
        found.close()


def stocked(house: House) -> None:
    content = house.content
    for name in ("ada", "bel", "cyr", "song"):
        asset_id = f"ast_{name}"
        house.media.assets.add(Asset(asset_id, "acc_1", name, "", AssetState.QUEUED, 0, (), None, 0))
        house.media.assets.begin(asset_id)
        house.media.assets.publish(AssetManifest(asset_id, SEGMENTS, SEGMENTS * SEGMENT_MS, {}, ""))
    made = [
        content.add_programme(f"ast_{name}", ProgrammeDraft(name.title())) for name in ("ada", "bel", "cyr")
    ]
    ada, bel = (ProgrammeEntry(programme.programme_id) for programme in made[:2])
    entries = (ada, BreakEntry(16), bel, BreakEntry(8))
    content.create_channel("acc_1", ChannelDraft("Télé Pont", "tele-pont"), entries)
    content.add_item("ast_song", ItemDraft("Fjord FM", "Song", ItemKind.MUSIC))


def own(seen: Seen) -> list[str]:
    """Complaints but those of posters, which these programmes do not have."""
    return [said for said in seen.complaints if "poster.jpg" not in said]


async def sign_in(page: Page, service: Service, path: str) -> None:
    await page.goto(service.url + path)
    if "/sign-in" in page.url:
        await page.get_by_label("Name").fill("editor")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("main").get_by_role("button", name="Sign in").click()
        await expect(page).to_have_url(service.url + path)


async def test_programmes_are_arranged_by_keys_and_by_dragging_and_breaks_stay(
    page: Page, seen: Seen, service: Service
) -> None:
    await sign_in(page, service, "/editor/schedule")
    await page.get_by_role("link", name="Base loop").click()
    names = page.locator("[data-entries] .entry-name")
    await expect(names).to_have_text(["Ada", "Break", "Bel", "Break"])
    await page.get_by_role("button", name="Move “Ada” down").press("Alt+ArrowDown")
    await expect(names).to_have_text(["Bel", "Break", "Ada", "Break"])
    # The keyboard can go on from there.
    await page.keyboard.press("Alt+ArrowUp")
    await expect(names).to_have_text(["Ada", "Break", "Bel", "Break"])
    rows = page.locator("[data-entries] li")
    await rows.nth(2).drag_to(rows.nth(0), target_position={"x": 40, "y": 4})
    await expect(names).to_have_text(["Bel", "Break", "Ada", "Break"])
    await rows.nth(1).drag_to(rows.nth(3), target_position={"x": 40, "y": 4})
    await expect(page.get_by_text("Two breaks would follow each other there.")).to_be_visible()
    await expect(names).to_have_text(["Bel", "Break", "Ada", "Break"])
    assert own(seen) == []


async def test_the_moment_of_a_change_is_told_before_and_after_it_is_saved(
    page: Page, seen: Seen, service: Service
) -> None:
    await sign_in(page, service, "/editor/schedule")
    await page.get_by_role("link", name="Base loop").click()
    when = page.locator("[data-when]")
    await expect(when).to_have_text("")
    await page.get_by_role("button", name="Remove “Ada”").click()
    await page.get_by_role("button", name="Remove “Break”").first.click()
    await expect(when).to_contain_text("If you save now, the first change on air is on")
    late = await when.text_content()
    await page.get_by_label("When it begins").select_option("soon")
    await expect(when).not_to_have_text(late)
    await page.get_by_role("button", name="Save the schedule").click()
    await expect(page.locator("[data-said]")).to_contain_text("Saved.")
    await expect(when).to_contain_text("The first change on air is on")
    # Who comes back has changed nothing, and is not told of any change.
    await page.reload()
    await expect(page.get_by_role("button", name="Save the schedule")).to_be_visible()
    await expect(when).to_have_text("")
    assert own(seen) == []


async def test_a_channel_is_created_with_its_logo_and_gets_another(
    page: Page, seen: Seen, service: Service, tmp_path: Path
) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(picture("png", "rgb24", 60, 30))
    drawing = tmp_path / "logo.svg"
    drawing.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    await sign_in(page, service, "/editor/channels")
    await page.get_by_label("Name of the channel").fill("Rhein TV")
    await page.get_by_label("Short name for addresses").fill("Rhein TV!")
    await page.get_by_label("Timezone of the channel").fill("Europe/Nowhere")
    await page.get_by_label("Countries").fill("Deutschland")
    await page.get_by_label("Logo", exact=True).set_input_files(drawing)
    create = page.get_by_role("button", name="Create the channel")
    await create.click()
    await expect(page.locator("[data-create-channel] [aria-invalid=true]")).to_have_count(3)  # all at once
    await page.get_by_label("Short name for addresses").fill("rhein-tv")
    await page.get_by_label("Countries").fill("de")
    await create.click()
    await expect(page.get_by_label("Timezone of the channel")).to_be_focused()
    await page.get_by_label("Timezone of the channel").fill("Europe/Berlin")
    await create.click()
    # The channel is there now; only its logo can be refused.
    await expect(page.get_by_text("It is neither a PNG nor a JPEG nor a WebP.")).to_be_visible()
    await page.get_by_label("Logo", exact=True).set_input_files(logo)
    await create.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Rhein TV")
    await expect(page.locator("[data-zone-told]")).to_contain_text("Europe/Berlin")

    await page.get_by_role("link", name="Channels").click()
    card = page.get_by_role("region", name="Rhein TV")
    await expect(card.locator("img")).to_have_attribute("src", re.compile(r"logo\.png\?v=[0-9a-f]+$"))
    await until(page, "[...document.querySelectorAll('.channel-card img')].every((one) => one.naturalWidth)")
    await card.get_by_role("button", name="Save the logo").click()
    await expect(card.get_by_text("Choose a file first.")).to_be_visible()
    await card.get_by_role("button", name="Back to its initials").click()
    await expect(card.locator("img")).to_have_attribute("src", re.compile(r"logo\.svg$"))

    await expect(card.get_by_text("Nothing to play yet: not offered")).to_be_visible()
    await card.get_by_label("Name of Rhein TV").fill("Rhein 2")
    await card.get_by_label("Offer Rhein TV to cars").select_option("always")
    await card.get_by_role("button", name="Save name and offer").click()
    card = page.get_by_role("region", name="Rhein 2")
    await expect(card.get_by_text("Offered to cars", exact=True)).to_be_visible()
    remove = card.get_by_role("button", name="Remove the channel")
    await expect(remove).to_be_disabled()
    await card.get_by_label("Offer Rhein 2 to cars").select_option("never")
    await card.get_by_role("button", name="Save name and offer").click()
    await expect(remove).to_be_enabled()
    page.once("dialog", lambda dialog: dialog.accept())
    await remove.click()
    await expect(card).to_have_count(0)
    assert all("422" in said for said in own(seen))


async def test_a_programme_is_described_and_removed_once_no_schedule_names_it(
    page: Page, seen: Seen, service: Service
) -> None:
    await sign_in(page, service, "/editor")
    await page.get_by_role("link", name="Bel").click()
    await page.get_by_label("Title", exact=True).fill("Bel canto")
    await page.get_by_label("Suitable for").select_option("12")
    await page.get_by_text("Series and credits").click()
    await page.get_by_label("Season").fill("3")
    await page.get_by_label("Directed by").fill("Ada Roux, Lou Bel")
    await page.get_by_text("Rights", exact=True).click()
    await page.get_by_label("Until").fill("2030-05-01T20:30")
    await page.get_by_label("Countries").fill("fr be")
    await page.get_by_role("button", name="Save the changes").click()
    await expect(page.get_by_text("Name the series of this season or episode.")).to_be_visible()
    await page.get_by_label("Series name").fill("Voices")
    await page.get_by_role("button", name="Save the changes").click()
    await expect(page).to_have_url(f"{service.url}/editor")
    await page.get_by_role("link", name="Bel canto").click()
    await expect(page.get_by_label("Countries")).to_have_value("BE FR")
    await expect(page.get_by_label("Until")).to_have_value("2030-05-01T20:30")
    await expect(page.get_by_label("Directed by")).to_have_value("Ada Roux, Lou Bel")
    await page.get_by_label("I want to remove it").check()
    await page.get_by_role("button", name="Remove the programme").click()
    await expect(page.get_by_text("It is on the schedule of Télé Pont")).to_be_visible()
    assert [("409" in said or "422" in said) for said in own(seen)] == [True, True]
    await page.get_by_label("It leaves the air, too").check()
    await page.get_by_role("button", name="Remove the programme").click()
    await expect(page).to_have_url(f"{service.url}/editor")
    await expect(page.get_by_role("link", name="Bel canto")).to_have_count(0)


async def test_sound_is_refused_as_a_video_and_taken_as_music_without_another_upload(
    page: Page, service: Service, tmp_path: Path
) -> None:
    song = make_sound(tmp_path / "other song.wav", 1, 440)
    await sign_in(page, service, "/editor/items")
    await page.get_by_label("Choose a file, or drop one here").set_input_files(song)
    await page.get_by_label("Partner", exact=True).fill("Fjord FM")
    await page.get_by_role("button", name="Add the item").click()
    await expect(page.get_by_text("There is only sound in the file")).to_be_visible()
    await page.get_by_label("Kind").select_option("music")
    await page.get_by_role("button", name="Add the item").click()
    await expect(page.get_by_role("row").filter(has_text="other song")).to_be_visible()


async def test_a_file_chosen_before_the_script_has_come_is_taken(
    page: Page, service: Service, tmp_path: Path
) -> None:
    song = make_sound(tmp_path / "early song.wav", 1, 440)
    await sign_in(page, service, "/editor/items")
    chosen = asyncio.Event()

    async def late(route: Route) -> None:
        await chosen.wait()
        await route.continue_()

    await page.route("**/content/upload.js*", late)
    await page.goto(f"{service.url}/editor/items", wait_until="commit")
    await page.get_by_label("Choose a file, or drop one here").set_input_files(song)
    chosen.set()
    await expect(page.get_by_label("Title", exact=True)).to_have_value("early song")
    await expect(page.get_by_text("The file has arrived.")).to_be_visible()


async def test_an_empty_file_is_told_until_another_is_chosen(
    page: Page, service: Service, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    await sign_in(page, service, "/editor/items")
    await page.get_by_label("Choose a file, or drop one here").set_input_files(empty)
    await expect(page.get_by_text("The file is empty.")).to_be_visible()
    await page.get_by_role("button", name="Add the item").click()
    await expect(page.get_by_text("This is needed.").first).to_be_visible()
    await expect(page.get_by_text("The file is empty.")).to_be_visible()


async def test_an_item_is_withdrawn(page: Page, seen: Seen, service: Service) -> None:
    await sign_in(page, service, "/editor/items")
    await page.get_by_role("link", name="Song", exact=True).click()
    await page.get_by_label("I want to withdraw it").check()
    await page.get_by_role("button", name="Withdraw the item").click()
    await expect(page).to_have_url(f"{service.url}/editor/items")
    await expect(page.get_by_role("link", name="Song", exact=True)).to_have_count(0)
    assert own(seen) == []


async def test_a_fault_in_a_closed_group_is_shown(page: Page, service: Service) -> None:
    await sign_in(page, service, "/editor")
    await page.get_by_role("link", name="Cyr", exact=True).click()
    await page.get_by_text("Rights", exact=True).click()
    await page.get_by_label("Countries").fill("Atlantis")
    await page.get_by_text("Rights", exact=True).click()
    await page.get_by_role("button", name="Save the changes").click()
    await expect(page.get_by_text("Countries by their two letters")).to_be_visible()
    await expect(page.get_by_label("Countries")).to_be_focused()
