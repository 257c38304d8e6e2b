"""What OpenStreetMap's tags say of a place, in our words (https://wiki.openstreetmap.org/wiki/Map_features)."""

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from geotarget.opening import can_be_read
from geotarget.place import Category

CATEGORIES: Mapping[tuple[str, str], Category] = {
    ("amenity", "fuel"): Category.FUEL,
    ("amenity", "charging_station"): Category.CHARGING,
    ("amenity", "restaurant"): Category.RESTAURANT,
    ("amenity", "fast_food"): Category.RESTAURANT,
    ("amenity", "cafe"): Category.RESTAURANT,
    ("amenity", "parking"): Category.PARKING,
    ("tourism", "hotel"): Category.HOTEL,
    ("tourism", "motel"): Category.HOTEL,
    ("shop", "car"): Category.DEALER,
}
TAKEN = tuple(dict.fromkeys(CATEGORIES.values()))
"""The categories that there are in OpenStreetMap."""

_NAMES = ("name", "brand", "operator", "network", "owner")
_BRANDS = {Category.CHARGING: ("brand", "network", "operator")}
_CLOSED_TO = frozenset({"no", "private", "permit", "residents", "employees", "military", "delivery"})
_GONE = ("disused", "abandoned", "demolished", "razed", "removed")
_PLUGS = {
    "typee": "E/F",
    "schuko": "E/F",
    "type2": "Type 2",
    "type2_cable": "Type 2",
    "type2_combo": "CCS",
    "chademo": "CHAdeMO",
}
_PLUG_ORDER = tuple(dict.fromkeys(_PLUGS.values()))
_SOCKET = re.compile(r"socket:(\w+)")
_OUTPUT = re.compile(r"(?:socket:\w+|charging_station):output")
_POWER = re.compile(r"(\d+(?:[.,]\d+)?)\s*(kw|w)?", re.IGNORECASE)
_POWER_LIMIT_KW = 1000
_KEPT = {
    Category.CHARGING: {"capacity": "points", "access": "access"},
    Category.HOTEL: {"stars": "stars", "rooms": "rooms"},
    Category.RESTAURANT: {"cuisine": "cuisine"},
    Category.PARKING: {"capacity": "capacity", "parking": "kind", "maxheight": "maxheight"},
}
_KEPT_OF_ALL = {"operator": "operator", "wheelchair": "wheelchair"}


def category_in(tags: Mapping[str, object]) -> Category | None:
    """The category that tags tell, None where they tell none of ours."""
    return next((found for (key, value), found in CATEGORIES.items() if tags.get(key) == value), None)


def name_in(tags: Mapping[str, str]) -> str:
    """What a driver would read: its name, else whose it is with the town; empty where nothing is told."""
    told = next(((key, tags[key]) for key in _NAMES if tags.get(key, "").strip()), ("", ""))
    return told[1] if told[0] in {"", "name"} else f"{first_of(told[1])} {tags.get('addr:city', '')}".strip()


def brand_in(tags: Mapping[str, str], category: Category) -> str:
    """The first brand of it; of a charging station also who runs it."""
    keys = _BRANDS.get(category, ("brand",))
    return next((first_of(tags[key]) for key in keys if tags.get(key, "").strip()), "")


def first_of(text: str) -> str:
    """The first of values that semicolons part."""
    return text.split(";")[0].strip()


def is_public(tags: Mapping[str, str]) -> bool:
    """Whether a driver may go there, as far as it is told."""
    return tags.get("access", "") not in _CLOSED_TO


def is_gone(tags: Mapping[str, str]) -> bool:
    """Whether it is told to be out of use."""
    return any(tags.get(key, "no") != "no" for key in _GONE)


def hours_in(tags: Mapping[str, str]) -> tuple[str, bool]:
    """Its opening hours, empty where none are told, and whether they can be read."""
    told = tags.get("opening_hours", "").strip()
    return told, not told or can_be_read(told)


def attributes_in(tags: Mapping[str, str], category: Category) -> dict[str, str]:
    """What else is worth keeping, by the names that other lists' places have for it; no opening hours."""
    kept = chain(_KEPT.get(category, {}).items(), _KEPT_OF_ALL.items())
    brands = tags.get("brand", "")
    return {
        "address": _address(tags),
        "postcode": tags.get("addr:postcode", ""),
        "city": tags.get("addr:city", ""),
        **{name: tags.get(key, "") for key, name in kept},
        **dict(_of_kind(tags, category)),
        "brands": "; ".join(part.strip() for part in brands.split(";")) if ";" in brands else "",
        "phone": tags.get("phone") or tags.get("contact:phone", ""),
        "website": tags.get("website") or tags.get("contact:website", ""),
    }


def _address(tags: Mapping[str, str]) -> str:
    street = tags.get("addr:street") or tags.get("addr:place", "")
    return f"{tags.get('addr:housenumber', '')} {street}".strip() if street else tags.get("addr:full", "")


def _of_kind(tags: Mapping[str, str], category: Category) -> Iterator[tuple[str, str]]:
    if category is Category.CHARGING:
        yield "plugs", ", ".join(plug for plug in _PLUG_ORDER if plug in set(_plugs(tags)))
        power_kw = max(_powers_kw(tags), default=0.0)
        yield "power_kw", f"{power_kw:g}" if power_kw else ""
    if category is Category.FUEL:
        yield "fuels", ", ".join(_fuels(tags))
    if category in {Category.CHARGING, Category.PARKING} and tags.get("fee") in {"yes", "no"}:
        yield "free", "yes" if tags["fee"] == "no" else "no"


def _plugs(tags: Mapping[str, str]) -> Iterator[str]:
    for key, value in tags.items():
        socket = _SOCKET.fullmatch(key)
        if socket and socket[1] in _PLUGS and value not in {"no", "0"}:
            yield _PLUGS[socket[1]]


def _powers_kw(tags: Mapping[str, str]) -> Iterator[float]:
    """Each power that an output tells, such as ``22 kW``, ``22 kW;50 kW`` or ``3700 W``."""
    for key, value in tags.items():
        if _OUTPUT.fullmatch(key):
            for number, unit in _POWER.findall(value[:100]):
                power_kw = float(number.replace(",", ".")) / (1000 if unit.lower() == "w" else 1)
                if power_kw <= _POWER_LIMIT_KW:
                    yield power_kw


def _fuels(tags: Mapping[str, str]) -> list[str]:
    return sorted(
        key.removeprefix("fuel:").removeprefix("octane_")
        for key, value in tags.items()
        if key.startswith("fuel:") and value == "yes"
    )
