"""Charging stations from the French open data of charge points (schema IRVE, one row a point).

Upstream files mix ``true``, ``TRUE`` and ``1``, write unknown dates as 0000-00-00 and misspell columns.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from geotarget.csv_places import Table, find_columns
from geotarget.distance import geodesic_m
from geotarget.place import Category, Place
from geotarget.place_file import (
    REFUSALS_KEPT,
    MergedRow,
    PlaceFile,
    ReadRow,
    RefusedRow,
    clean,
    fold,
    gather,
    make_place,
    number,
    refusal,
)
from kernel.errors import Invalid

_WANTED = {
    "id_station_itinerance": "id",
    "id_station_local": "local id",
    "nom_station": "name",
    "nom_enseigne": "sign",
    "nom_operateur": "operator",
    "adresse_station": "address",
    "puissance_nominale": "power_kw",
    "nbre_pdc": "points",
    "condition_acces": "access",
    "horaires": "hours",
    "gratuit": "free",
    "paiement_cb": "bank card",
    "date_mise_en_service": "in service since",
    "consolidated_latitude": "latitude",
    "consolidated_longitude": "longitude",
    "prise_type_ef": "E/F",
    "prise_type_2": "Type 2",
    "prise_type_combo_ccs": "CCS",
    "prise_type_chademo": "CHAdeMO",
}
_NEEDED = ("id", "name", "latitude", "longitude")
_PLUGS = ("E/F", "Type 2", "CCS", "CHAdeMO")
_NO_ID = frozenset({"", "non concerne", "non renseigne", "inconnu"})
_STATION_LIMIT_M = 1_000
_TRUE = frozenset({"true", "1", "vrai", "oui", "yes"})
_FALSE = frozenset({"false", "0", "faux", "non", "no"})
# The schema puts all of an address into one field: street, postcode, town.
_ADDRESS = re.compile(r"(.*\S)[\s,]+(\d{5})[\s,]+([^\d,]{2,60}?)(?:[\s,]+France)?", re.IGNORECASE)
_Spot = tuple[str, str, float, float]


@dataclass(slots=True)
class _Station:
    """What the rows of one station add up to.

    Args:
        counts: by id, how many rows it has, and how many points it says that it has.
    """

    row: int
    first: dict[str, str]
    position: tuple[float, float]
    counts: dict[str, tuple[int, int]] = field(default_factory=dict)
    power_kw: float = 0.0
    since: date | None = None
    flags: dict[str, bool] = field(default_factory=dict)

    @property
    def points(self) -> int:
        """Of all its ids."""
        return sum(max(count) for count in self.counts.values())

    @property
    def spot(self) -> _Spot:
        """What a driver tells it by: name, sign, and position to a metre."""
        sign = self.first.get("sign") or self.first.get("operator", "")
        latitude, longitude = self.position
        return fold(self.first["name"]), fold(sign), round(latitude, 5), round(longitude, 5)

    def add(self, cells: dict[str, str]) -> None:
        rows, points = self.counts.get(cells["id"], (0, 0))
        self.counts[cells["id"]] = rows + 1, max(points, int(_positive(cells.get("points", ""))))
        self.power_kw = max(self.power_kw, _power_kw(cells.get("power_kw", "")))
        opened = read_date(cells.get("in service since", ""))
        if opened and (self.since is None or opened < self.since):
            self.since = opened
        for flag in (*_PLUGS, "free", "bank card"):
            told = read_boolean(cells.get(flag, ""))
            if told is not None:
                self.flags[flag] = told or self.flags.get(flag, False)


def is_irve(table: Table) -> bool:
    """Whether a table has the columns of charge points."""
    return {"id_station_itinerance", "consolidated_latitude", "consolidated_longitude"} <= set(table.header)


def read_irve(table: Table, source: str) -> PlaceFile:
    """One place a charging station, from the rows of its charge points.

    Rows are of one station where they have its id, or else its name, sign and position: some operators
    give each of the posts of a car park an id, which no driver can tell apart.

    The first acceptable row gives id, name, brand, position and hours; plugs, the strongest power, the
    number of points and the earliest date come from all. A value that cannot be read counts as unknown.

    Raises:
        Invalid: ``column-missing``.
        TooLarge: ``too-many-rows``.
    """
    found, notes = find_columns(table.header, _WANTED)
    for needed in _NEEDED:
        if needed not in found:
            raise Invalid(
                "column-missing", f"No column holds the {needed} of a station.", fix="Use schema IRVE."
            )
    stations: dict[str, _Station] = {}
    by_spot: dict[_Spot, _Station] = {}
    outcomes: list[ReadRow | RefusedRow] = []
    merged = 0
    merges: list[MergedRow] = []
    for row, raw in table.rows:
        try:
            if isinstance(raw, Invalid):
                raise raw
            cells = {name: clean(raw[column]) for name, column in found.items()}
            position = number(cells["latitude"], "latitude"), number(cells["longitude"], "longitude")
            cells["id"] = _station_id(cells, position)
            candidate = stations.get(cells["id"]) or _Station(row, cells, position)
            candidate = by_spot.get(candidate.spot, candidate)
            _place(candidate, source, cells, position)
            _check_together(candidate.position, position)
        except Invalid as error:
            outcomes.append(refusal(row, error))
            continue
        if candidate.counts:
            merged += 1
            if len(merges) < REFUSALS_KEPT:
                merges.append(MergedRow(row, candidate.row, candidate.first["name"]))
        candidate.add(cells)
        stations[cells["id"]] = by_spot[candidate.spot] = candidate
    outcomes += _finished(by_spot.values(), source)
    ordered = sorted(outcomes, key=lambda outcome: outcome.row)
    return gather(ordered, merged=merged, merges=merges, notes=notes)


def _station_id(cells: dict[str, str], position: tuple[float, float]) -> str:
    """The station's id; stations without roaming all say “Non concerné”, and go by name and position."""
    if fold(cells["id"]) not in _NO_ID:
        return cells["id"]
    if fold(local := cells.get("local id", "")) not in _NO_ID:
        return local
    return f"{cells['name'][:100]} {position[0]:.3f} {position[1]:.3f}"


