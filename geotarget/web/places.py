"""Places over HTTP: what lies near, searching by name, importing."""

from typing import Any

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from geotarget.csv_places import Columns
from geotarget.find_nearby import FindNearby
from geotarget.import_places import ImportPlaces
from geotarget.list_places import ListPlaces
from geotarget.place import Category, Place
from geotarget.place_file import FileFormat
from geotarget.web.bodies import limited
from geotarget.web.queries import json_of, query_of


class _Near(msgspec.Struct):
    lat: float
    lon: float
    radius_m: float
    category: Category | None = None
    limit: int = 100


class _Search(msgspec.Struct):
    q: str = ""
    category: Category | None = None
    page: int = 1


class _Import(msgspec.Struct):
    source: str
    format: FileFormat | None = None
    category: Category = Category.POI
    dry_run: bool = False
    external_id_column: str = ""
    name_column: str = ""
    latitude_column: str = ""
    longitude_column: str = ""
    brand_column: str = ""
    category_column: str = ""
    address_column: str = ""
    postcode_column: str = ""
    city_column: str = ""
    phone_column: str = ""


def routes(find_nearby: FindNearby, list_places: ListPlaces, import_places: ImportPlaces) -> list[BaseRoute]:
    """The routes under ``/v1/places``; importing is for operators."""

    async def near(request: Request) -> Response:
        """Find what lies near.

        ---
        summary: Places within a radius, nearest first
        description: Distances follow the WGS 84 geodesic, in metres. The position asked about is not kept.
        tags: [Places]
        parameters:
          - {name: lat, in: query, required: true, schema: {type: number, minimum: -90, maximum: 90}}
          - {name: lon, in: query, required: true, schema: {type: number, minimum: -180, maximum: 180}}
          - {name: radius_m, in: query, required: true, schema: {type: number, exclusiveMinimum: 0, maximum: 100000}}
          - {name: category, in: query, schema: {enum: [dealer, fuel, charging, hotel, restaurant, parking, poi]}}
          - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 500, default: 100}}
        responses:
          200: {description: "{places: [{place_id, name, …, distance_m}]}"}
          422: {description: "query-invalid, latitude-out-of-range, longitude-out-of-range, radius-out-of-range, limit-out-of-range"}
        """  # noqa: E501
        query = query_of(request, _Near)
        found = find_nearby(query.lat, query.lon, query.radius_m, category=query.category, limit=query.limit)
        return json_of(
            {"places": [_shown(one.place) | {"distance_m": round(one.distance_m, 1)} for one in found]}
        )

    async def search(request: Request) -> Response:
        """Find places by name.

        ---
        summary: Places whose name, brand or city contains a text
        tags: [Places]
        parameters:
          - {name: q, in: query, schema: {type: string, maxLength: 100}}
          - {name: category, in: query, schema: {enum: [dealer, fuel, charging, hotel, restaurant, parking, poi]}}
          - {name: page, in: query, schema: {type: integer, minimum: 1, default: 1}}
        responses:
          200: {description: "{places: […], page, has_next}, 50 to a page"}
          422: {description: query-invalid}
        """  # noqa: E501
        query = query_of(request, _Search)
        page = await run_in_threadpool(list_places, query.q, query.category, query.page)
        places = [_shown(place) for place in page.rows]
        return json_of({"places": places, "page": page.number, "has_next": page.has_next})

    @requires("operator")
    async def import_file(request: Request) -> Response:
        """Import a file of places.

        ---
        summary: Import places from GeoJSON, CSV or the French fuel prices
        description: >-
          The body is the file, at most 64 MiB and 500,000 rows. All acceptable rows are stored, or none
          if the request fails; importing the same file again changes nothing. A CSV of charge points in
          schema IRVE is known by its columns; other CSV columns are guessed unless they are named.
        tags: [Places]
        security: [{session: [operator]}]
        parameters:
          - {name: format, in: query, description: by its content if it is missing, schema: {enum: [geojson, csv, fuel]}}
          - {name: source, in: query, required: true, description: name of the list, schema: {type: string}}
          - {name: category, in: query, description: for rows that name none, schema: {type: string, default: poi}}
          - {name: dry_run, in: query, description: report only, schema: {type: boolean, default: false}}
          - {name: external_id_column, in: query, schema: {type: string}}
          - {name: name_column, in: query, schema: {type: string}}
          - {name: latitude_column, in: query, schema: {type: string}}
          - {name: longitude_column, in: query, schema: {type: string}}
          - {name: brand_column, in: query, schema: {type: string}}
          - {name: category_column, in: query, schema: {type: string}}
          - {name: address_column, in: query, schema: {type: string}}
          - {name: postcode_column, in: query, schema: {type: string}}
          - {name: city_column, in: query, schema: {type: string}}
          - {name: phone_column, in: query, schema: {type: string}}
        requestBody: {required: true, content: {application/octet-stream: {schema: {type: string, format: binary}}}}
        responses:
          200: {description: "the report, with every reason counted and the first 100 refused and merged rows"}
          413: {description: file-too-large or too-many-rows}
          422: {description: "query-invalid, format-unknown, file-malformed, file-not-utf8, header-missing, header-malformed, column-missing, source-malformed"}
        """  # noqa: E501
        query = query_of(request, _Import)
        data = await limited(request).body()
        report = await run_in_threadpool(
            import_places,
            data,
            file_format=query.format,
            source=query.source,
            category=query.category,
            columns=Columns(
                query.external_id_column,
                query.name_column,
                query.latitude_column,
                query.longitude_column,
                query.brand_column,
                query.category_column,
                query.address_column,
                query.postcode_column,
                query.city_column,
                query.phone_column,
            ),
            dry_run=query.dry_run,
        )
        return json_of(report)

    return [
        Route("/v1/places/near", near),
        Route("/v1/places/import", import_file, methods=["POST"]),
        Route("/v1/places", search),
    ]


def _shown(place: Place) -> dict[str, Any]:
    return {
        "place_id": place.place_id,
        "name": place.name,
        "brand": place.brand,
        "category": place.category,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "attributes": place.attributes,
    }
