"""Importing places from a page: what was sent, what came of it, and trying again with the same file."""

from typing import Any

from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from geotarget.csv_places import guess_columns
from geotarget.extract import Take
from geotarget.import_attempt import ImportAttempt, ImportForm
from geotarget.import_places import check_size
from geotarget.osm_tags import TAKEN
from geotarget.place import Category
from geotarget.place_file import FileFormat
from geotarget.send_extract import SendExtract
from geotarget.try_import import TryImport
from geotarget.web.bodies import limited
from geotarget.web.extracts import check_sent, extract_in
from geotarget.web.place_pages import category_of
from geotarget.web.wording import REASONS
from kernel.errors import Invalid, RoadcastError, TooLarge

_ROLES = (
    "external_id",
    "name",
    "latitude",
    "longitude",
    "brand",
    "category",
    "address",
    "postcode",
    "city",
    "phone",
)
_NEEDED = _ROLES[:4]
_COLUMN_LIMIT = 200


def routes(try_import: TryImport, send_extract: SendExtract, templates: Jinja2Templates) -> list[BaseRoute]:
    """``/places/import``, which a form posts to, and ``/places/imports/{attempt_id}``, for operators."""

    def page(
        request: Request, *, attempt: ImportAttempt | None = None, error: RoadcastError | None = None
    ) -> Response:
        form = attempt.form if attempt else None
        header = attempt.header if attempt else ()
        guessed = guess_columns(tuple(column for column, _ in header), form.chosen) if form else {}
        context: dict[str, Any] = {
            "attempt": attempt,
            "report": attempt.report if attempt else None,
            "error": error or (attempt.refusal if attempt else None),
            "form": form or {},
            "roles": _ROLES,
            "needed": _NEEDED,
            "chosen": guessed,
            "categories": list(Category),
            "formats": list(FileFormat),
            "taken": TAKEN,
            "reasons": REASONS,
        }
        status = 200 if error is None else 413 if isinstance(error, TooLarge) else 422
        return templates.TemplateResponse(request, "geotarget/place_import.html", context, status)

    @requires("operator")
    async def receive(request: Request) -> Response:
        try:
            async with limited(request, check_sent).form(
                max_files=1, max_fields=30, max_part_size=10_000
            ) as sent:
                if extract := await extract_in(send_extract, sent, Take.PLACES):
                    return RedirectResponse(f"/places/extracts/{extract.import_id}", 303)
                attempt = await _try(try_import, sent)
        except (Invalid, TooLarge) as error:
            return page(request, error=error)
        return RedirectResponse(f"/places/imports/{attempt.attempt_id}", 303)

    @requires("operator")
    async def show(request: Request) -> Response:
        attempt = await run_in_threadpool(try_import.find, str(request.path_params["attempt_id"]))
        return page(request, attempt=attempt)

    async def to_form(request: Request) -> Response:
        return RedirectResponse("/places#import-title", 303)

    return [
        Route("/places/import", to_form, include_in_schema=False),
        Route("/places/import", receive, methods=["POST"], include_in_schema=False),
        Route("/places/imports/{attempt_id}", show, include_in_schema=False),
    ]


async def _try(try_import: TryImport, sent: FormData) -> ImportAttempt:
    form = _form(sent)
    file = sent.get("file")
    if isinstance(file, UploadFile) and file.filename:
        check_size(file.size or 0)
        return await run_in_threadpool(try_import, await file.read(), file.filename, form)
    if earlier := str(sent.get("attempt", "")):
        return await run_in_threadpool(try_import.again, earlier, form)
    raise Invalid("file-missing", "No file was chosen.", fix="Choose a file.")


def _form(sent: FormData) -> ImportForm:
    word = str(sent.get("format", ""))
    if word and word not in list(FileFormat):
        raise Invalid("format-unknown", "The format is not known.", fix="Choose a format.")
    columns = {role: str(sent.get(f"column_{role}", ""))[:_COLUMN_LIMIT] for role in _ROLES}
    return ImportForm(
        source=str(sent.get("source", "")).strip()[:_COLUMN_LIMIT],
        category=category_of(str(sent.get("category", ""))) or Category.POI,
        format=FileFormat(word) if word else None,
        dry_run=bool(sent.get("dry_run", "")),
        columns={role: column for role, column in columns.items() if column},
    )
