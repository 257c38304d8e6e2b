"""Areas over HTTP: which there are, which a point lies in, one as GeoJSON, importing and removing."""

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from geotarget.area import Area
from geotarget.area_geojson import feature_of
from geotarget.import_areas import ImportAreas
from geotarget.keep_area import KeepArea
from geotarget.list_areas import ListAreas
from geotarget.ports import AreaRow
from geotarget.web.bodies import limited
from geotarget.web.queries import json_of, query_of

_GEOJSON = "application/geo+json"


class _Search(msgspec.Struct):
    q: str = ""
    page: int = 1


class _Point(msgspec.Struct):
    lat: float
    lon: float


class _Import(msgspec.Struct):
    source: str
    dry_run: bool = False


def routes(list_areas: ListAreas, keep_area: KeepArea, import_areas: ImportAreas) -> list[BaseRoute]:
    """The routes under ``/v1/areas``; changing them is for operators."""

    @requires("booking")
    async def search(request: Request) -> Response:
        """Find areas by name.

        ---
        summary: Areas whose name contains a text
        description: The ids are what campaigns name in area_ids. 50 to a page.
        tags: [Places]
        security: [{session: [booking]}, {token: [booking]}]
        parameters:
          - {name: q, in: query, schema: {type: string, maxLength: 100}}
          - {name: page, in: query, schema: {type: integer, minimum: 1, default: 1}}
        responses:
          200: {description: "{areas: [{area_id, name, kind, source, external_id}], page, has_next}"}
          422: {description: query-invalid}
        """
        query = query_of(request, _Search)
        page = await run_in_threadpool(list_areas, query.q, query.page)
        areas = [_shown(row) for row in page.rows]
        return json_of({"areas": areas, "page": page.number, "has_next": page.has_next})

    @requires("booking")
    async def containing(request: Request) -> Response:
        """Find the areas that a point lies in.

        ---
        summary: Areas that a point lies in
        description: Borders are inside. The position asked about is not kept.
        tags: [Places]
        security: [{session: [booking]}, {token: [booking]}]
        parameters:
          - {name: lat, in: query, required: true, schema: {type: number, minimum: -90, maximum: 90}}
          - {name: lon, in: query, required: true, schema: {type: number, minimum: -180, maximum: 180}}
        responses:
          200: {description: "{areas: [{area_id, name, kind, source, external_id}]}"}
          422: {description: "query-invalid, latitude-out-of-range, longitude-out-of-range"}
        """
        query = query_of(request, _Point)
        found = list_areas.containing(query.lat, query.lon)
        return json_of({"areas": [_shown(area) for area in found]})

    @requires("booking")
    async def read(request: Request) -> Response:
        """Reads one area.

        ---
        summary: An area as a GeoJSON feature
        description: >-
          A border is a Polygon or MultiPolygon, a corridor a LineString with width_m, a disc a Point with
          radius_m; what lies around places has no geometry, but radius_m and places.
        tags: [Places]
        security: [{session: [booking]}, {token: [booking]}]
        responses:
          200: {description: the feature, content: {application/geo+json: {}}}
          404: {description: area-unknown}
        """
        area = await run_in_threadpool(keep_area.find, str(request.path_params["area_id"]))
        return json_of(feature_of(area), media_type=_GEOJSON)

    @requires("operator")
    async def create(request: Request) -> Response:
        """Makes an area.

        ---
        summary: Make an area from a GeoJSON feature
        description: >-
          The property name names it. Polygon and MultiPolygon are borders; a LineString with the property
          width_m is a corridor, a Point with radius_m a disc; without geometry, radius_m and places, such as
          {"source": "fuel-fr", "category": "fuel", "brand": "Avia"}, is all within that radius of any of them.
        tags: [Places]
        security: [{session: [operator]}]
        requestBody: {required: true, content: {application/geo+json: {schema: {type: object}}}}
        responses:
          201: {description: the feature with its id, content: {application/geo+json: {}}}
          413: {description: file-too-large}
          422: {description: "file-malformed, geometry-malformed, geometry-not-an-area, area-crosses-itself, area-ring-open, area-ring-too-short, area-crosses-antimeridian, area-too-many-points, area-malformed, line-too-short, line-too-long, line-near-pole, radius-out-of-range, width-out-of-range, place-set-empty"}
        """  # noqa: E501
        area = await run_in_threadpool(keep_area, await limited(request).body())
        return json_of(feature_of(area), 201, media_type=_GEOJSON)

    @requires("operator")
    async def import_file(request: Request) -> Response:
        """Import a file of areas.

        ---
        summary: Import areas, such as administrative borders, from a GeoJSON FeatureCollection
        description: >-
          The body is the file, at most 64 MiB and 50,000 features. All acceptable features are stored, or
          none if the request fails; importing the file again changes nothing. A feature's id is its id or the
          property external_id, id, @id, ref, code, code_insee, insee or iso_a2; its name the property name or
          nom.
        tags: [Places]
        security: [{session: [operator]}]
        parameters:
          - {name: source, in: query, required: true, description: name of the list, schema: {type: string}}
          - {name: dry_run, in: query, description: report only, schema: {type: boolean, default: false}}
        requestBody: {required: true, content: {application/geo+json: {schema: {type: object}}}}
        responses:
          200: {description: "the report, with every reason counted and the first 100 refused features"}
          413: {description: file-too-large or too-many-rows}
          422: {description: "query-invalid, source-malformed, file-malformed"}
        """
        query = query_of(request, _Import)
        data = await limited(request).body()
        report = await run_in_threadpool(import_areas, data, source=query.source, dry_run=query.dry_run)
        return json_of(report)

    @requires("operator")
    async def remove(request: Request) -> Response:
        """Removes an area.

        ---
        summary: Remove an area
        tags: [Places]
        security: [{session: [operator]}]
        responses:
          204: {description: removed}
          404: {description: area-unknown}
          409: {description: area-in-use}
        """
        await run_in_threadpool(keep_area.remove, str(request.path_params["area_id"]))
        return Response(status_code=204)

    return [
        Route("/v1/areas/containing", containing),
        Route("/v1/areas/import", import_file, methods=["POST"]),
        Route("/v1/areas", search),
        Route("/v1/areas", create, methods=["POST"]),
        Route("/v1/areas/{area_id}", read),
        Route("/v1/areas/{area_id}", remove, methods=["DELETE"]),
    ]


def _shown(area: Area | AreaRow) -> dict[str, str]:
    return {name: getattr(area, name) for name in AreaRow._fields}
