"""The operators' page of places: what there is, and importing more."""

from typing import Any

from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from geotarget.import_places import ImportPlaces
from geotarget.list_places import ListPlaces
from geotarget.place import Category
from geotarget.place_file import FileFormat, ImportReport
from geotarget.web.bodies import limited
from kernel.errors import Invalid, RoadcastError, TooLarge

_FORM_FIELDS = ("format", "source", "category", "dry_run")


def routes(
    list_places: ListPlaces, import_places: ImportPlaces, templates: Jinja2Templates
) -> list[BaseRoute]:
    """``/places`` and the form's target ``/places/import``, for operators."""

    async def page(
        request: Request,
        *,
        form: dict[str, str] | None = None,
        report: ImportReport | None = None,
        error: RoadcastError | None = None,
    ) -> Response:
        text = request.query_params.get("q", "")
        category = _category(request.query_params.get("category", ""))
        number = request.query_params.get("page", "1")
        shown = await run_in_threadpool(
            list_places, text, category, int(number) if number.isdecimal() and len(number) < 7 else 1
        )
        counts = await run_in_threadpool(list_places.counts)
        context: dict[str, Any] = {
            "page": shown,
            "counts": counts,
            "total": sum(counts.values()),
            "text": text,
            "category": category,
            "categories": list(Category),
            "formats": list(FileFormat),
            "form": form or {},
            "report": report,
            "error": error,
        }
        status = 200 if error is None else 413 if isinstance(error, TooLarge) else 422
        return templates.TemplateResponse(request, "geotarget/places.html", context, status_code=status)

    @requires("operator")
    async def show(request: Request) -> Response:
        return await page(request)

    @requires("operator")
    async def import_file(request: Request) -> Response:
        form: dict[str, str] = {}
        try:
            async with limited(request).form(max_files=1, max_fields=8, max_part_size=10_000) as sent:
                form = {key: str(sent.get(key, "")) for key in _FORM_FIELDS}
                report = await _import(import_places, sent, form)
        except (Invalid, TooLarge) as error:
            return await page(request, form=form, error=error)
        return await page(request, form=form, report=report)

    return [
        Route("/places", show, include_in_schema=False),
        Route("/places/import", import_file, methods=["POST"], include_in_schema=False),
    ]


async def _import(import_places: ImportPlaces, sent: FormData, form: dict[str, str]) -> ImportReport:
    file = sent.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise Invalid(
            "file-missing", "No file was chosen.", fix="Choose a file.", fields={"file": "No file."}
        )
    if form["format"] not in list(FileFormat):
        raise Invalid("format-unknown", "The format is not known.", fields={"format": "Choose a format."})
    return await run_in_threadpool(
        import_places,
        await file.read(),
        file_format=FileFormat(form["format"]),
        source=form["source"].strip(),
        category=_category(form["category"]) or Category.POI,
        dry_run=bool(form["dry_run"]),
    )


def _category(word: str) -> Category | None:
    return Category(word) if word in list(Category) else None
