"""The market policies' files: those that come with the program, and an operator's, which replace or add."""

import re
from pathlib import Path

from players.feed.market_policy import MarketPolicy, Policies, refused

SHIPPED = Path(__file__).parents[1] / "feed" / "policies"
FILE_LIMIT_BYTES = 64 * 1024
_NAME = re.compile("[A-Z]{2}|strict")


def read_policies(folder: Path | None = None) -> Policies:
    """All policies, checked.

    Args:
        folder: the operator's.

    Raises:
        Invalid: ``policy-invalid`` naming the file and the key, or the folder.
    """
    files: dict[str, tuple[str, MarketPolicy]] = {}
    for each in [SHIPPED] if folder is None else [SHIPPED, folder]:
        if not each.is_dir():
            raise refused(str(each), "is no folder")
        for path in sorted(each.glob("*.toml")):
            files[path.stem] = (str(path), _read(path))
    return Policies.of(files)


def _read(path: Path) -> MarketPolicy:
    if not _NAME.fullmatch(path.stem):
        raise refused(str(path), "is named neither after an ISO 3166 country, as in FR.toml, nor strict.toml")
    try:
        if path.stat().st_size > FILE_LIMIT_BYTES:
            raise refused(str(path), f"is larger than {FILE_LIMIT_BYTES} bytes")
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise refused(str(path), f"cannot be read: {problem}") from None
    return MarketPolicy.read(str(path), path.stem, text)
