"""The operators' pages of areas: which there are, importing, making and removing one."""

from typing import Any

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from geotarget.area import Around, Border, Corridor, length_m
from geotarget.area_file import AreaReport
from geotarget.area_geojson import feature_of
from geotarget.extract import Take
from geotarget.import_areas import ImportAreas
from geotarget.import_places import check_size
from geotarget.keep_area import KeepArea
from geotarget.list_areas import ListAreas
from geotarget.place import Category
from geotarget.place_file import number
from geotarget.reach_index import check_radius
from geotarget.send_extract import SendExtract
from geotarget.web.bodies import limited
from geotarget.web.extracts import check_sent, extract_in
from geotarget.web.wording import REASONS
from kernel.errors import Conflict, Invalid, RoadcastError, TooLarge

_FIELDS = ("name", "latitude", "longitude", "radius_km", "source", "category", "brand", "geojson")
_TEXT_LIMIT = 2_000_000
_SHOWN_LIMIT = 20_000


def routes(
    list_areas: ListAreas,
    keep_area: KeepArea,
    import_areas: ImportAreas,
    send_extract: SendExtract,
    templates: Jinja2Templates,
) -> list[BaseRoute]:
    """``/places/areas…``, for operators."""
    pages = _Pages(list_areas, keep_area, import_areas, send_extract, templates)
    at = "/places/areas"
    table = [
        (at, pages.index, "GET"),
        (at, pages.make, "POST"),
        (f"{at}/import", pages.receive, "POST"),
        (f"{at}/{{area_id}}", pages.show, "GET"),
        (f"{at}/{{area_id}}/remove", pages.remove, "POST"),
    ]
    return [Route(path, page, methods=[method], include_in_schema=False) for path, page, method in table]


class _Pages:
    def __init__(
        self,
        list_areas: ListAreas,
        keep_area: KeepArea,
        import_areas: ImportAreas,
        send_extract: SendExtract,
        templates: Jinja2Templates,
    ) -> None:
        self._list_areas = list_areas
        self._keep_area = keep_area
        self._import_areas = import_areas
        self._send_extract = send_extract
        self._templates = templates

    @requires("operator")
    async def index(self, request: Request) -> Response:
        return await self._index(request)

    @requires("operator")
    async def make(self, request: Request) -> Response:
        async with request.form(max_files=0, max_fields=20, max_part_size=_TEXT_LIMIT) as sent:
            form = {name: str(sent.get(name, "")) for name in _FIELDS}
        try:
            area = await run_in_threadpool(self._keep_area, _geojson(form))
        except Invalid as error:
            return await self._index(request, error=error, form=form)
        return RedirectResponse(f"/places/areas/{area.area_id}", 303)

    @requires("operator")
    async def receive(self, request: Request) -> Response:
        try:
            async with limited(request, check_sent).form(
                max_files=1, max_fields=5, max_part_size=10_000
            ) as sent:
                if extract := await extract_in(self._send_extract, sent, Take.AREAS):
                    return RedirectResponse(f"/places/extracts/{extract.import_id}", 303)
                report = await self._import(sent)
        except (Invalid, TooLarge) as error:
            return await self._index(request, error=error)
        return await self._index(request, report=report)

    async def _import(self, sent: FormData) -> AreaReport:
        file = sent.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise Invalid("file-missing", "No file was chosen.", fix="Choose a file.")
        check_size(file.size or 0)
        source, dry_run = str(sent.get("source", "")).strip(), bool(sent.get("dry_run", ""))
        return await run_in_threadpool(self._import_areas, await file.read(), source=source, dry_run=dry_run)

    @requires("operator")
    async def show(self, request: Request) -> Response:
        return await self._show(request)

    @requires("operator")
    async def remove(self, request: Request) -> Response:
        try:
            await run_in_threadpool(self._keep_area.remove, str(request.path_params["area_id"]))
        except Conflict as error:
            return await self._show(request, error)
        return RedirectResponse("/places/areas", 303)

    async def _show(self, request: Request, error: RoadcastError | None = None) -> Response:
        area = await run_in_threadpool(self._keep_area.find, str(request.path_params["area_id"]))
        shape = area.shape
        border = shape if isinstance(shape, Border) else Border(())
        context = {
            "area": area,
            "shape": shape,
            "points": sum(len(ring) for rings in border.polygons for ring in rings),
            "holes": sum(len(rings) - 1 for rings in border.polygons),
            "length_km": length_m(shape.line) / 1000 if isinstance(shape, Corridor) else 0,
            "set": shape.places if isinstance(shape, Around) else None,
            "geojson": _shortened(msgspec.json.format(msgspec.json.encode(feature_of(area))).decode()),
            "error": error,
        }
        return self._templates.TemplateResponse(
            request, "geotarget/area.html", context, 409 if error else 200
        )

    async def _index(
        self,
        request: Request,
        *,
        error: RoadcastError | None = None,
        report: AreaReport | None = None,
        form: dict[str, str] | None = None,
    ) -> Response:
        text, asked = request.query_params.get("q", ""), request.query_params.get("page", "1")
        page = await run_in_threadpool(self._list_areas, text, int(asked[:4]) if asked.isdecimal() else 1)
        context: dict[str, Any] = {
            "page": page,
            "text": text,
            "error": error,
            "report": report,
            "form": form or {},
            "reasons": REASONS,
            "categories": list(Category),
        }
        status = 200 if error is None else 413 if isinstance(error, TooLarge) else 422
        return self._templates.TemplateResponse(request, "geotarget/areas.html", context, status)


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_LIMIT else f"{text[:_SHOWN_LIMIT]}…"


def _geojson(form: dict[str, str]) -> bytes:
    """What was typed as a feature: GeoJSON as it is; else a disc around a point, or around places.

    Raises:
        Invalid: ``position-missing``, ``coordinate-malformed`` or ``radius-out-of-range``.
    """
    if form["geojson"].strip():
        return form["geojson"].encode()
    radius_m = number(form["radius_km"], "radius") * 1000
    check_radius(radius_m)
    properties: dict[str, Any] = {"name": form["name"], "radius_m": round(radius_m)}
    geometry = None
    if form["latitude"].strip() or form["longitude"].strip():
        point = number(form["longitude"], "longitude"), number(form["latitude"], "latitude")
        geometry = {"type": "Point", "coordinates": point}
    else:
        given = {name: form[name].strip() for name in ("source", "category", "brand")}
        properties["places"] = {name: text for name, text in given.items() if text}
    return msgspec.json.encode({"type": "Feature", "geometry": geometry, "properties": properties})
