"""What a file of areas may hold, and what became of each of its features."""

from collections import Counter
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
    rows = _features(data)
    decoder = msgspec.json.Decoder(Feature)
    areas: dict[str, Area] = {}
    refused: list[RefusedRow] = []
    for row, raw in enumerate(rows, 1):
        try:
            area = read_area(decoder.decode(raw), source)
            if areas.setdefault(area.area_id, area) is not area:
                detail = f"The id “{area.external_id}” has stood in an earlier row."
                raise Invalid("duplicate-external-id", detail)
        except Invalid as error:
            refused.append(refusal(row, error))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            refused.append(refusal(row, Invalid("row-malformed", f"The row cannot be read: {error}.")))
    reasons = Counter(one.code for one in refused)
    return AreaFile(list(areas.values()), len(rows), dict(reasons), tuple(refused[:REFUSALS_KEPT]))


def _features(data: bytes) -> list[msgspec.Raw]:
    try:
        features = msgspec.json.decode(data, type=_Collection).features
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"The file is not a GeoJSON FeatureCollection: {error}."
        raise Invalid("file-malformed", message, fix="Check the file.") from error
    check_rows(len(features), AREAS_LIMIT)
    return features
