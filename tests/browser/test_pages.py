"""What every page owes its reader: no broken script, nothing blocked, nothing out of reach."""

import pytest
from playwright.async_api import Browser, BrowserContext, Dialog, Page

from tests.browser.conftest import Seen, until

NO_SERVICE = "Failed to load resource"


def own(seen: Seen) -> list[str]:
    """Complaints other than that nothing answers behind these pages."""
    return [one for one in seen.complaints if NO_SERVICE not in one]


@pytest.mark.parametrize("path", ["/", "/dash", "/simulator"])
@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
async def test_no_script_fails_and_the_policy_blocks_nothing(
    browser: Browser, seen: Seen, site: str, path: str, locale: str
) -> None:
    context = await browser.new_context(locale=locale, viewport={"width": 1440, "height": 900})
    page = seen.watch(await context.new_page())
    await page.goto(site + path, wait_until="networkidle")
    assert own(seen) == []
    assert await page.get_attribute("html", "lang") == {"en-GB": "en-GB", "fr-FR": "fr"}[locale]


# In one turn: ten times a second the page itself decides what is restricted.
MEASURE = """() => {
    document.getElementById('enrol').hidden = true;
    document.getElementById('live').hidden = false;
    document.querySelector('.screen').removeAttribute('data-restricted');
    const text = (b) => {
        const range = document.createRange();
        range.selectNodeContents(b);
        return range.getBoundingClientRect();
    };
    const buttons = [...document.querySelectorAll('.controls button')];
    buttons.forEach((b) => { b.hidden = false; });
    return buttons.map((b) => {
        const [box, inner] = [b.getBoundingClientRect(), text(b)];
        return {...box.toJSON(), clipped: inner.left < box.left || inner.right > box.right};
    });
}"""


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 720), (1024, 600)])
@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
async def test_the_dash_fits_its_screen_and_its_targets_are_large(
    browser: Browser, site: str, width: int, height: int, locale: str
) -> None:
    context = await browser.new_context(locale=locale, viewport={"width": width, "height": height})
    page = await context.new_page()
    await page.goto(f"{site}/dash")
    boxes = await page.evaluate(MEASURE)
    assert len(boxes) == 9
    for box in boxes:
        assert box["width"] >= 76
        assert box["height"] >= 76
        assert 0 <= box["left"] < box["right"] <= width
        assert box["bottom"] <= height
        assert not box["clipped"]
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
async def test_signing_in_by_one_button_is_in_sight(
    browser: Browser, site: str, width: int, locale: str
) -> None:
    context = await browser.new_context(locale=locale, viewport={"width": width, "height": 800})
    page = await context.new_page()
    await page.goto(f"{site}/sign-in")
    table = page.locator(".table-scroll")
    button = await table.get_by_role("button").bounding_box()
    panel = await table.bounding_box()
    assert button
    assert panel
    assert button["x"] + button["width"] <= panel["x"] + panel["width"]
    assert await table.evaluate("(box) => box.scrollWidth <= box.clientWidth")


async def test_another_language_asks_before_it_loses_what_was_typed(page: Page, site: str) -> None:
    await page.goto(f"{site}/sign-in")
    asked: list[str] = []
    answers = iter((False, True))

    async def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await (dialog.accept() if next(answers) else dialog.dismiss())

    page.on("dialog", answer)
    await page.get_by_title("Français").click()
    await until(page, "document.documentElement?.lang === 'fr'")
    assert asked == []  # nothing was typed
    await page.fill("#name", "anna")
    await page.get_by_title("English").click()
    assert await page.input_value("#name") == "anna"
    await page.get_by_title("English").click()
    await until(page, "document.documentElement?.lang === 'en-GB'")
    assert len(asked) == 2
    assert "Changer quand même" in asked[0]


async def test_while_restricted_nothing_moves_and_no_list_is_offered(page: Page, site: str) -> None:
    await page.goto(f"{site}/dash")
    assert await page.get_attribute(".screen", "data-restricted") == ""
    for element in ("#open-guide", "#full", "#card-body"):
        assert not await page.is_visible(element)
    moving = await page.evaluate(
        """[...document.querySelectorAll('*')].map((e) => getComputedStyle(e))
        .filter((s) => s.animationName !== 'none' || s.transitionDuration !== '0s').length"""
    )
    assert moving == 0


async def test_a_screen_without_a_code_asks_for_one_and_says_what_is_wrong_with_it(
    page: Page, site: str
) -> None:
    refusal = {"code": "code-unknown", "detail": "No."}
    await page.route("**/v1/head-units", lambda route: route.fulfill(status=403, json=refusal))
    await page.goto(f"{site}/dash")
    await page.fill("#code", "wrong")
    await page.click("#enrol-form button")
    await page.wait_for_selector("#enrol-error:not(:empty)")
    assert "not known" in await page.inner_text("#enrol-error")


async def test_a_code_does_not_stay_in_the_address(page: Page, site: str) -> None:
    await page.goto(f"{site}/dash#code=secret")
    await until(page, "!location.hash")
    assert "secret" not in page.url


async def test_the_keyboard_reaches_the_content_first(context: BrowserContext, page: Page, site: str) -> None:
    await page.goto(site)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip-link"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"


async def test_the_language_can_be_changed_and_stays(page: Page, site: str) -> None:
    await page.goto(site)
    await page.click(".lang-switch [lang=fr]")
    await page.wait_for_url(f"{site}/")
    assert await page.get_attribute("html", "lang") == "fr"


async def test_the_simulator_drives_its_car_along_the_way(page: Page, site: str, seen: Seen) -> None:
    await page.set_viewport_size({"width": 1440, "height": 900})
    # Nobody answers: a refusal would open the dialog, at a moment of its own.
    await page.route("**/v1/head-units", lambda _route: None)
    await page.goto(f"{site}/simulator#code=x")
    await page.wait_for_selector(".leaflet-overlay-pane path.way")
    before = await page.get_attribute(".car", "style")
    await page.select_option("#rate", "20")
    await page.click("#run")
    await until(page, "/^[1-9]/.test(document.getElementById('speed-shown').textContent)")
    await until(page, f"document.querySelector('.car').getAttribute('style') !== {before!r}")
    assert own(seen) == []


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
async def test_the_start_page_fits_a_phone(browser: Browser, site: str, locale: str) -> None:
    context = await browser.new_context(locale=locale, viewport={"width": 360, "height": 740})
    page = await context.new_page()
    await page.goto(site)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    for button in await page.locator("main .button").all():
        box = await button.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 360


@pytest.mark.parametrize(
    ("locale", "shown"), [("en-US", "22 Nov 2026, 14:05"), ("fr-FR", "22 nov. 2026, 14:05")]
)
async def test_times_are_told_by_24_hours_and_the_day_first(
    browser: Browser, site: str, locale: str, shown: str
) -> None:
    context = await browser.new_context(locale=locale, timezone_id="Europe/Paris")
    page = await context.new_page()
    await page.goto(site)
    told = await page.evaluate(
        """async () => {
            const time = Object.assign(document.createElement('time'), {dateTime: '2026-11-22T13:05:00Z'});
            document.body.append(time);
            const script = document.querySelector('script[src*=localtime]').src;
            (await import(script)).showLocalTimes();
            return time.textContent;
        }"""
    )
    assert told.replace(" à ", ", ") == shown
