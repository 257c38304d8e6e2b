"""Watching the dash from outside and from within while it plays."""

import re
import time
from itertools import pairwise
from pathlib import Path

import msgspec
from playwright.async_api import BrowserContext, Page, Response

from tests.browser.conftest import until

HERE = Path(__file__).parent
_SEGMENT = re.compile(
    r"/segments/(?P<asset_id>[^/]+)/(?P<rendition>[av]\d+)/(?P<index>\d+)/(?P<k>\d+)/[^/]+\.m4s"
)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Promotion(msgspec.Struct, frozen=True):
    """What the card on the screen says."""

    advertiser: str
    headline: str
    place: str


class Sample(msgspec.Struct, frozen=True):
    """The screen and the loudspeaker at one moment.

    Args:
        sound_s: how far the sound has played.
        quiet_ms: the longest silence of the last two thirds of a second; None before it is listened to.
        picture: whether a picture is in sight; ``playing``: whether it moves.
        withheld: what is said in its place.
    """

    at_ms: int
    sound_s: float
    sounding: bool
    quiet_ms: float | None
    picture: bool
    playing: bool
    withheld: str
    promotion: Promotion | None


class Report(msgspec.Struct, frozen=True):
    """Everything that the probe in the page noted; ``frames`` are the moments at which one was shown."""

    samples: list[Sample]
    frames: list[int]

    def between(self, from_ms: float, to_ms: float) -> list[Sample]:
        return [one for one in self.samples if from_ms <= one.at_ms < to_ms]

    def longest_stall_ms(self, from_ms: float, to_ms: float) -> float:
        """The longest time for which the sound stood still."""
        moved_ms, worst = None, 0.0
        for before, after in pairwise(self.between(from_ms, to_ms)):
            if moved_ms is None or after.sound_s > before.sound_s:
                moved_ms = after.at_ms
            worst = max(worst, after.at_ms - moved_ms)
        return worst


class Answer(msgspec.Struct, frozen=True):
    """One answer of the server: when it began, on the page's clock; ``sent`` is the body of events."""

    at_ms: float
    method: str
    url: str
    status: int
    sent: str = ""

    @property
    def segment(self) -> dict[str, str] | None:
        """The parts of a segment's address."""
        found = _SEGMENT.search(self.url)
        return found.groupdict() if found else None

    @property
    def is_picture(self) -> bool:
        return self.segment is not None and self.segment["rendition"].startswith("v")


class Watched:
    """A dash in a page of its own, with everything that it asks for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.answers: list[Answer] = []
        self.complaints: list[str] = []
        page.on("response", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @classmethod
    async def open(cls, context: BrowserContext, url: str, code: str) -> "Watched":
        """The dash of the screen that ``code`` enrols; returns once it is heard."""
        page = await context.new_page()
        await page.add_init_script(path=HERE / "probe.js")
        watched = cls(page)
        await page.goto(f"{url}/dash#code={code}")
        await page.evaluate("probe.listen()")
        await until(page, "probe.samples.at(-1)?.sounding", 60_000)
        return watched

    def _note(self, response: Response) -> None:
        request = response.request
        began_ms = request.timing["startTime"] + max(0, request.timing["responseStart"])
        sent = request.post_data if request.url.endswith("/v1/beacons") else None
        self.answers.append(Answer(began_ms, request.method, request.url, response.status, sent or ""))

    async def report(self) -> Report:
        told = await self.page.evaluate("({samples: probe.samples, frames: probe.frames})")
        return msgspec.convert(told, Report, strict=False)
