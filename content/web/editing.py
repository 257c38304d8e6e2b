"""What editors do, as a JSON API; the editor's pages call it too."""

from dataclasses import dataclass

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from content.add_uploaded import AddUploaded
from content.channel import ChannelDraft
from content.create_channel import CreateChannel
from content.edit_schedule import EditSchedule, entries_of
from content.guide import poster_url
from content.list_library import LibraryEntry, ListLibrary
from content.partner_item import ItemDraft, PartnerItem
from content.programme import Programme, ProgrammeDraft
from content.web.bodies import Arrangement, NewChannel, NewItem, NewProgramme, Save
from content.web.public import json_response
from media.house_format import starts_at_ms


@dataclass(frozen=True)
class EditingVerbs:
    """The use cases that the editor's routes call."""

    add_programme: AddUploaded[ProgrammeDraft, Programme]
    add_item: AddUploaded[ItemDraft, PartnerItem]
    create_channel: CreateChannel
    edit_schedule: EditSchedule
    list_library: ListLibrary


def routes(verbs: EditingVerbs) -> list[BaseRoute]:
    """The routes of ``/v1`` that need the scope ``editor``."""
    return [*_library_routes(verbs), *_schedule_routes(verbs)]


def _library_routes(verbs: EditingVerbs) -> list[BaseRoute]:
    @requires("editor")
    def list_programmes(request: Request) -> Response:
        """Lists the library, the newest first.

        ---
        summary: List the programmes of the library
        tags: [Editing]
        responses:
          200: {description: "{programmes: [{programme_id, asset_id, title, synopsis, category, language, created_ms, state, progress_permille, duration_ms, scheduled, poster_url}]}"}
          403: {description: not-allowed}
        """  # noqa: E501
        return json_response({"programmes": [_shown(entry) for entry in verbs.list_library()]})

    @requires("editor")
    async def add_programme(request: Request) -> Response:
        """Makes a programme from a finished upload.

        ---
        summary: Add a programme from a finished upload
        description: The programme joins the schedule of the channel schedule_on, if given, once it is ready to play.
        tags: [Editing]
        requestBody:
          required: true
          content:
            application/json:
              schema:
                type: object
                required: [upload_id, title]
                properties:
                  upload_id: {type: string}
                  title: {type: string, maxLength: 120}
                  synopsis: {type: string, maxLength: 1000}
                  category: {type: string, enum: [news, magazine, documentary, travel, culture, music, sport, children, other]}
                  language: {type: string, default: fr}
                  schedule_on: {type: string, description: A channel by its id or slug}
        responses:
          201: {description: The programme}
          404: {description: upload-unknown}
          422: {description: "programme-invalid, channel-unknown, or a media- code saying why the file cannot be played"}
        """  # noqa: E501
        body = msgspec.json.decode(await request.body(), type=NewProgramme)
        draft = ProgrammeDraft(body.title, body.synopsis, body.category, body.language, body.schedule_on)
        programme = await verbs.add_programme(request.user.account_id, body.upload_id, draft)
        return json_response(programme, 201)

    @requires("editor")
    async def add_item(request: Request) -> Response:
        """Makes a partner item from a finished upload.

        ---
        summary: Add a partner item from a finished upload
        tags: [Editing]
        requestBody:
          required: true
          content:
            application/json:
              schema:
                type: object
                required: [upload_id, partner, title]
                properties:
                  upload_id: {type: string}
                  partner: {type: string, maxLength: 80}
                  title: {type: string, maxLength: 120}
                  kind: {type: string, enum: [video, music, podcast]}
        responses:
          201: {description: The item}
          404: {description: upload-unknown}
          422: {description: item-invalid, or a media- code saying why the file cannot be played}
        """
        body = msgspec.json.decode(await request.body(), type=NewItem)
        draft = ItemDraft(body.partner, body.title, body.kind)
        item = await verbs.add_item(request.user.account_id, body.upload_id, draft)
        return json_response(item, 201)

    return [
        Route("/v1/programmes", list_programmes),
        Route("/v1/programmes", add_programme, methods=["POST"]),
        Route("/v1/items", add_item, methods=["POST"]),
    ]


