"""A place's telephone number, as it can be dialled (RFC 3966)."""

import re

from geotarget.place import Place

ATTRIBUTES = ("phone", "contact:phone", "telephone", "téléphone", "tel", "mobile", "contact:mobile")
"""Where places keep it: OpenStreetMap's keys, and what columns are called."""
_ONE = re.compile(r"[;/,|]")
_FORBIDDEN = re.compile(r"[^0-9+]")
_TRUNK = re.compile(r"\(0\)")
_NUMBER = re.compile(r"\+?[0-9]{3,15}")


def phone_of(place: Place) -> str:
    """The first number that can be dialled, such as ``+33299000000``; empty where there is none.

    A number without its country is left so: who calls is nearby.
    """
    for name in ATTRIBUTES:
        for text in _ONE.split(place.attributes.get(name, "")):
            number = _FORBIDDEN.sub("", _TRUNK.sub("", text)) if "+" in text else _FORBIDDEN.sub("", text)
            number = f"+{number[2:]}" if number.startswith("00") else number
            if _NUMBER.fullmatch(number):
                return number
    return ""
