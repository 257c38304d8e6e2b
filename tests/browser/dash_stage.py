"""The dash with a session and players that a test holds in its hands: ``car`` in the page."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from playwright.async_api import Page, Route

from tests.browser.conftest import until

# What was said of the car holds until something else is said: asked again, it is said again.
SESSION = """
export class Session {
  current = null;
  constructor(credential, on) {
    this.on = on;
    globalThis.car = { ...on, state: (said) => { this.said = said; on.state(said); } };
  }
  open() {
    const urls = { audio: '', video: '' };
    this.current = { session_id: 'ses_1', grant: 'g', channel_id: 'ch1', market: 'FR', urls };
    this.on.opened(this.current);
    this.on.link(true);
  }
  ask() { this.on.state(this.said); }
  itemUrl(item, file) { return `${item.path ?? `/play/item/${item.item_id}`}/ses_1/${file}?grant=g`; }
}
"""

# The sound plays as the clock goes, from where it is loaded (``sound.startMs`` moves it), and counts how
# often it was loaded. The picture is there as soon as it is started, counts how often it came, and pulls.
PLAYERS = """
export class Sound {
  flowing = true; latencyS = 6; url = null; loads = 0; wanted = false;
  constructor(element, on) { this.element = element; this.on = on; globalThis.sound = this; }
  get position() {
    if (this.url === null) return null;
    return this.live ? Date.now() : this.startMs + Date.now() - this.loadedMs;
  }
  get resumesAt() { return this.position; }
  load(url, { live, startS = 0 }) {
    Object.assign(this, { url, live, startMs: startS * 1000, loadedMs: Date.now(), loads: this.loads + 1 });
  }
  unload() { this.url = null; }
  play() { this.wanted = this.flowing = true; }
  pause() { this.wanted = this.flowing = false; }
}
export class Picture {
  active = false; shown = false; starts = 0;
  constructor(element, on) {
    this.element = element;
    this.on = on;
    globalThis.picture = this;
    setInterval(() => this.active && on.pulled(), 1000);
  }
  start() { this.active = true; this.starts += 1; this.#show(true); }
  stop() { this.active = false; this.#show(false); }
  follow() {}
  #show(shown) { this.shown = shown; this.element.hidden = !shown; this.on.shown(shown); }
}
"""

PARKED = {
    "driving_state": "parked",
    "video": {"permitted": True, "reason": "", "rule": "gear-in-park"},
    "lease": "l",
    "cards": "always",
}
MOVING = {
    "driving_state": "moving",
    "video": {"permitted": False, "reason": "vehicle-moving", "rule": "is-moving"},
    "lease": "",
    "cards": "always",
}
CARD = {
    "headline": "Two coffees for the price of one until noon",
    "body": "Show this card at the counter. Every weekday.",
    "advertiser": "Café de la Place",
    "place_id": "plc_1",
    "place_name": "Café de la Place, Rennes",
    "distance_m": 650,
    "image_url": "/v1/assets/ast_ad/poster.jpg",
}
ITEM = {
    "item_id": "it1",
    "title": "A morning on the canal",
    "partner": "Partner",
    "kind": "video",
    "poster_url": "/posters/item.svg",
    "duration_ms": 600_000,
}
CHANNEL = {"channel_id": "ch1", "name": "Roadcast One", "logo_url": "/posters/logo.svg"}
PLAY = {
    "play_id": "it1.1",
    "content_id": "it1",
    "title": ITEM["title"],
    "subtitle": ITEM["partner"],
    "kind": "video",
    "resume_ms": 0,
    "begin_ms": 0,
    "duration_ms": ITEM["duration_ms"],
    "length_ms": ITEM["duration_ms"],
    "breaks": [],
}
TITLES = ("The Endless Coast", "Night Trains of Europe", "The Market Gardeners", "A River and Its Bridges")
MINUTE_MS = 60_000


def poster(hue: int) -> str:
    """A still of another colour each."""
    box = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1280 720">'
    return f'{box}<rect width="1280" height="720" fill="hsl({hue} 60% 45%)"/></svg>'


def _answering(**answer: Any) -> Callable[[Route], Awaitable[None]]:
    async def handle(route: Route) -> None:
        await route.fulfill(**answer)

    return handle


async def stage(
    page: Page,
    site: str,
    *,
    now_ms: int,
    in_break: bool = False,
    titles: Sequence[str] = TITLES,
    guide: Mapping[str, Any] | None = None,
) -> None:
    """Open the dash on channel ``ch1``, whose guide is ``guide``, or has a programme now, or a break."""
    first_ms = now_ms + 4 * MINUTE_MS if in_break else now_ms - 9 * MINUTE_MS
    entries = [
        {
            "title": title,
            "subtitle": "",
            "synopsis": "What it is about, told in a line or two.",
            "category": "documentary",
            "advisory": "all",
            "season": None,
            "episode": None,
            "year": 2024,
            "credits": [],
            "unavailable": "",
            "replay": None,
            "airing_id": f"ch1-{n}",
            "poster_url": f"/posters/{n}.svg",
            "starts_at_ms": first_ms + n * 27 * MINUTE_MS,
            "ends_at_ms": first_ms + n * 27 * MINUTE_MS + 25 * MINUTE_MS,
        }
        for n, title in enumerate(titles)
    ]
    answers: dict[str, Any] = {
        "**/v1/head-units": {"credential": "c", "head_unit_id": "h", "vehicle_id": "v", "role": "screen"},
        "**/v1/channels/*/guide*": guide or {"entries": entries},
        "**/v1/guide*": {"channels": [{**CHANNEL, "entries": entries[:2]}]},
        "**/v1/items": {"items": [ITEM]},
        "**/play.json*": PLAY,
        "**/v1/sessions/*/resume*": {"points": []},
        "**/v1/sessions/*/coupons*": {"coupons": []},
    }
    for address, answer in answers.items():
        await page.route(address, _answering(json=answer))
    await page.route("**/v1/beacons", _answering(json={"results": []}))
    for address, hue in (("**/posters/*", 210), ("**/v1/assets/*/poster.jpg", 30)):
        await page.route(address, _answering(body=poster(hue), content_type="image/svg+xml"))
    for module, text in (("session", SESSION), ("av", PLAYERS)):
        fake = _answering(body=text, content_type="text/javascript")
        await page.route(f"**/static/players/{module}.js", fake)
    await page.goto(f"{site}/dash#code=x")
    await until(page, "Boolean(globalThis.car)")


async def tell(page: Page, topic: str, document: Any) -> None:
    """What the push channel says, now: ``state``, ``break``, ``card`` or ``link``."""
    if topic == "state":
        at_ms = round(time.time() * 1000)
        until_ms = at_ms + 5000 if document["video"]["permitted"] else 0
        document = {**document, "at_ms": at_ms, "lease_expires_at_ms": until_ms}
    await page.evaluate("([topic, document]) => car[topic](document)", [topic, document])


def spot(now_ms: int, card: dict[str, Any] = CARD) -> dict[str, Any]:
    """A break whose one promotion is on air."""
    fill = {
        "fill_id": "fil_1",
        "starts_at_ms": now_ms - 5_000,
        "ends_at_ms": now_ms + 15_000,
        "beacon": "b",
        "card": card,
    }
    return {"break_id": "brk", "starts_at_ms": now_ms - 5_000, "ends_at_ms": now_ms + 60_000, "fills": [fill]}
