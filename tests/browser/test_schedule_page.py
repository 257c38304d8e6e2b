"""The schedule's page on the real service: a week is built, previewed, saved, and is in the guide."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from content.channels.channel import ChannelDraft
from content.channels.plan import BreakEntry, ProgrammeEntry
from content.library.programme import Kind, ProgrammeDraft
from media.asset import Asset, AssetState
from media.house_format import SEGMENT_MS
from media.manifest import AssetManifest
from server.wiring.house import House
from tests.browser.conftest import Seen, until
from tests.browser.test_editor import own, sign_in
from tests.walks.service import PASSWORD, Service

SEGMENTS = {"ada": 940, "bel": 940, "jingle": 8, "waves": 30}
MODULE = """
    const plan = await import('/static/content/plan.js');
    const block = {at: '06:00', until: '09:00', entries: [], repeat: true, start: 'wait'};
    const late = {at: '22:00', until: null, entries: [{}, {}], repeat: false, start: 'cut'};
    const known = {week: {mon: [block], tue: [late]}, days: {'2026-11-23': [late]}};
"""


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("plan.timeTyped('8:30')", "08:30"),
        ("plan.timeTyped('20h15')", "20:15"),
        ("plan.timeTyped('7')", "07:00"),
        ("plan.timeTyped('06:00:05')", "06:00:05"),
        ("plan.timeTyped('24:00')", None),
        ("plan.timeTyped('soon')", None),
        ("plan.endTyped('24:00')", "24:00"),
        ("plan.endTyped('0h00')", "24:00"),
        ("plan.endTyped('24')", "24:00"),
        ("plan.endTyped('24:01')", None),
        ("plan.endTyped('23:30')", "23:30"),
        ("plan.resized(block, 90000).until", "24:00"),
        ("plan.weekOf('2027-01-01')[0]", "2026-12-28"),
        ("plan.weekOf('2026-12-28')[6]", "2027-01-03"),
        ("plan.weekdayOf('2028-02-29')", "tue"),
        # 02:30 does not exist that night in Paris, and the date is still that date.
        ("plan.dateIn('Europe/Paris', Date.UTC(2026, 2, 28, 23, 30))", "2026-03-29"),
        ("plan.clockIn('Europe/Paris', Date.UTC(2026, 2, 29, 1, 0))", "03:00:00"),
        ("plan.dayOf(known, '2026-11-23').key", "2026-11-23"),
        ("plan.dayOf(known, '2026-11-30').key", "mon"),
        ("plan.withoutOwnDay(known, '2026-11-23').days", {}),
        ("plan.moved(block, 3600 * 7).until", "10:00"),
        ("plan.moved(block, 3600 * 23).at", "21:00"),
        ("plan.resized(block, 0).until", "06:01"),
        ("plan.spanOf([block, late], 1, () => 600)", {"from": 79_200, "to": 80_400}),
        ("plan.spanOf([{...block, until: null}, late], 0, () => 600).to", 79_200),
        (
            "plan.placeOf('days.2026-12-24[0].entries[2]')",
            {"key": "2026-12-24", "index": 0, "entry": 2, "time": None},
        ),
        ("plan.placeOf('week.mon[1]')", {"key": "mon", "index": 1, "entry": None, "time": None}),
        ("plan.placeOf('week.mon[1].at').time", "at"),
        ("plan.placeOf('loop[3]')", {"loop": 3}),
        ("plan.placeOf('fill.opener')", {"rule": "fill.opener"}),
        ("plan.placeOf('')", None),
        ("plan.freeHour([block, late], () => 600, 3600 * 7)", 3600 * 9),
        ("plan.freeHour([], () => 600, 3600 * 15)", 3600 * 15),
        ("plan.freeHour([late], () => 600, 3600 * 24)", 3600 * 23),
        ("plan.freeHour([{...block, at: '00:00', until: '23:59:59'}], () => 600, 3600 * 7)", 3600 * 7),
        (
            "plan.planBefore({loop: [1], week: {mon: [2]}, days: {}}, [{detail: {version: [1, 2],"
            " loop: [[0], [1]], 'week.mon': [null, [2]], 'days.2026-12-24': [[3], null]}}])",
            {"loop": [0], "week": {}, "days": {"2026-12-24": [3]}},
        ),
        ("plan.planBefore({loop: [1]}, [{detail: {parts: ['loop'], more: 1}}])", None),
    ],
)
async def test_what_editors_do_to_a_plan(page: Page, site: str, expression: str, result: Any) -> None:
    await page.goto(site)
    assert await page.evaluate(f"async () => {{ {MODULE} return {expression}; }}") == result


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Running, with two programmes of half an hour, a jingle, a filler, and a channel."""
    folder = tmp_path_factory.mktemp("schedule")
    found = Service(folder / "data", folder / "log.txt")
    found.start()
    try:
        found.add_accounts()
        found.in_house(stocked)
        yield found
    finally:
        found.close()


