"""Traffic that says of itself that nobody is watching: it is turned away before anything is counted.

After what the MRC calls general invalid traffic: what is fetched ahead of time, and robots that say who they
are, by the list that the project crawler-user-agents keeps (searching, watching, archiving, scripts, browsers
that are driven by programs). What only behaves so is told apart fill by fill, by the order and the times of
its events (:mod:`adserver.billing.record_event`).
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from crawleruseragents import CRAWLER_USER_AGENTS_DATA

from kernel.errors import Forbidden

AGENT_LIMIT = 256
"""Letters of a name that are looked at."""
_AHEAD = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_AHEAD_OF_TIME = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)
# Whoever calls itself one, known or not. Cubot makes telephones.
_ROBOT = re.compile(
    r"(?<!cu)bot\b|crawler|spider|slurp|headless|lighthouse|\w(preview|pagerenderer)\b", re.IGNORECASE
)
_PLAYERS_USE = frozenset(
    {
        "okhttp",
        "^Apache-HttpClient",
        "HttpUrlConnection",
        "AHC\\/",
        "CustomAsyncHttpClient",
        "httpx",
        "aiohttp",
        "axios",
        "node-fetch",
        "Amazon CloudFront",
    }
)
"""Of the list: libraries that players, shells and stitchers are made with, and a proxy; they say nothing of
who watches. Who sends by hand or by script (curl, wget, python-requests, ...) is a robot there and here."""
_AT_ONCE = 100


def check(headers: Mapping[str, str]) -> None:
    """Refuse what was fetched ahead of time, or by a robot that says so.

    Args:
        headers: of the request, their names in lower case.

    Raises:
        Forbidden: ``traffic-ahead`` or ``traffic-robot``.
    """
    if any(_AHEAD_OF_TIME.search(headers.get(name, "")) for name in _AHEAD):
        fix = "Report events when they happen, and never ahead of time."
        raise Forbidden("traffic-ahead", "The address was fetched ahead of time.", fix=fix)
    if is_robot(headers.get("user-agent", "")[:AGENT_LIMIT]):
        fix = "Leave addresses of beacons to players; a player says its own name as its User-Agent."
        raise Forbidden("traffic-robot", "A robot asks.", fix=fix)


@lru_cache(maxsize=4096)
def is_robot(agent: str) -> bool:
    """Whether a User-Agent says that it is one: the whole list is looked through once for each."""
    return bool(_ROBOT.search(agent)) or any(some.search(agent) for some in _listed())


@cache
def _listed() -> tuple[re.Pattern[str], ...]:
    kept = [one["pattern"] for one in CRAWLER_USER_AGENTS_DATA if one["pattern"] not in _PLAYERS_USE]
    return tuple(re.compile("|".join(kept[n : n + _AT_ONCE])) for n in range(0, len(kept), _AT_ONCE))
