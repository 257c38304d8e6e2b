"""The dash in headless Chromium before a service that runs, while its car drives off and parks."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from playwright.async_api import BrowserContext, Page, async_playwright

from media.house_format import SEGMENT_MS
from tests.browser.conftest import CHROMIUM, FLAGS, Seen, until
from tests.players.house import DRIVING, PARKED
from tests.players.product import Feed, Product
from tests.players.sound import SPLICE_MS
from tests.players.tunnel import Tunnel, tunnel

CODE, FEED = "leaving-two-element", "leaving-feed"
PATIENCE_MS = 90_000
PICTURE = "document.querySelector('.screen').dataset.picture === 'on'"
HEARD = "document.getElementById('audio').readyState >= 3 && !document.getElementById('audio').paused"
_PAGES = Path(__file__).parent / "pages"


@dataclass(frozen=True)
class Heard:
    """The sound of a stretch of time, by the sound device's clock.

    Args:
        beeps: when each of the programme's beeps began, in seconds: one on each grid position.
        silences: length of each silence, in ms, but for the programme's own splices.
    """

    beeps: Sequence[float]
    silences: Sequence[float]

    @property
    def gap_ms(self) -> float:
        """What the sound lost or repeated at worst between two beeps; the ear is exact to 2 ms."""
        steps = [(after - before) * 1000 for before, after in pairwise(self.beeps)]
        return max(round(abs(step - SEGMENT_MS) / 2) * 2 for step in steps)


@dataclass(frozen=True)
class Switch:
    """One drive: from the push until no picture was left, and from the unlock until it was back, in ms."""

    gone_ms: float
    back_ms: float


class Ride:
    """A dash that plays a channel of one programme without breaks, and the feed of its car."""

    def __init__(self, context: BrowserContext, way: Tunnel, channel_id: str, feed: Feed) -> None:
        self.context, self.way, self.channel_id, self.feed = context, way, channel_id, feed
        self.seen = Seen()
        self.page: Page

    async def board(self, fragment: str = "") -> None:
        """Open the page; returns when its picture is there and its sound is listened to."""
        self.page = self.seen.watch(await self.context.new_page())
        await self.page.route("**/test-players/tap.js", lambda route: route.fulfill(path=_PAGES / "tap.js"))
        await self.page.add_init_script(path=_PAGES / "ear.js")
        chosen = f"localStorage.setItem('roadcast.channel', JSON.stringify({self.channel_id!r}))"
        await self.page.add_init_script(chosen)
        await self.page.goto(f"{self.way.url}/dash{fragment}")
        await until(self.page, f"{PICTURE} && {HEARD}", PATIENCE_MS)
        await self.page.evaluate("ear.listen()")

    async def alight(self) -> None:
        """Close the page, as the ignition does."""
        await self.page.close(run_before_unload=False)

    async def now_s(self) -> float:
        """The sound device's clock."""
        return await self.page.evaluate("ear.now()")

    async def heard(self, from_s: float, until_s: float = float("inf")) -> Heard:
        """The sound between two moments."""
        told = await self.page.evaluate("({beeps: ear.beeps, silences: ear.silences})")
        silences = [
            one["ms"] for one in told["silences"] if from_s < one["at"] < until_s and one["ms"] > SPLICE_MS
        ]
        return Heard([at for at in told["beeps"] if from_s < at < until_s], silences)

    async def log(self) -> list[tuple[float, str]]:
        """What happened when, by the page's clock: locked, gone, unlocked, shown."""
        return [(at, what) for at, what in await self.page.evaluate("ear.log")]

    async def drive(self, for_s: float) -> Switch:
        """Drive off and park again; returns when the picture has been back for a moment."""
        await self.page.evaluate("ear.log.length = 0")
        self.feed.tell(DRIVING)
        await until(self.page, "ear.log.some(([, what]) => what === 'gone')")
        await self.page.wait_for_timeout(for_s * 1000)
        self.feed.tell(PARKED)
        await until(self.page, "ear.log.some(([, what]) => what === 'shown')", PATIENCE_MS)
        await self.page.wait_for_timeout(500)
        at = {what: at for at, what in reversed(await self.log())}
        return Switch(at["gone"] - at["locked"], at["shown"] - at["unlocked"])


@asynccontextmanager
async def riding(product: Product) -> AsyncIterator[Ride]:
    """A ride on the channel without breaks; the car is parked."""
    with product.driving(FEED, PARKED) as feed:
        async with tunnel(product.url) as way, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            # The page's own policy would refuse the ear, which is a blob.
            context = await browser.new_context(
                viewport={"width": 1280, "height": 720}, locale="en-GB", bypass_csp=True
            )
            ride = Ride(context, way, product.stock.road_channel_id, feed)
            await ride.board(f"#code={CODE}")
            yield ride
            await browser.close()
