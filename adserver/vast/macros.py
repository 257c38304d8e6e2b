"""Macros in other people's addresses (VAST 4.2, 6): what is not known is -1, what is not told is -2."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urljoin

UNKNOWN, WITHHELD = "-1", "-2"
KNOWN = frozenset(
    {
        "ADCATEGORIES", "ADCOUNT", "ADPLAYHEAD", "ADSERVINGID", "ADTYPE", "APIFRAMEWORKS", "APPBUNDLE",
        "ASSETURI", "BLOCKEDADCATEGORIES", "BREAKMAXADLENGTH", "BREAKMAXADS", "BREAKMAXDURATION",
        "BREAKMINADLENGTH", "BREAKMINDURATION", "BREAKPOSITION", "CACHEBUSTING", "CLICKPOS", "CLICKTYPE",
        "CLIENTUA", "CONTENTID", "CONTENTPLAYHEAD", "CONTENTURI", "DEVICEIP", "DEVICEUA", "DOMAIN",
        "ERRORCODE", "EXTENSIONS", "GDPRCONSENT", "IFA", "IFATYPE", "INVENTORYSTATE", "LATLONG",
        "LIMITADTRACKING", "MEDIAMIME", "MEDIAPLAYHEAD", "OMIDPARTNER", "PAGEURL", "PLACEMENTTYPE",
        "PLAYERCAPABILITIES", "PLAYERSIZE", "PLAYERSTATE", "PODSEQUENCE", "REASON", "REGULATIONS",
        "SERVERSIDE", "SERVERUA", "TIMESTAMP", "TRANSACTIONID", "UNIVERSALADID", "VASTVERSIONS",
        "VERIFICATIONVENDORS",
    }
)  # fmt: skip
PRIVATE = frozenset({"LATLONG", "DEVICEIP", "DEVICEUA", "CLIENTUA", "IFA", "IFATYPE"})
"""What tells who or where somebody is: never told, whoever asks."""
_MACRO = re.compile(r"\[([A-Z]{2,40})\]")


def expand(url: str, values: Mapping[str, str]) -> str:
    """``url`` with its macros replaced by ``values``, percent-encoded; words that are no macros stay."""
    return _MACRO.sub(lambda found: _said(found, values), url)


def joined(base: str, url: str) -> str:
    """``url`` as it is meant in a document at ``base``; as it is written where that makes no address."""
    try:
        return urljoin(base, url)
    except ValueError:  # such as half of an IPv6 address
        return url


def _said(found: re.Match[str], values: Mapping[str, str]) -> str:
    name = found[1]
    if name in PRIVATE:
        return WITHHELD
    if name in values:
        return quote(values[name], safe="")
    return UNKNOWN if name in KNOWN else found[0]
