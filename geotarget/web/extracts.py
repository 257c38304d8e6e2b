"""Extracts of OpenStreetMap over HTTP: sending one, and seeing how far its import is."""

from tempfile import SpooledTemporaryFile

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from geotarget.extract import (
    HEAD_BYTES,
    SENT_LIMIT_BYTES,
    ExtractForm,
    ExtractImport,
    Take,
    check_size,
    encoding_of,
)
from geotarget.place import Category
from geotarget.send_extract import SendExtract
from geotarget.web.bodies import limited
from geotarget.web.queries import json_of, query_of
from kernel.errors import Invalid

_IN_MEMORY_BYTES = 1024 * 1024
_WORD_LIMIT = 20


class _Send(msgspec.Struct):
    source: str
    take: Take = Take.PLACES
    only: str = ""
    levels: str = ""
    dry_run: bool = False
    file_name: str = "extract"


def routes(send_extract: SendExtract) -> list[BaseRoute]:
    """The routes under ``/v1/extracts``, for operators."""

    @requires("operator")
    async def send(request: Request) -> Response:
        """Send an extract.

        ---
        summary: Import places or areas from an extract of OpenStreetMap
        description: >-
          The body is the file, at most 1 GiB: .osm.pbf, or .osm as it is or compressed by gzip or bzip2. It is
          imported by a worker; the answer says where to ask how far it is. Importing an extract again under the
          same source changes only what has changed. Places are told by their tags; areas are administrative
          borders, to some five metres.
        tags: [Places]
        security: [{session: [operator]}]
        parameters:
          - {name: source, in: query, required: true, description: name of the list, schema: {type: string}}
          - {name: take, in: query, schema: {enum: [places, areas], default: places}}
          - {name: only, in: query, description: "of places: categories, parted by commas, of dealer, fuel, charging, hotel, restaurant, parking; all if it is missing", schema: {type: string}}
          - {name: levels, in: query, description: "of areas: each admin_level from 2 to 11, parted by commas; all if it is missing", schema: {type: string}}
          - {name: dry_run, in: query, description: report only, schema: {type: boolean, default: false}}
          - {name: file_name, in: query, schema: {type: string}}
        requestBody: {required: true, content: {application/octet-stream: {schema: {type: string, format: binary}}}}
        responses:
          202: {description: "the import, which waits; Location says where to ask for it"}
          413: {description: file-too-large}
          422: {description: "query-invalid, format-unknown, source-malformed, category-unknown, level-unknown"}
        """  # noqa: E501
        query = query_of(request, _Send)
        form = ExtractForm(
            query.source.strip(), query.take, _categories(query.only), _levels(query.levels), query.dry_run
        )
        with SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
            async for part in limited(request, check_sent).stream():
                await run_in_threadpool(file.write, part)
            await run_in_threadpool(file.seek, 0)
            one = await send_extract(file, query.file_name, form)  # type: ignore[arg-type]
        return _waiting(one)

    @requires("operator")
    async def import_tried(request: Request) -> Response:
        """Import what a dry run has read.

        ---
        summary: Import in earnest what a dry run has read
        description: Within a day, without sending the file again. Asked again, it answers with the same.
        tags: [Places]
        security: [{session: [operator]}]
        responses:
          202: {description: "the import, which waits; Location says where to ask for it"}
          404: {description: import-not-kept}
          409: {description: import-not-tried}
        """
        return _waiting(await send_extract.in_earnest(str(request.path_params["import_id"])))

    @requires("operator")
    async def show(request: Request) -> Response:
        """See how far an import is.

        ---
        summary: How far the import of an extract is, and what came of it
        tags: [Places]
        security: [{session: [operator]}]
        responses:
          200: {description: "{import_id, state: waiting | running | done | refused, permille, report or areas, refusal}, kept for a day"}
          404: {description: import-not-kept}
        """  # noqa: E501
        return json_of(await run_in_threadpool(send_extract.find, str(request.path_params["import_id"])))

    return [
        Route("/v1/extracts", send, methods=["POST"]),
        Route("/v1/extracts/{import_id}", show),
        Route("/v1/extracts/{import_id}/import", import_tried, methods=["POST"]),
    ]


def _waiting(one: ExtractImport) -> Response:
    answer = json_of(one, 202)
    answer.headers["Location"] = f"/v1/extracts/{one.import_id}"
    return answer


def check_sent(size_bytes: int) -> None:
    """Refuse what is more than an extract may be.

    Raises:
        TooLarge: ``file-too-large``.
    """
    check_size(size_bytes, SENT_LIMIT_BYTES)


async def extract_in(send_extract: SendExtract, sent: FormData, take: Take) -> ExtractImport | None:
    """The import of the extract that a form sends, None where its file is something else.

    Raises:
        Invalid: see :class:`SendExtract`.
    """
    upload = sent.get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return None
    head = await upload.read(HEAD_BYTES)
    await upload.seek(0)
    if encoding_of(head) is None:
        return None
    form = ExtractForm(
        source=str(sent.get("source", "")).strip(),
        take=take,
        only=_categories(",".join(str(word) for word in sent.getlist("only"))),
        levels=_levels(str(sent.get("levels", ""))),
        dry_run=bool(sent.get("dry_run", "")),
    )
    return await send_extract(upload.file, upload.filename, form)


def _categories(text: str) -> tuple[Category, ...]:
    words = [word for word in (part.strip() for part in text.split(",")) if word]
    for word in words:
        if word not in list(Category):
            detail = f"“{word[:_WORD_LIMIT]}” is no category."
            raise Invalid("category-unknown", detail, fields={"only": detail})
    return tuple(Category(word) for word in words)


def _levels(text: str) -> tuple[int, ...]:
    words = [word for word in (part.strip() for part in text.replace(" ", ",").split(",")) if word]
    for word in words:
        if not (word.isascii() and word.isdecimal() and len(word) < 3):
            detail = f"“{word[:_WORD_LIMIT]}” is no level of administration."
            raise Invalid(
                "level-unknown", detail, fix="Give numbers from 2 to 11.", fields={"levels": detail}
            )
    return tuple(int(word) for word in words)
