"""Traffic that says of itself that nobody is watching: it is turned away before anything is counted.

After what the MRC calls general invalid traffic. What only behaves so is told apart fill by fill, by the
order and the times of its events (:mod:`adserver.billing.record_event`).
"""

import re
from collections.abc import Mapping

from kernel.errors import Forbidden

_AHEAD = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_AHEAD_OF_TIME = re.compile(r"prefetch|prerender|preview", re.IGNORECASE)
# Cubot makes telephones.
_ROBOT = re.compile(r"(?<!cu)bot\b|crawler|spider|slurp|facebookexternalhit|preview", re.IGNORECASE)


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
    if _ROBOT.search(headers.get("user-agent", "")[:500]):
        raise Forbidden("traffic-robot", "A robot asks.", fix="Leave addresses of beacons to players.")
