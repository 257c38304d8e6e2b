"""The page of cue points on the real service: found in a film, decided by keys, made by the real worker."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import pytest
from av import AudioFrame
from playwright.async_api import Browser, Page, expect

from content.library.programme import ProgrammeDraft
from media.asset import Asset, AssetState
from media.cue import CueCandidate
from media.house_format import FPS, SAMPLE_RATE_HZ, SEGMENT_MS
from media.manifest import AssetManifest
from server.wiring.house import House
from tests.browser.conftest import Seen
from tests.browser.test_editor import own, sign_in
from tests.walks.service import Service, eventually, open_upload, send

PATIENCE_MS = 60_000
SEGMENTS = 50
FOUND = (CueCandidate(600, 24_000, 800, 800, 800), CueCandidate(1500, 60_000, 200, 200, 200))


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("timecode(90061 * 25 + 4)", "25:01:01:04"),
        ("frameTyped(' 00:01:36:05 ')", 2405),
        ("frameTyped('00:01:36')", 2400),
        ("frameTyped('2400')", 2400),
        ("frameTyped('00:01:36:25')", None),
        ("frameTyped('00:61:00:00')", None),
        ("frameTyped('soon')", None),
        ("obstacle(48, [], 96)", ""),
        ("obstacle(47, [], 960)", "cue-outside"),
        ("obstacle(913, [], 960)", "cue-outside"),
        ("obstacle(500, [547], 960)", "cues-too-close"),
        ("obstacle(500, [548], 960)", ""),
    ],
)
async def test_timecodes_and_what_may_be_a_cue(page: Page, site: str, expression: str, result: Any) -> None:
    await page.goto(site)
    module = "const {timecode, frameTyped, obstacle} = await import('/static/content/timecode.js');"
    assert await page.evaluate(f"async () => {{ {module} return {expression}; }}") == result


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Running, with programmes whose candidates are known; nothing is behind their stills."""
    folder = tmp_path_factory.mktemp("cues")
    found = Service(folder / "data", folder / "log.txt")
    found.start()
    try:
        found.add_accounts()
        found.in_house(stocked)
        yield found
    finally:
        found.close()


def stocked(house: House) -> None:
    for name, candidates in (("keys", FOUND), ("both", FOUND), ("dull", ())):
        asset_id = f"ast_{name}"
        house.media.assets.add(Asset(asset_id, "acc_1", name, "s", AssetState.QUEUED, 0, (), None, 0))
        house.media.assets.begin(asset_id)
        manifest = AssetManifest(asset_id, SEGMENTS, SEGMENTS * SEGMENT_MS, {}, "", candidates=candidates)
        house.media.assets.publish(manifest)
        house.content.add_programme(asset_id, ProgrammeDraft(name.title()))


async def open_cues(page: Page, service: Service, title: str) -> None:
    await sign_in(page, service, "/editor")
    await page.get_by_role("link", name=f"Cue points of {title}").click()
    await expect(page.get_by_role("slider", name="Frame looked at")).to_be_visible()


async def test_keys_step_confirm_move_and_remove(page: Page, service: Service) -> None:
    await open_cues(page, service, "Keys")
    slider = page.get_by_role("slider", name="Frame looked at")
    await expect(slider).to_have_attribute("aria-valuetext", "00:00:24:00, Suggested")
    await slider.focus()
    for key, frame in (("ArrowRight", 601), ("Shift+ArrowLeft", 596), ("ArrowUp", 621), ("p", 600)):
        await page.keyboard.press(key)
        await expect(slider).to_have_attribute("aria-valuenow", str(frame))
    await page.keyboard.press("Enter")
    await expect(slider).to_have_attribute("aria-valuetext", "00:00:24:00, Cue point")
    await page.keyboard.press("ArrowRight")
    await page.get_by_role("button", name="Move 00:00:24:00 here").click()
    await expect(page.get_by_text("Moved to 00:00:24:01.")).to_be_visible()
    await expect(slider).to_be_focused()
    # The place where it was found is a suggestion again, too near to be another cue.
    await page.keyboard.press("p")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("less than 1.92 s (48 frames) apart")).to_be_visible()
    await page.get_by_role("button", name="Leave out 00:00:24:00").click()
    await page.get_by_label("Timecode or frame").fill("00:00:40:00")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Add a cue point here").click()
    await expect(page.locator("[data-count]")).to_have_text("2 confirmed, 1 suggested")
    await page.keyboard.press("Delete")
    await expect(page.locator("[data-count]")).to_have_text("1 confirmed, 1 suggested")
    await page.get_by_role("button", name="Save the cue points").click()
    await expect(page.locator("[data-said]")).to_have_text("Saved.")
    await page.reload()
    marks = page.locator("[data-points] .point-why")
    await expect(marks.nth(0)).to_contain_text("Left out")
    await expect(marks.nth(1)).to_have_text("Cue point · set by hand")
    await expect(marks.nth(2)).to_contain_text("Suggested · black 0.20 s")
    await page.get_by_role("button", name="Suggest again 00:00:24:00").click()
    await expect(marks.nth(0)).to_contain_text("Suggested")


