"""The key in a segment's address: a playlist listed it, or nobody knows the address.

Rights, territories and withdrawals are asked where playlists are made. The names of assets and the numbers
of positions can be guessed, so a segment is served only by the key that its line in a playlist carries, and
only for as long as that playlist is worth anything:

- A channel's key is the same for every session (whose own right is the grant or lease), so that lines are
  made, and segments kept by proxies, once for all of them. It is worth nothing when the position is over.
- On demand nothing is shared, and a position never passes: the key is the vehicle's own, and names the
  moment at which the session ends that was given it.
"""

from typing import NamedTuple

from kernel.errors import Forbidden
from kernel.signing import Signer

_LIVE, _HELD = "segment", "segment-held"
_UNTIL_LIMIT = 16
"""Characters of a moment in milliseconds."""


class Holder(NamedTuple):
    """Who plays something on demand, and until when at most."""

    vehicle_id: str
    until_ms: int


def address(
    signer: Signer, asset_id: str, rendition: str, index: int, k: int, holder: Holder | None = None
) -> str:
    """Where segment ``index`` of an asset is found that stands at position ``k``; without a query.

    Of a channel, or with ``holder`` of what it plays on demand.
    """
    path = f"{asset_id}/{rendition}/{index}/{k}"
    if holder is None:
        return f"/segments/{path}/{signer.edge.stamp(_LIVE, path)}.m4s"
    key = f"{holder.until_ms}-{signer.edge.stamp(_HELD, _held(path, holder))}"
    return f"/segments/{path}/{key}.m4s"


def check(signer: Signer, path: str, key: str) -> None:
    """Refuse a key that was not made for ``path`` (asset, rendition, index and position, with slashes).

    Raises:
        Forbidden: ``signature-invalid``.
    """
    signer.edge.check_stamp(_LIVE, path, key)


def check_held(signer: Signer, path: str, key: str, vehicle_id: str, now_ms: int) -> None:
    """Refuse a key that was not made for ``path`` and this vehicle, or whose time is over.

    Raises:
        Forbidden: ``signature-invalid`` or ``play-over``.
    """
    until, _, stamp = key.partition("-")
    good = len(until) <= _UNTIL_LIMIT and until.isascii() and until.isdigit()
    # What is no number was signed by nobody.
    until_ms = int(until) if good else -1
    signer.edge.check_stamp(_HELD, _held(path, Holder(vehicle_id, until_ms)), stamp)
    if now_ms >= until_ms:
        raise Forbidden("play-over", "The session that played this has ended.", fix="Open it again.")


def _held(path: str, holder: Holder) -> str:
    return f"{path}/{holder.vehicle_id}/{holder.until_ms}"