def _check_together(first: tuple[float, float], position: tuple[float, float]) -> None:
    if first != position and (apart_m := geodesic_m(*first, *position)) > _STATION_LIMIT_M:
        message = f"The point lies {apart_m:.0f} m from the station's first."
        raise Invalid("position-contradicts", message)


def _finished(stations: Iterable[_Station], source: str) -> Iterable[ReadRow]:
    for station in stations:
        yield ReadRow(station.row, _place(station, source, station.first, station.position))


def _place(station: _Station, source: str, cells: dict[str, str], position: tuple[float, float]) -> Place:
    texts = {name: cells.get(name, "") for name in ("operator", "access", "hours")}
    return make_place(
        source,
        cells["id"],
        cells["name"],
        cells.get("sign") or cells.get("operator", ""),
        Category.CHARGING,
        position,
        {
            **_address(cells.get("address", "")),
            **texts,
            "points": str(station.points),
            "power_kw": f"{station.power_kw:g}" if station.power_kw else "",
            "plugs": ", ".join(plug for plug in _PLUGS if station.flags.get(plug)),
            **{flag: _word(station.flags.get(flag)) for flag in ("free", "bank card")},
            "in service since": station.since.isoformat() if station.since else "",
        },
    )


def _address(text: str) -> dict[str, str]:
    """Street, postcode and town, where the text tells them apart; else the whole of it as the street."""
    told = _ADDRESS.fullmatch(text)
    if told is None:
        return {"address": text}
    street, postcode, city = told.groups()
    return {
        "address": street.rstrip(","),
        "postcode": postcode,
        "city": city.title() if city.isupper() else city,
    }


def read_boolean(text: str) -> bool | None:
    """True or false however it is written, None where it is empty or unreadable."""
    word = text.strip().lower()
    return True if word in _TRUE else False if word in _FALSE else None


def read_date(text: str) -> date | None:
    """A date in ISO 8601, None where it is empty or no day of the calendar (``0000-00-00``)."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _word(flag: bool | None) -> str:
    return "" if flag is None else "yes" if flag else "no"


def _positive(text: str) -> float:
    """A finite number above 0, else 0."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return 0.0
    return value if 0 < value < 1e9 else 0.0


def _power_kw(text: str) -> float:
    """Kilowatts, 0 where unknown; no charge point gives more than 1,000."""
    value = _positive(text)
    return value if value <= 1000 else 0.0
