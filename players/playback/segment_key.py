"""The key in a segment's address: a playlist listed it, or nobody knows the address.

Rights, territories and withdrawals are asked where playlists are made. The names of assets and the numbers
of positions can be guessed, so a segment is served only by the key that its line in a playlist carries: the
same for every session (whose own right is the grant or lease), so that lines are made once for all of them.
"""

from kernel.signing import Signer

_PURPOSE = "segment"


def address(signer: Signer, asset_id: str, rendition: str, index: int, k: int) -> str:
    """Where segment ``index`` of an asset is found that stands at position ``k``; without a query."""
    path = f"{asset_id}/{rendition}/{index}/{k}"
    return f"/segments/{path}/{signer.edge.stamp(_PURPOSE, path)}.m4s"


def check(signer: Signer, path: str, key: str) -> None:
    """Refuse a key that was not made for ``path`` (asset, rendition, index and position, with slashes).

    Raises:
        Forbidden: ``signature-invalid``.
    """
    signer.edge.check_stamp(_PURPOSE, path, key)