def _schedule_routes(verbs: EditingVerbs) -> list[BaseRoute]:
    @requires("editor")
    async def create_channel(request: Request) -> Response:
        """Creates a channel, which plays slate until it is given a schedule.

        ---
        summary: Create a channel
        tags: [Editing]
        requestBody:
          required: true
          content:
            application/json:
              schema:
                type: object
                required: [name, slug]
                properties:
                  name: {type: string, maxLength: 60}
                  slug: {type: string, maxLength: 40, pattern: "^[a-z0-9]+(-[a-z0-9]+)*$"}
        responses:
          201: {description: The channel}
          409: {description: slug-taken}
          422: {description: channel-invalid}
        """
        body = msgspec.json.decode(await request.body(), type=NewChannel)
        draft = ChannelDraft(body.name, body.slug)
        channel = await run_in_threadpool(verbs.create_channel, request.user.account_id, draft)
        return json_response(channel, 201)

    @requires("editor")
    def read_schedule(request: Request) -> Response:
        """Gives a channel's newest schedule, and what plays in the next two hours.

        ---
        summary: Read a channel's schedule
        tags: [Editing]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
        responses:
          200: {description: "{channel_id, version, starts_at_ms, entries, rundown: [{kind, programme_id, title, starts_at_ms, ends_at_ms}]}"}
          404: {description: channel-unknown}
        """  # noqa: E501
        channel, version, rundown = verbs.edit_schedule.current(request.path_params["channel_id"])
        return json_response(
            {
                "channel_id": channel.channel_id,
                "version": version.number,
                "starts_at_ms": starts_at_ms(version.from_position),
                "entries": entries_of(version.entries),
                "rundown": rundown,
            }
        )

    @requires("editor")
    async def save_schedule(request: Request) -> Response:
        """Replaces a channel's schedule, from a moment that no viewer holds yet.

        ---
        summary: Save a channel's schedule
        description: >-
          version is the number that was read; a save by somebody else in between is answered with 409 schedule-changed.
          An entry is {kind: programme, programme_id} or {kind: break, segments} (a segment lasts 1.92 s).
          start is after-current (the programme then playing ends first) or soon (in 30 s).
        tags: [Editing]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
        requestBody:
          required: true
          content:
            application/json:
              schema:
                type: object
                required: [version, entries]
                properties:
                  version: {type: integer}
                  start: {type: string, enum: [after-current, soon]}
                  entries: {type: array, maxItems: 500, items: {type: object}}
        responses:
          200: {description: "{version, starts_at_ms}"}
          404: {description: channel-unknown}
          409: {description: schedule-changed or asset-not-ready}
          422: {description: "schedule-empty, schedule-too-long, break-too-short, break-too-long, breaks-adjacent or programme-unknown"}
        """  # noqa: E501
        body = msgspec.json.decode(await request.body(), type=Save)
        saved = await run_in_threadpool(
            verbs.edit_schedule,
            request.user.account_id,
            request.path_params["channel_id"],
            body.version,
            body.entries,
            body.start,
        )
        return json_response({"version": saved.number, "starts_at_ms": starts_at_ms(saved.from_position)})

    @requires("editor")
    async def preview_schedule(request: Request) -> Response:
        """Tells what would play in the next two hours if this schedule were saved now; saves nothing.

        ---
        summary: Preview a schedule
        tags: [Editing]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
        requestBody:
          required: true
          content:
            application/json:
              schema:
                type: object
                required: [entries]
                properties:
                  start: {type: string, enum: [after-current, soon]}
                  entries: {type: array, maxItems: 500, items: {type: object}}
        responses:
          200: {description: "{rundown: [{kind, programme_id, title, starts_at_ms, ends_at_ms}]}"}
          404: {description: channel-unknown}
          409: {description: asset-not-ready}
          422: {description: the same as when saving}
        """
        body = msgspec.json.decode(await request.body(), type=Arrangement)
        channel_id = request.path_params["channel_id"]
        rundown = await run_in_threadpool(verbs.edit_schedule.preview, channel_id, body.entries, body.start)
        return json_response({"rundown": rundown})

    schedule = "/v1/channels/{channel_id}/schedule"
    return [
        Route("/v1/channels", create_channel, methods=["POST"]),
        Route(schedule, read_schedule),
        Route(schedule, save_schedule, methods=["PUT"]),
        Route(f"{schedule}/preview", preview_schedule, methods=["POST"]),
    ]


def _shown(entry: LibraryEntry) -> dict[str, object]:
    programme, asset = entry.programme, entry.asset
    return {
        **msgspec.structs.asdict(programme),
        "state": asset.state if asset else "failed",
        "progress_permille": asset.progress_permille if asset else 0,
        "duration_ms": asset.manifest.duration_ms if asset and asset.manifest else 0,
        "scheduled": entry.scheduled,
        "poster_url": poster_url(programme.asset_id),
    }
