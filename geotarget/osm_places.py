"""Places from what an extract of OpenStreetMap holds."""

from collections.abc import Collection, Iterable, Iterator

import msgspec

from geotarget.osm_tags import attributes_in, brand_in, category_in, hours_in, is_gone, is_public, name_in
from geotarget.place import Category, Place
from geotarget.place_file import PlaceFile, ReadRow, RefusedRow, gather, make_place, refusal
from kernel.errors import Invalid

ELEMENTS_LIMIT = 5_000_000
_HOURS_NOTED = 10
_HOURS_SHOWN = 80


class OsmElement(msgspec.Struct, frozen=True, omit_defaults=True):
    """A node, way or relation that is a place.

    Args:
        ref: ``node/1``, ``way/1`` or ``relation/1``: its id among places, as that of ``@id`` in GeoJSON.
        position: latitude and longitude of a point of it; None where the extract holds none.
    """

    ref: str
    tags: dict[str, str]
    position: tuple[float, float] | None = None


def read_osm(elements: Iterable[OsmElement], source: str, only: Collection[Category] = ()) -> PlaceFile:
    """Places from elements; hours that cannot be read are left out, and noted.

    Args:
        elements: in any order.
        source: name of the list.
        only: categories to take; all where there are none. Elements of others are passed over.

    Raises:
        TooLarge: ``too-many-rows`` beyond 500,000 places, or 5,000,000 elements.
    """
    reader = _Reader(source, only)
    return gather(reader.each(elements), notes=reader.notes(), limit=ELEMENTS_LIMIT)


class _Reader:
    def __init__(self, source: str, only: Collection[Category]) -> None:
        self._source = source
        self._only = only
        self._unread: list[tuple[str, str]] = []
        self._unread_count = 0

    def each(self, elements: Iterable[OsmElement]) -> Iterator[ReadRow | RefusedRow]:
        row = 0
        for element in elements:
            category = category_in(element.tags)
            if category is None or (self._only and category not in self._only):
                continue
            row += 1
            try:
                yield ReadRow(row, self._place(element, category), element.ref)
            except Invalid as error:
                yield refusal(row, error, element.ref)

    def notes(self) -> Iterator[str]:
        for ref, hours in self._unread:
            yield f"The opening hours of {ref} cannot be read, and are left out: “{hours}”."
        if self._unread_count > len(self._unread):
            yield f"{self._unread_count} places in all have opening hours that cannot be read."

    def _place(self, element: OsmElement, category: Category) -> Place:
        tags = element.tags
        _check(element)
        assert element.position is not None
        hours, readable = hours_in(tags)
        place = make_place(
            self._source,
            element.ref,
            name_in(tags),
            brand_in(tags, category),
            category,
            element.position,
            {"opening_hours": hours if readable else "", **attributes_in(tags, category)},
        )
        if not readable:
            self._unread_count += 1
            if len(self._unread) < _HOURS_NOTED:
                self._unread.append((element.ref, " ".join(hours[:_HOURS_SHOWN].split())))
        return place


def _check(element: OsmElement) -> None:
    if is_gone(element.tags):
        raise Invalid("out-of-use", "Its tags say that it is out of use.")
    if not is_public(element.tags):
        raise Invalid("not-public", "Its access is not open to every driver.")
    if element.position is None:
        raise Invalid("geometry-incomplete", "The extract does not hold the nodes of its outline.")
