"""What a tag's address asks for, within limits; macros that a player did not know are what was not said.

A player puts -1 where it does not know, and -2 where it withholds (VAST 4.2, 6).
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Self

import msgspec

from adserver.serving.pod import POD_LIMIT
from adserver.vast.document import Version
from kernel.errors import Invalid
from media.house_format import SEGMENT_MS

LONGEST_S = 300
USUAL_S = 30
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,3})?", re.ASCII)
_UNSAID = frozenset({"", "-1", "-2"})


class Tag(msgspec.Struct, frozen=True):
    """One break that somebody else's player or stitcher asks about.

    Args:
        name: the asker's own for the break, or for what it plays; the same again gets the same answer.
        segments: how long it is at most, on the grid.
        ads_limit: how many ads it takes at most.
        version: of VAST.
    """

    name: str
    segments: int
    ads_limit: int
    version: Version

    @classmethod
    def read(cls, params: Mapping[str, str], named_by: str) -> Self:
        """From an address's parameters, of which ``named_by`` has the name.

        Raises:
            Invalid: ``vast-version-unknown``, ``break-name-malformed``, ``duration-malformed``,
                ``duration-too-short`` or ``max-ads-malformed``.
        """
        return cls(
            name=_name(params.get(named_by, ""), named_by),
            segments=_segments(params.get("duration", "")),
            ads_limit=_ads_limit(params.get("max_ads", "")),
            version=_version(params.get("version", "")),
        )

    @property
    def length_s(self) -> str:
        """How long it is at most, as an address says it."""
        return f"{Decimal(self.segments * SEGMENT_MS) / 1000:f}"


def _name(text: str, named_by: str) -> str:
    if not _NAME.fullmatch(text):
        fix = f"Give {named_by}=, 1 to 64 letters, digits, dots, dashes or underscores, another for each."
        raise Invalid("break-name-malformed", "A break needs a name of its own.", fix=fix)
    return text


def _segments(text: str) -> int:
    if text in _UNSAID:
        return USUAL_S * 1000 // SEGMENT_MS
    if not _NUMBER.fullmatch(text):
        fix = "Give seconds, such as duration=30, or [BREAKMAXDURATION]."
        raise Invalid("duration-malformed", f"“{text[:40]}” is no length of a break.", fix=fix)
    segments = int(min(Decimal(text), Decimal(LONGEST_S)) * 1000) // SEGMENT_MS
    if segments == 0:
        detail = f"No ad is as short as {text} s."
        raise Invalid("duration-too-short", detail, fix=f"Offer {SEGMENT_MS / 1000} s or more.")
    return segments


def _ads_limit(text: str) -> int:
    if text in _UNSAID:
        return POD_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        fix = "Give a whole number from 1 on, or [BREAKMAXADS]."
        raise Invalid("max-ads-malformed", f"“{text[:40]}” is no number of ads.", fix=fix)
    return min(int(text), POD_LIMIT)


def _version(text: str) -> Version:
    if text in _UNSAID:
        return Version.V4_2
    try:
        return Version(text)
    except ValueError:
        fix = f"Ask for {' or '.join(Version)}."
        raise Invalid("vast-version-unknown", f"VAST “{text[:40]}” is not spoken.", fix=fix) from None