async def test_what_one_editor_left_out_another_need_not_look_at(
    browser: Browser, page: Page, service: Service
) -> None:
    await open_cues(page, service, "Both")
    reason = page.locator("[data-points] .point-why").first
    await page.get_by_role("button", name="Leave out").first.click()
    await expect(reason).to_contain_text("Left out")
    elsewhere = await browser.new_context(locale="en-GB")
    other = await elsewhere.new_page()
    await open_cues(other, service, "Both")
    await expect(other.locator("[data-points] .point-why").first).to_contain_text("Left out")
    await elsewhere.close()
    await page.get_by_role("button", name="Suggest again").click()
    await expect(reason).to_contain_text("Suggested")


async def test_what_somebody_else_decided_meanwhile_is_told_and_can_be_replaced(
    page: Page, service: Service
) -> None:
    await open_cues(page, service, "Both")
    url = f"{service.url}/v1/assets/ast_both/cues"
    assert (await page.request.put(url, data={"frames": [900]})).ok
    await page.get_by_role("button", name="Confirm all 2 suggested").click()
    await page.get_by_role("button", name="Save the cue points").click()
    await expect(page.get_by_text("Somebody else decided these cue points")).to_be_visible()
    await page.get_by_role("button", name="Save mine instead of theirs").click()
    await expect(page.locator("[data-said]")).to_have_text("Saved.")
    assert (await (await page.request.get(url)).json())["sheet"]["cues"] == [600, 1500]


async def test_a_programme_in_which_nothing_was_found_says_what_to_do(page: Page, service: Service) -> None:
    await open_cues(page, service, "Dull")
    await expect(page.get_by_role("heading", name="Nothing was found")).to_be_visible()
    await expect(page.get_by_text("it plays whole")).to_be_visible()
    await page.get_by_label("Timecode or frame").fill("11")
    await page.get_by_role("button", name="Go", exact=True).click()
    await page.get_by_role("button", name="Add a cue point here").click()
    await expect(page.get_by_text("keeps at least 1.92 s")).to_be_visible()