def stocked(house: House) -> None:
    kinds = {"jingle": Kind.BUMPER, "waves": Kind.FILLER}
    made = {}
    for name, segments in SEGMENTS.items():
        asset_id = f"ast_{name}"
        house.media.assets.add(Asset(asset_id, "acc_1", name, "", AssetState.QUEUED, 0, (), None, 0))
        house.media.assets.begin(asset_id)
        house.media.assets.publish(AssetManifest(asset_id, segments, segments * SEGMENT_MS, {}, ""))
        draft = ProgrammeDraft(name.title(), kind=kinds.get(name, Kind.PROGRAMME))
        made[name] = house.content.add_programme(asset_id, draft).programme_id
    entries = (ProgrammeEntry(made["ada"]), BreakEntry(16))
    house.content.create_channel("acc_1", ChannelDraft("Télé Pont", "tele-pont"), entries)


@pytest.fixture
async def paris(browser: Browser, seen: Seen) -> AsyncIterator[Page]:
    """A page of an editor whose clock is the channel's."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 1100}, locale="en-GB", timezone_id="Europe/Paris"
    )
    yield seen.watch(await context.new_page())
    await context.close()


NOW_IN_SIGHT = """(() => {
    const now = document.querySelector('.now')?.getBoundingClientRect();
    if (!now) return false;
    const [box, heads] = ['.week-scroll', '.week-heads'].map((one) => document.querySelector(one));
    const [top, bottom] = [heads.getBoundingClientRect().bottom, box.getBoundingClientRect().bottom];
    return now.top >= top - 1 && now.bottom <= bottom + 3;
})()"""


async def open_next_week(page: Page, service: Service) -> None:
    """The week after this one: all of it is still to come."""
    await sign_in(page, service, "/editor/schedule")
    await until(page, NOW_IN_SIGHT)
    await page.get_by_role("button", name="The week after").click()
    await expect(page.locator(".day")).to_have_count(7)


async def open_loop(page: Page, service: Service) -> None:
    """The base loop, the week behind it not seen yet."""
    await sign_in(page, service, "/editor/schedule")
    await page.evaluate("location.hash = 'loop'")
    await page.reload()
    await expect(page.locator("[data-entries]")).to_be_visible()


def block(page: Page, day: str, index: int = 0) -> Locator:
    return page.locator(f".day[data-key='{day}'] .block").nth(index)


async def drag(page: Page, what: Locator, dx: float, dy: float, from_bottom: float | None = None) -> None:
    box = await what.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + 10
    if from_bottom is not None:
        y = box["y"] + box["height"] - from_bottom
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + dx / 2, y + dy / 2)
    await page.mouse.move(x + dx, y + dy, steps=3)
    await page.mouse.up()


async def save(page: Page) -> None:
    await page.get_by_role("button", name="Save the schedule").click()
    await expect(page.locator("[data-said]")).to_have_text("Saved.")


async def test_a_week_is_built_previewed_saved_and_is_in_the_guide(
    paris: Page, seen: Seen, service: Service
) -> None:
    page = paris
    await open_next_week(page, service)
    hour_px = 40
    await page.locator(".day[data-key=wed]").click(position={"x": 40, "y": 18 * hour_px + 5})
    await expect(page.locator("#block-at")).to_have_value("18:00")
    await page.get_by_role("button", name="Add “Bel”").click()
    await page.locator("[data-block-panel]").get_by_role("button", name="Add a break").click()
    await page.get_by_role("button", name="Add “Ada”").click()
    await expect(page.locator("[data-block-entries] .entry-name")).to_have_text(["Bel", "Break", "Ada"])
    await page.get_by_label("If something is still on").select_option("cut")
    # Drawn to scale: an hour and half a minute.
    box = await block(page, "wed").bounding_box()
    assert box
    assert abs(box["height"] - hour_px) < 3

    date = await page.locator(".day[data-key=wed]").get_attribute("data-date")
    assert date
    await page.get_by_label("Day shown").select_option(date)
    rundown = page.locator("[data-rundown] li")
    await expect(rundown.filter(has_text="18:00:0").filter(has_text="Bel")).to_be_visible()
    await expect(page.locator("[data-when]")).to_contain_text(
        "If you save now, the first change on air is on Wednesday"
    )
    await save(page)
    await expect(page.locator("[data-when]")).to_contain_text("The first change on air is on Wednesday")

    await page.reload()
    await page.get_by_role("button", name="The week after").click()
    await expect(block(page, "wed")).to_have_attribute(
        "aria-label", f"{await spoken(page, date)}, 18:00–19:01, Bel, and 1 more, cuts"
    )
    await page.get_by_role("link", name="History").click()
    await expect(page.locator("[data-history] li").first).to_contain_text("editor")
    channel_id = await only_channel(page, service)
    guide = f"{service.url}/v1/channels/{channel_id}/guide?date={date}"
    for _ in range(50):
        if "Bel" in await (await page.request.get(guide)).text():
            break
        await page.wait_for_timeout(200)
    else:
        raise AssertionError("the guide never announced it")
    assert own(seen) == []


async def spoken(page: Page, date: str) -> str:
    """A date as the page says it."""
    name = await page.locator(f".head[data-date='{date}'] .head-name").get_attribute("title")
    assert name
    return name


async def only_channel(page: Page, service: Service) -> str:
    channels = await (await page.request.get(f"{service.url}/v1/channels?market=FR")).json()
    return str(channels["channels"][0]["channel_id"])


async def test_blocks_are_moved_and_resized_by_pointer_and_by_keys(paris: Page, service: Service) -> None:
    page = paris
    await open_next_week(page, service)
    await page.locator(".day[data-key=mon]").click(position={"x": 40, "y": 10 * 40 + 5})
    await page.get_by_role("button", name="Add “Ada”").click()
    await page.get_by_role("button", name="Close").click()
    said = page.locator("[data-said]")
    await drag(page, block(page, "mon"), 0, 80)
    await expect(said).to_have_text("every Monday: 12:00 to the end of its programmes.")
    await drag(page, block(page, "mon"), 0, 40, from_bottom=3)
    await expect(said).to_have_text("every Monday: 12:00 to 13:30.")
    width = (await page.locator(".day[data-key=mon]").bounding_box() or {})["width"]
    await drag(page, block(page, "mon"), width, 0)
    await expect(block(page, "tue")).to_be_focused()
    await page.keyboard.press("Alt+ArrowDown")
    await expect(said).to_have_text("every Tuesday: 12:05 to 13:35.")
    await page.keyboard.press("Alt+Shift+ArrowUp")
    await expect(said).to_have_text("every Tuesday: 12:05 to 13:30.")
    await page.keyboard.press("Alt+ArrowRight")
    await page.keyboard.press("Alt+ArrowRight")
    await expect(said).to_have_text("every Thursday: 12:05 to 13:30.")
    await page.keyboard.press("Enter")
    await expect(page.locator("#block-title")).to_be_focused()
    await page.get_by_label("Until", exact=True).fill("11")
    await page.get_by_label("From").focus()
    await expect(page.get_by_text("The end of a block must come after its beginning")).to_be_visible()
    await block(page, "thu").focus()
    await page.keyboard.press("Delete")
    await expect(said).to_have_text("The block at 12:05 was removed.")
    await page.get_by_role("button", name="Undo my changes").click()


async def test_what_is_typed_is_not_lost_when_the_preview_arrives(paris: Page, service: Service) -> None:
    page = paris
    await sign_in(page, service, "/editor/schedule")
    await page.get_by_role("link", name="Base loop").click()
    await page.get_by_role("button", name="Add “Bel”").click()
    length = page.get_by_label("Length of the break, minutes:seconds")
    await length.fill("2:0")
    await expect(page.locator("[data-when]")).to_contain_text("If you save now")
    await expect(length).to_be_focused()
    await page.keyboard.type("5")
    await expect(length).to_have_value("2:05")
    await page.get_by_role("link", name="Rules").click()
    await page.get_by_role("checkbox", name="Waves").focus()
    await page.keyboard.press("Space")
    await expect(page.get_by_role("checkbox", name="Waves")).to_be_focused()
    await page.get_by_role("button", name="Undo my changes").click()


async def test_one_date_is_planned_apart_and_is_as_every_week_again(paris: Page, service: Service) -> None:
    page = paris
    await open_next_week(page, service)
    await page.locator(".day[data-key=sat]").click(position={"x": 40, "y": 9 * 40})
    await page.get_by_role("button", name="Add “Ada”").click()
    date = await page.locator(".day[data-key=sat]").get_attribute("data-date")
    head = page.locator(f".head[data-date='{date}']")
    await head.get_by_role("button", name="Only this date…").click()
    await expect(page.locator("[data-block-day]")).to_contain_text("Only on Saturday")
    await page.get_by_role("button", name="Add “Bel”").click()
    await save(page)
    await page.get_by_role("button", name="The week after").click()
    await expect(block(page, "sat")).to_contain_text("Ada")
    await expect(block(page, "sat")).not_to_contain_text("more")
    await page.get_by_role("button", name="The week before").click()
    await expect(block(page, str(date))).to_contain_text("and 1 more")
    await head.get_by_role("button", name="As every week").click()
    await expect(block(page, "sat")).not_to_contain_text("more")
    await save(page)


async def test_what_was_saved_is_taken_back_from_its_history(paris: Page, service: Service) -> None:
    page = paris
    await open_next_week(page, service)
    await page.locator(".day[data-key=thu]").click(position={"x": 40, "y": 9 * 40})
    await page.get_by_role("button", name="Add “Bel”").click()
    await save(page)
    await page.get_by_role("link", name="History").click()
    entry = page.locator("[data-history] li").first
    await expect(entry).to_contain_text("every Thursday")
    await entry.get_by_role("button", name="Restore the plan before this").click()
    await expect(page.get_by_text("Unsaved changes", exact=True)).to_be_visible()
    await expect(page.locator("[data-said]")).to_contain_text("Save the schedule to put it on air.")
    await expect(block(page, "thu")).to_have_count(0)
    await save(page)
    url = f"{service.url}/v1/channels/{await only_channel(page, service)}/plan"
    assert not (await (await page.request.get(url)).json())["plan"]["week"].get("thu")


async def test_a_length_that_is_none_is_told_at_its_field(paris: Page, service: Service) -> None:
    page = paris
    await open_loop(page, service)
    length = page.locator("[data-entries]").get_by_label("Length of the break").first
    before = await length.input_value()
    for typed, words in (
        ("25:70", "A length in minutes and seconds"),
        ("6:00", "A break may last 5 minutes"),
    ):
        await length.fill(typed)
        await length.press("Tab")
        await expect(length).to_have_attribute("aria-invalid", "true")
        await expect(page.locator("[data-entries] .error").first).to_contain_text(words)
        await expect(page.get_by_text("Unsaved changes", exact=True)).to_be_hidden()
    await length.fill(before)
    await length.press("Tab")
    await expect(length).not_to_have_attribute("aria-invalid", "true")


async def test_a_new_block_is_put_where_nothing_is_and_shown(paris: Page, service: Service) -> None:
    page = paris
    await open_loop(page, service)
    await page.get_by_role("button", name="Add “Bel”").click()
    await expect(page.locator("[data-when]")).not_to_have_text("")
    await page.get_by_role("link", name="Week and days").click()
    await until(page, NOW_IN_SIGHT)  # though the loop was changed while the week was hidden
    for _ in range(2):
        await page.get_by_role("button", name="Add a block").click()
        await expect(page.locator(".block-open")).to_be_in_viewport(ratio=0.5)
        await page.get_by_role("button", name="Add “Jingle”").click()
    today = page.locator(".day:has(.now) .block")
    tops = await today.evaluate_all("(blocks) => blocks.map((one) => [one.offsetTop, one.offsetHeight])")
    assert all(b[0] - a[0] >= 40 for a, b in pairwise(sorted(tops)))
    await page.get_by_role("button", name="Undo my changes").click()


async def test_what_will_air_stays_at_what_is_on_air(paris: Page, service: Service) -> None:
    page = paris
    await open_loop(page, service)
    await page.get_by_role("button", name="Add “Bel”").click()
    await expect(page.locator("[data-when]")).not_to_have_text("")
    await page.get_by_role("link", name="Week and days").click()
    await expect(page.locator("[data-rundown] [data-on-air]")).to_be_attached()
    seen = """(() => {
        const list = document.querySelector('[data-rundown]').getBoundingClientRect();
        const row = document.querySelector('[data-rundown] [data-on-air]').getBoundingClientRect();
        return list.top - 1 <= row.top && row.bottom <= list.bottom + 1;  // its end may lie between pixels
    })()"""
    await until(page, seen)
    await page.get_by_role("button", name="Undo my changes").click()


async def test_a_programme_of_the_library_comes_onto_the_loop(paris: Page, service: Service) -> None:
    page = paris
    await sign_in(page, service, "/editor/schedule")
    bel = (await (await page.request.get(f"{service.url}/v1/programmes")).json())["programmes"]
    bel_id = next(one["programme_id"] for one in bel if one["title"] == "Bel")
    await page.goto(f"{service.url}/editor/schedule?programme={bel_id}#loop")
    await expect(page.locator("[data-entries] .entry-name").last).to_have_text("Bel")
    await expect(page.get_by_text("Unsaved changes", exact=True)).to_be_visible()
    await expect(page.locator("[data-said]")).to_contain_text("Save the schedule to put it on air.")
    assert "programme=" not in page.url  # so that loading the page again adds nothing
    await page.get_by_role("button", name="Undo my changes").click()


async def test_what_somebody_else_saved_meanwhile_is_told_and_can_be_replaced(
    paris: Page, service: Service
) -> None:
    page = paris
    await open_next_week(page, service)
    url = f"{service.url}/v1/channels/{await only_channel(page, service)}/plan"
    save_as_somebody_else(service, url, territories=["FR"])
    await page.get_by_role("link", name="Rules").click()
    await page.get_by_label("Countries").fill("fr be")
    await page.get_by_role("checkbox", name="Waves").check()
    await page.get_by_label("Bumper before each break").select_option("Jingle")
    await page.get_by_label("Minutes between two breaks").fill("400")
    await page.get_by_label("Seconds of a break").focus()
    await expect(page.get_by_text("A number between 0 and 60.")).to_be_visible()
    await page.get_by_label("Minutes between two breaks").fill("10")
    await page.get_by_role("button", name="Save the schedule").click()
    await expect(page.get_by_text("Somebody else saved this schedule")).to_be_visible()
    theirs = page.locator("[data-theirs] li")
    await expect(theirs).to_have_count(1)
    await expect(theirs).to_contain_text("operator")
    await expect(theirs).to_contain_text("Countries")
    await page.get_by_role("button", name="Save mine instead of theirs").click()
    await expect(page.locator("[data-said]")).to_have_text("Saved.")
    plan = (await (await page.request.get(url)).json())["plan"]
    assert plan["territories"] == ["BE", "FR"] or plan["territories"] == ["FR", "BE"]
    assert plan["breaks"]["min_spacing_s"] == 600
    assert (len(plan["fill"]["fillers"]), bool(plan["fill"]["opener"])) == (1, True)


async def test_what_two_change_at_different_places_is_put_together(paris: Page, service: Service) -> None:
    """Another weekday, and in the same loop another entry: neither is lost, and both are seen first."""
    page = paris
    await open_next_week(page, service)
    url = f"{service.url}/v1/channels/{await only_channel(page, service)}/plan"
    before = (await (await page.request.get(url)).json())["plan"]
    programmes = (await (await page.request.get(f"{service.url}/v1/programmes")).json())["programmes"]
    ids = {one["title"]: one["programme_id"] for one in programmes}
    jingle = {"kind": "programme", "programme_id": ids["Jingle"]}
    evening = {"at": "21:00", "entries": [jingle], "until": None, "repeat": False, "start": "wait"}
    week = {**before["week"], "tue": [evening]}
    save_as_somebody_else(service, url, week=week, loop=[jingle, *before["loop"]])

    await page.locator(".day[data-key=sun]").click(position={"x": 40, "y": 11 * 40 + 5})
    await page.get_by_role("button", name="Add “Ada”").click()
    await page.get_by_role("link", name="Base loop").click()
    await page.get_by_role("button", name="Add “Bel”").click()
    await page.get_by_role("button", name="Save the schedule").click()
    await expect(page.get_by_text("Somebody else saved this schedule")).to_be_visible()
    await expect(page.get_by_text("You both changed this.")).to_be_hidden()
    await page.get_by_role("button", name="Add “Ada”").click()  # it is not too late for more
    await page.get_by_role("button", name="Put both together").click()
    await expect(page.get_by_text("Somebody else saved this schedule")).to_be_hidden()
    await expect(page.locator("[data-said]")).to_contain_text("Both are put together here.")
    await expect(page.locator("[data-unsaved]")).to_be_visible()
    await save(page)
    after = (await (await page.request.get(url)).json())["plan"]
    assert after["week"]["tue"] == [evening]
    assert [one["at"] for one in after["week"]["sun"]] == ["11:00"]
    names = [one.get("programme_id") for one in after["loop"]]
    assert (names[0], ids["Bel"] in names) == (ids["Jingle"], True)
    assert len(after["loop"]) == len(before["loop"]) + 3
    save_as_somebody_else(service, url, **before)


async def test_where_two_change_the_same_a_person_chooses(paris: Page, service: Service) -> None:
    page = paris
    await open_next_week(page, service)
    url = f"{service.url}/v1/channels/{await only_channel(page, service)}/plan"
    before = (await (await page.request.get(url)).json())["plan"]
    breaks = {**before["breaks"], "length_s": 44, "between": not before["breaks"]["between"]}
    save_as_somebody_else(service, url, territories=["FR", "CH"], breaks=breaks)
    await page.get_by_role("link", name="Rules").click()
    await page.get_by_label("Countries").fill("FR LU")
    await page.get_by_label("Seconds of a break").fill("55")
    await page.get_by_label("Countries").focus()
    await page.get_by_role("button", name="Save the schedule").click()
    clashes = page.locator("[data-clashes] fieldset")
    await expect(clashes).to_have_count(2)
    await expect(page.get_by_text("You both changed this.")).to_be_visible()
    countries = page.get_by_role("group", name="Countries")
    await expect(countries.get_by_label("Mine: FR LU")).not_to_be_checked()
    await expect(countries.get_by_label("Theirs: CH FR")).not_to_be_checked()
    await page.get_by_role("button", name="Put both together").click()
    await expect(page.get_by_text("Choose whose it shall be.").last).to_be_visible()
    await countries.get_by_label("Theirs").check()
    await page.get_by_role("group", name="Seconds of a break").get_by_label("Mine: 55").check()
    await page.get_by_role("button", name="Put both together").click()
    await expect(page.get_by_label("Countries")).to_have_value("CH FR")
    await save(page)
    after = (await (await page.request.get(url)).json())["plan"]
    assert after["territories"] == ["CH", "FR"]
    assert after["breaks"] == {**breaks, "length_s": 55}
    save_as_somebody_else(service, url, **before)


def save_as_somebody_else(service: Service, url: str, **changes: Any) -> None:
    with service.client("operator") as operator:
        read = operator.get(url).json()
        body = {"version": read["version"], "plan": {**read["plan"], **changes}}
        assert operator.put(url, json=body).status_code == 200


async def test_what_somebody_else_saved_can_be_loaded_instead(paris: Page, service: Service) -> None:
    page = paris
    await open_next_week(page, service)
    url = f"{service.url}/v1/channels/{await only_channel(page, service)}/plan"
    await page.get_by_role("link", name="Rules").click()
    await page.get_by_label("Seconds of a break").fill("44")
    await page.get_by_label("Countries").fill("it")
    await page.get_by_label("Seconds of a break").focus()
    await expect(page.locator("[data-unsaved]")).to_be_visible()
    save_as_somebody_else(service, url, territories=["FR"])
    await page.get_by_role("button", name="Save the schedule").click()
    await page.get_by_role("button", name="Load theirs, drop mine").click()
    await expect(page.get_by_label("Countries")).to_have_value("FR")
    await expect(page.locator("[data-said]")).to_contain_text("What they saved is loaded")
    await expect(page.locator("[data-unsaved]")).to_be_hidden()


async def test_a_save_goes_to_what_is_wrong_and_says_so_beside_it(paris: Page, service: Service) -> None:
    page = paris
    await open_next_week(page, service)
    await page.locator(".day[data-key=sun]").click(position={"x": 40, "y": 5 * 40 + 5})
    await page.get_by_role("link", name="Rules").click()
    await page.get_by_role("button", name="Save the schedule").click()
    search = page.get_by_label("Search by title")
    await expect(search).to_be_focused()
    told = page.locator("#block-fault")
    await expect(told).to_have_text("This block has no programme. Add one, or remove the block.")
    assert (await told.get_attribute("role"), await search.get_attribute("aria-describedby")) == (
        "alert",
        "block-fault",
    )
    await page.get_by_role("button", name="Add “Ada”").click()
    await expect(told).to_have_text("")
    await page.locator("#block-at").fill("25:70")
    await page.locator("#block-until").fill("3")
    await page.get_by_role("button", name="Save the schedule").click()
    at = page.locator("#block-at")
    await expect(at).to_be_focused()
    await expect(at).to_have_attribute("aria-invalid", "true")
    await expect(page.locator(".field", has=at).get_by_role("alert")).to_have_text(
        "A time of day such as 20:30."
    )
    await expect(page.locator("[data-said]")).to_have_text("Not saved: correct what is marked first.")
    await expect(page.locator("[data-unsaved]")).to_be_hidden()
    await expect(page.locator("[data-when]")).to_have_text("")
    await at.fill("2:30")
    await page.locator("#block-until").focus()
    await expect(at).not_to_have_attribute("aria-invalid", "true")
    await page.get_by_role("button", name="Undo my changes").click()


async def test_a_save_is_taken_though_what_is_wrong_moves_the_button(paris: Page, service: Service) -> None:
    page = paris
    await sign_in(page, service, "/editor/schedule")
    await page.get_by_role("link", name="Rules").click()
    await page.set_viewport_size({"width": 1280, "height": 2400})  # the bar is where the page ends
    countries = page.get_by_label("Countries")
    await countries.fill("x")
    await page.get_by_role("button", name="Save the schedule").click()
    await expect(countries).to_be_focused()
    await expect(page.locator("[data-said]")).to_have_text("Not saved: correct what is marked first.")
    await countries.fill("")
    await page.get_by_label("Seconds of a break").focus()


async def test_what_the_service_refuses_is_told_at_its_field(paris: Page, service: Service) -> None:
    page = paris
    await open_next_week(page, service)
    for _ in range(2):
        await page.locator(".day[data-key=sun]").click(position={"x": 40, "y": 5 * 40 + 5})
        await page.get_by_role("button", name="Add “Jingle”").click()
        await page.locator("#block-at").fill("04:00")
        await page.locator("#block-until").focus()
    await page.get_by_role("button", name="Close").click()
    await page.get_by_role("button", name="Save the schedule").click()
    at = page.locator("#block-at")
    await expect(at).to_be_focused()
    await expect(page.locator(".field", has=at).get_by_role("alert")).to_contain_text(
        "Two blocks of a day begin at the same time."
    )
    await page.get_by_role("button", name="Undo my changes").click()


async def test_the_bar_tells_one_state_at_a_time(paris: Page, service: Service) -> None:
    page = paris
    await open_next_week(page, service)
    when, said, unsaved = (page.locator(f"[data-{name}]") for name in ("when", "said", "unsaved"))
    await expect(page.locator("[data-rundown] li").first).to_be_visible()
    assert (await when.inner_text(), await said.inner_text(), await unsaved.is_visible()) == ("", "", False)
    await page.get_by_role("button", name="Save the schedule").click()
    await expect(said).to_have_text("Nothing has changed since it was saved.")
    await page.get_by_role("link", name="Rules").click()
    seconds = page.get_by_label("Seconds of a break")
    await seconds.fill(str(int(await seconds.input_value()) + 1))
    await page.get_by_label("Countries").focus()
    await expect(unsaved).to_be_visible()
    await expect(when).to_contain_text("If you save now")
    await page.get_by_role("button", name="Save the schedule").click()
    await expect(said).to_have_text("Saved.")
    # At once, not only once the days have been asked for again.
    await expect(unsaved).to_be_hidden(timeout=1)
    await expect(when).not_to_contain_text("If you save now")


@pytest.mark.parametrize("language", ["en-GB", "fr-FR"])
@pytest.mark.parametrize("height", [720, 800])
async def test_nothing_is_cut_or_covered_on_a_small_screen(
    browser: Browser, seen: Seen, service: Service, language: str, height: int
) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": height}, locale=language)
    page = seen.watch(await context.new_page())
    await page.goto(f"{service.url}/sign-in?next=/editor/schedule")
    await page.locator("[name=name]").fill("editor")
    await page.locator("[name=password]").fill(PASSWORD)
    await page.get_by_role("main").get_by_role("button").first.click()
    await page.locator("[data-go='1']").click()
    await page.locator(".day[data-key=sun]").click(position={"x": 40, "y": 5 * 40 + 5})
    await expect(page.locator("#block-at")).to_be_visible()
    assert await page.evaluate(
        "[document.documentElement, document.querySelector('.week-scroll')]"
        ".every((box) => box.scrollWidth <= box.clientWidth)"
    )
    for _ in range(60):
        await page.keyboard.press("Tab")
        covered = await page.evaluate(
            "() => { const at = document.activeElement, bar = document.querySelector('.save-bar');"
            " if (at === document.body || bar.contains(at)) return '';"
            " const {bottom} = at.getBoundingClientRect();"
            " return bottom > bar.getBoundingClientRect().top + 1 ? at.outerHTML : ''; }"
        )
        assert covered == ""
    await context.close()


async def test_what_is_wrong_is_listed_with_what_to_do_and_leads_to_its_block(
    paris: Page, service: Service
) -> None:
    page = paris
    await open_next_week(page, service)
    for at, wanted in ((8, "Ada"), (9, "Bel")):
        await page.locator(".day[data-key=fri]").click(position={"x": 40, "y": at * 40 + 5})
        await page.get_by_role("button", name=f"Add “{wanted}”").click()
    await page.locator("#block-at").fill("8h15")
    await page.locator("#block-until").focus()
    await page.get_by_role("button", name="Close").click()
    finding = page.locator(".finding").filter(has_text="“Bel” starts 15:0")
    await expect(finding).to_contain_text("Shorten what is before it, start it later, or let it cut.")
    await finding.get_by_role("button", name="Show").click()
    await expect(page.locator("#block-at")).to_have_value("08:15")
    await page.get_by_role("button", name="Undo my changes").click()


async def test_a_reader_elsewhere_is_told_both_times(browser: Browser, seen: Seen, service: Service) -> None:
    context = await browser.new_context(
        viewport={"width": 1920, "height": 1080}, locale="fr-FR", timezone_id="Asia/Tokyo"
    )
    page = seen.watch(await context.new_page())
    await page.goto(f"{service.url}/sign-in?next=/editor/schedule")
    await page.get_by_label("Nom").fill("editor")
    await page.get_by_label("Mot de passe").fill("a password for walks")
    await page.get_by_role("main").get_by_role("button").first.click()
    told = page.locator("[data-zone-told]")
    await expect(told).to_have_text(
        "Les heures sont celles de la chaîne, Europe/Paris. Les vôtres (Asia/Tokyo) sont entre parenthèses."
    )
    row = page.locator("[data-rundown] time").first
    await expect(row).to_contain_text("(")
    shown, theirs = (await row.inner_text()).replace(")", "").split(" (")
    moment = datetime.fromisoformat(str(await row.get_attribute("datetime")))
    for text, zone in ((shown, "Europe/Paris"), (theirs, "Asia/Tokyo")):
        assert text == f"{moment.astimezone(ZoneInfo(zone)):%H:%M:%S}"
    assert await page.evaluate("document.documentElement.scrollWidth") <= 1920
    assert own(seen) == []
    await context.close()
