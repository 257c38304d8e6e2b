"""What a file of areas may hold, and what became of each of its features."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from geotarget.area import Area
from geotarget.area_geojson import Feature, read_area
from geotarget.place_file import REFUSALS_KEPT, RefusedRow, check_rows, refusal
from kernel.errors import Invalid

AREAS_LIMIT = 50_000


class _Collection(msgspec.Struct, tag="FeatureCollection"):
    features: list[msgspec.Raw]


@dataclass(frozen=True, slots=True)
class AreaFile:
    """What was read from a file.

    Args:
        areas: accepted, each (source, external_id) once.
        rows: features that the file holds.
        refused: how many were refused for each reason.
        refusals: the first 100 refused features.
    """

    areas: list[Area]
    rows: int
    refused: dict[str, int]
    refusals: tuple[RefusedRow, ...]


class AreaReport(msgspec.Struct, frozen=True):
    """What an import did, or with ``dry_run`` would have done. Rows are features, counted from 1."""

    source: str
    dry_run: bool
    rows: int
    accepted: int
    added: int
    updated: int
    unchanged: int
    refused: int
    reasons: dict[str, int]
    refusals: tuple[RefusedRow, ...]


def read_areas(data: bytes, source: str) -> AreaFile:
    """Areas from a FeatureCollection, as :func:`geotarget.area_geojson.read_area` reads each.

    Raises:
        Invalid: ``file-malformed`` if it is no FeatureCollection in JSON.
        TooLarge: ``too-many-rows`` beyond 50,000.
    """
    decoder = msgspec.json.Decoder(Feature)

    def each() -> Iterator[Area | RefusedRow]:
        for row, raw in enumerate(_features(data), 1):
            try:
                yield read_area(decoder.decode(raw), source)
            except Invalid as error:
                yield refusal(row, error)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                yield refusal(row, Invalid("row-malformed", f"The row cannot be read: {error}."))

    return gather_areas(each())


def gather_areas(outcomes: Iterable[Area | RefusedRow]) -> AreaFile:
    """Sort the outcomes of all features; a second one with the same external id is refused.

    Raises:
        TooLarge: ``too-many-rows`` beyond 50,000.
    """
    areas: dict[str, Area] = {}
    reasons: Counter[str] = Counter()
    kept: list[RefusedRow] = []
    rows = 0
    for outcome in outcomes:
        rows += 1
        check_rows(rows, AREAS_LIMIT)
        if isinstance(outcome, Area):
            if areas.setdefault(outcome.area_id, outcome) is outcome:
                continue
            detail = f"The id “{outcome.external_id}” has stood in an earlier row."
            outcome = RefusedRow(rows, "duplicate-external-id", detail)
        reasons[outcome.code] += 1
        if len(kept) < REFUSALS_KEPT:
            kept.append(outcome)
    return AreaFile(list(areas.values()), rows, dict(reasons), tuple(kept))


def _features(data: bytes) -> list[msgspec.Raw]:
    try:
        features = msgspec.json.decode(data, type=_Collection).features
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"The file is not a GeoJSON FeatureCollection: {error}."
        raise Invalid("file-malformed", message, fix="Check the file.") from error
    check_rows(len(features), AREAS_LIMIT)
    return features
