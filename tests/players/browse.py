"""Plays in headless Chromium: ``browse.py SECONDS FOLDER PLAYER=URL …``.

A player is a page and what it is asked to do beside playing: ``hls_js``, ``shaka?marks``; before
``@`` it may be given a name of its own.

A process of its own, so that it runs beside the other players and holds nobody's event loop.
Pages and libraries are put on the server's own origin by the browser; the server knows nothing of it.
"""

import json
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
MODULES = HERE.parents[1] / "node_modules"
FILES = {
    "hls_js.html": HERE / "pages" / "hls_js.html",
    "interstitials.html": HERE / "pages" / "interstitials.html",
    "shaka.html": HERE / "pages" / "shaka.html",
    "watch.js": HERE / "pages" / "watch.js",
    "marks.js": HERE / "pages" / "marks.js",
    "hls.mjs": MODULES / "hls.js" / "dist" / "hls.mjs",
    "shaka.js": MODULES / "shaka-player" / "dist" / "shaka-player.compiled.js",
}
FLAGS = (
    # As a screen in a car says who it is: of browsers without a window nothing is counted.
    "--user-agent=Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--autoplay-policy=no-user-gesture-required",
)


def open_page(browser: Browser, player: str, url: str, refused: list[str]) -> Page:
    """A page of its own context that plays ``url``; answers of 400 and more are noted in ``refused``."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
    page = browser.new_context().new_page()
    for name, path in FILES.items():
        page.route(f"{origin}/test-players/{name}*", lambda route, _, path=path: route.fulfill(path=path))
    page.on(
        "response", lambda answer: answer.status >= 400 and refused.append(f"{answer.status} {answer.url}")
    )
    page.on("pageerror", lambda error: refused.append(str(error)))
    name, _, wishes = player.rpartition("@")[2].partition("?")
    page.goto(f"{origin}/test-players/{name}.html?url={quote(url, safe='')}&{wishes}")
    return page


def main() -> None:
    """Play, wait, and write what the pages measured to ``FOLDER/<player>.json``."""
    seconds, folder, *wanted = sys.argv[1:]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        pages = []
        for player, url in (one.split("=", 1) for one in wanted):
            refused: list[str] = []
            pages.append((player, open_page(browser, player, url, refused), refused))
        pages[0][1].wait_for_timeout(float(seconds) * 1000)
        for player, page, refused in pages:
            report = page.evaluate("watch.report()") | {
                "refused": [url for url in refused if "favicon" not in url]
            }
            Path(folder, f"{player.partition('@')[0].partition('?')[0]}.json").write_text(json.dumps(report))
        browser.close()


if __name__ == "__main__":
    main()
