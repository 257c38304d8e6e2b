"""When to ask for ads: a VMAP 1.0 document, whose breaks are each an address that answers in VAST.

What plays in a break is decided when the player asks for it, by where the car is then.
"""

import re
from collections.abc import Sequence

import msgspec

from adserver.vast.document import Version
from adserver.vast.writing import address, child, root, written
from kernel.errors import Invalid

NAMESPACE = "http://www.iab.net/videosuite/vmap"
BREAKS_LIMIT = 40
_OFFSET = re.compile(
    r"start|end|\d{2}:[0-5]\d:[0-5]\d(\.\d{3})?|(100(\.0{1,3})?|\d{1,2}(\.\d{1,3})?)%|#[1-9]\d{0,3}",
    re.ASCII,
)
_TEMPLATES = {Version.V4_2: "vast4", Version.V3_0: "vast3"}


class AdBreak(msgspec.Struct, frozen=True):
    """One break: where it stands in what is played (2.3.1: time, n%, start, end or #m), and whom to ask."""

    offset: str
    break_id: str
    tag_url: str


def offsets(text: str) -> list[str]:
    """Where breaks stand, as an address names them, parted by commas.

    Raises:
        Invalid: ``offset-malformed``, ``offset-twice``, ``offsets-missing`` or ``too-many-breaks``.
    """
    found = text.split(",") if text else []
    fix = "Name where breaks stand: at=start,00:12:30,50%,#3,end."
    if not found:
        raise Invalid("offsets-missing", "No place for a break is named.", fix=fix)
    if len(found) > BREAKS_LIMIT:
        raise Invalid("too-many-breaks", f"At most {BREAKS_LIMIT} breaks go into a document.", fix=fix)
    for one in found:
        if not _OFFSET.fullmatch(one):
            raise Invalid("offset-malformed", f"“{one[:40]}” is no place for a break.", fix=fix)
    if len(set(found)) < len(found):
        raise Invalid("offset-twice", "Two breaks stand at one place.", fix=fix)
    return found


def write(breaks: Sequence[AdBreak], version: Version) -> bytes:
    """The document; ``version`` is that of the VAST that the addresses answer in."""
    document, vmap = root("vmap:VMAP", xmlns__vmap=NAMESPACE, version="1.0")
    for one in breaks:
        element = child(vmap, "vmap:AdBreak", timeOffset=one.offset, breakType="linear", breakId=one.break_id)
        source = child(
            element, "vmap:AdSource", id=one.break_id, allowMultipleAds="true", followRedirects="false"
        )
        address(source, "vmap:AdTagURI", one.tag_url, templateType=_TEMPLATES[version])
    return written(document)
