"""Pages in real Chromium. Async throughout: Playwright's synchronous API would hold the event loop."""

import socket
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from starlette.applications import Starlette

from kernel.errors import Unauthorized
from players.web import dash, simulator
from server import sign_in_pages
from server.account import Account
from server.middleware import SecurityHeaders
from server.pages import StartFacts, build_templates, routes
from server.sign_in import SignInRefused

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    # As a screen in a car says who it is: of browsers without a window nothing is counted.
    "--user-agent=Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
)
PATIENCE_MS = 30_000
"""What comes true comes at once on a quiet machine; on a busy one its time is no fault."""
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """One event loop for all of these tests, since they share a browser."""
    return "asyncio"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Headless Chromium that plays sound without asking, as a head unit's does."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture(autouse=True)
async def _leave_nothing_open(browser: Browser) -> AsyncIterator[None]:
    """A page that stays open plays on, and takes from every test that follows."""
    before = set(browser.contexts)
    yield
    for context in set(browser.contexts) - before:
        await context.close()


@dataclass
class Seen:
    """What a page complained of: script errors, and whatever the console calls an error."""

    complaints: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> Page:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: said.type == "error" and self.complaints.append(f"{said.text} {said.location}"),
        )
        return page


async def until(page: Page, expression: str, timeout_ms: int = PATIENCE_MS) -> None:
    """Wait until ``expression`` holds in the page; Playwright's own way needs eval, which our CSP forbids."""
    for _ in range(timeout_ms // 50):
        if await page.evaluate(expression):
            return
        await page.wait_for_timeout(50)
    raise AssertionError(f"never came true: {expression}")


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A 1280×720 screen in English, with nothing stored."""
    context = await browser.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")
    yield context
    await context.close()


@pytest.fixture
async def page(context: BrowserContext, seen: Seen) -> Page:
    """A page that notes its complaints in ``seen``."""
    return seen.watch(await context.new_page())


class _Served:
    """An ASGI application on a port of its own, in a thread of its own."""

    def __init__(self, app: object) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})
        self.thread.start()

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        self.socket.close()


async def _never(_name: str, _password: str, _address: str) -> Account:
    raise SignInRefused("sign-in-refused", "That name and password do not belong together.")


async def _nobody(_credential: str) -> None:
    raise Unauthorized("credential-unknown", "Nobody is enrolled here.")


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the pages and their scripts under the real headers, with no service behind them."""
    templates = build_templates()
    accounts = [{"name": "anna", "password": "a-password-of-16", "role": "Advertiser"}]
    app = Starlette(
        routes=[
            *routes(templates, lambda: StartFacts(accounts)),
            *sign_in_pages.routes(templates, _never, lambda: StartFacts(accounts)),
            *dash.routes(templates=templates),
            *simulator.routes(
                templates=templates, recognise=_nobody, read_trace=lambda _name, _data: [], reaches=list
            ),
        ]
    )
    served = _Served(SecurityHeaders(app, https=False))
    yield served.url
    served.stop()