def make_dark_film(path: Path, seconds: int, dark_s: tuple[float, float]) -> Path:
    """A film that is black and silent from ``dark_s[0]`` to ``dark_s[1]``."""
    between = f"between(t,{dark_s[0]},{dark_s[1] - 0.001})"
    graph = f"smptebars=s=320x180:r={FPS},drawbox=enable='{between}':c=black:t=fill,format=yuv420p"
    per_frame = SAMPLE_RATE_HZ // FPS
    at_s = np.arange(seconds * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    wave = np.where((at_s >= dark_s[0]) & (at_s < dark_s[1]), 0, 9000 * np.sin(2 * np.pi * 440 * at_s))
    with av.open(graph, format="lavfi") as pictures, av.open(str(path), "w", format="matroska") as target:
        video = target.add_stream("libx264", rate=FPS, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        sound = target.add_stream("pcm_s16le", rate=SAMPLE_RATE_HZ, layout="stereo")
        for number, picture in enumerate(pictures.decode(video=0)):
            if number == seconds * FPS:
                break
            picture.pts, picture.time_base = number, Fraction(1, FPS)
            target.mux(video.encode(picture))
            part = np.repeat(wave[number * per_frame : (number + 1) * per_frame].astype(np.int16), 2)
            heard = AudioFrame.from_ndarray(part[None], format="s16", layout="stereo")
            heard.pts, heard.sample_rate = number * per_frame, SAMPLE_RATE_HZ
            heard.time_base = Fraction(1, SAMPLE_RATE_HZ)
            target.mux(sound.encode(heard))
        for stream in (video, sound):
            target.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def programme(service: Service, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A film that was looked through."""
    film = make_dark_film(tmp_path_factory.mktemp("film") / "dark.mkv", 21, (10.4, 10.8))
    return add_film(service, film, "Dark")


async def test_what_was_found_in_a_film_is_confirmed_made_and_airs_with_a_break(
    page: Page, seen: Seen, service: Service, programme: dict[str, Any]
) -> None:
    await open_cues(page, service, "Dark")
    await expect(page.get_by_role("slider", name="Frame looked at")).to_have_attribute(
        "aria-valuetext", "00:00:10:15, Suggested"
    )
    before, after = page.locator(".frame-before img"), page.locator(".frame-after img")
    for picture in (before, after):
        await expect(picture).to_have_js_property("naturalWidth", 320)
    await page.get_by_role("button", name="Confirm the cue point").click()
    await page.get_by_role("button", name="Save the cue points").click()
    state = page.locator("[data-state-words]")
    await expect(state).to_contain_text("Until then it plays whole.")
    await expect(state).to_have_text("The programme plays with its cue points (1).", timeout=PATIENCE_MS)
    sheet = await (await page.request.get(f"{service.url}/v1/assets/{programme['asset_id']}/cues")).json()
    assert sheet["sheet"]["plays"] != programme["asset_id"]

    # On air, the break stands between the two sides of the cue.
    body = {"name": "Nuit", "slug": "nuit"}
    channel = await (await page.request.post(f"{service.url}/v1/channels", data=body)).json()
    await page.goto(f"{service.url}/editor/schedule?channel={channel['channel_id']}#loop")
    await page.get_by_role("button", name="Add “Dark”").click()
    await page.get_by_role("link", name="Rules").click()
    await page.get_by_label("Seconds of a break that these rules add").fill("8")
    await page.get_by_role("link", name="Week and days").click()
    aired = page.locator("[data-rundown] .entry")
    await expect(aired.filter(has_text="By the rules").first).to_contain_text("Break", timeout=20_000)
    await page.get_by_role("button", name="Save the schedule").click()
    await expect(page.locator("[data-said]")).to_have_text("Saved.")
    await page.get_by_role("button", name="The week after").click()
    await expect(aired.filter(has_text="By the rules").first).to_be_visible()
    names = await aired.locator(".entry-name").all_text_contents()
    lengths = await aired.locator(".muted.small").all_text_contents()
    cut = names.index("Break", 1)  # the first is what midnight cuts through, perhaps a break
    assert names[cut - 1 : cut + 2] == ["Dark", "Break", "Dark"]
    # 10.6 s and 10.4 s, each filled up to the grid; a break of 8 s.
    assert sorted({one.rsplit(" ", 1)[1] for one in lengths}) == ["0:08", "0:12"]
    assert own(seen) == []


def add_film(service: Service, film: Path, title: str) -> dict[str, Any]:
    """The programme made of ``film``, once it is ready."""
    with service.client("editor") as editor:
        location = open_upload(editor, film)
        send(editor, location, 0, film.read_bytes())
        body = {"upload_id": location.rsplit("/", 1)[1], "title": title}
        programme: dict[str, Any] = editor.post("/v1/programmes", json=body).json()
        eventually(lambda: is_ready(editor, programme["asset_id"]))
    return programme


def is_ready(editor: httpx.Client, asset_id: str) -> bool:
    state = editor.get(f"/v1/assets/{asset_id}").json()["state"]
    assert state != "failed"
    return state == "ready"
