"""What editors do with the schedule, as a JSON API; the editor's pages call it too."""

from dataclasses import dataclass

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from content.channels.change_channel import ChangeChannel
from content.channels.channel import ChannelDraft, ChannelEdit
from content.channels.create_channel import CreateChannel
from content.channels.edit_schedule import EditSchedule
from content.channels.remove_channel import RemoveChannel
from content.web.bodies import Arrangement, NewChannel, Save
from content.web.public import json_response
from media.house_format import starts_at_ms


@dataclass(frozen=True)
class EditingVerbs:
    """The use cases that these routes call."""

    create_channel: CreateChannel
    edit_schedule: EditSchedule
    change_channel: ChangeChannel
    remove_channel: RemoveChannel


def routes(verbs: EditingVerbs) -> list[BaseRoute]:
    """The routes of ``/v1`` for channels and schedules that need the scope ``editor``."""
    return [*_channel_routes(verbs), *_schedule_routes(verbs)]


def _channel_routes(verbs: EditingVerbs) -> list[BaseRoute]:
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
                  timezone: {type: string, default: Europe/Paris, description: IANA name}
                  territories: {type: array, items: {type: string}, description: ISO 3166-1; none is all}
        responses:
          201: {description: The channel}
          409: {description: slug-taken}
          422: {description: "channel-invalid, timezone-unknown or territory-unknown"}
        """
        body = msgspec.json.decode(await request.body(), type=NewChannel)
        draft = ChannelDraft(body.name, body.slug, body.timezone, body.territories)
        channel = await run_in_threadpool(verbs.create_channel, request.user.account_id, draft)
        return json_response(channel, 201)

    @requires("editor")
    async def change_channel(request: Request) -> Response:
        """Changes a channel's name, and whether cars are offered it. Whoever watches it may go on.

        ---
        summary: Change a channel
        description: >-
          A channel is offered once it has a programme to play (once-filled), always, or never. What is left out stays, and
          so does the short name.
        tags: [Editing]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
        requestBody:
          required: true
          content:
            application/json:
              schema:
                type: object
                properties:
                  name: {type: string, maxLength: 60}
                  offer: {type: string, enum: [once-filled, always, never]}
        responses:
          200: {description: The channel}
          404: {description: channel-unknown}
          422: {description: channel-invalid}
        """  # noqa: E501
        body = msgspec.json.decode(await request.body(), type=ChannelEdit)
        account_id, channel_id = request.user.account_id, request.path_params["channel_id"]
        return json_response(await run_in_threadpool(verbs.change_channel, account_id, channel_id, body))

    @requires("editor")
    async def remove_channel(request: Request) -> Response:
        """Removes a channel that is not offered, with schedule and logo. Whoever watches it still loses it.

        ---
        summary: Remove a channel
        tags: [Editing]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
        responses:
          204: {description: It is gone}
          404: {description: channel-unknown}
          409: {description: channel-offered}
        """
        await verbs.remove_channel(request.user.account_id, request.path_params["channel_id"])
        return Response(status_code=204)

    channel = "/v1/channels/{channel_id}"
    return [
        Route("/v1/channels", create_channel, methods=["POST"]),
        Route(channel, change_channel, methods=["PATCH"]),
        Route(channel, remove_channel, methods=["DELETE"]),
    ]


def _schedule_routes(verbs: EditingVerbs) -> list[BaseRoute]:
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
                "entries": version.entries,
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
          start is after-current (the programme then playing ends first) or soon (in 30 s; a break ends first).
          The loop goes on with the entry after the one that is on air then. starts_at_ms says when that is.
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
        """Tells from when on this schedule would play if it were saved now, and what then; saves nothing.

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
          200: {description: "{starts_at_ms, rundown: [as when reading]}"}
          404: {description: channel-unknown}
          409: {description: asset-not-ready}
          422: {description: the same as when saving}
        """
        body = msgspec.json.decode(await request.body(), type=Arrangement)
        channel_id = request.path_params["channel_id"]
        planned, rundown = await run_in_threadpool(
            verbs.edit_schedule.preview, channel_id, body.entries, body.start
        )
        return json_response({"starts_at_ms": starts_at_ms(planned.from_position), "rundown": rundown})

    schedule = "/v1/channels/{channel_id}/schedule"
    return [
        Route(schedule, read_schedule),
        Route(schedule, save_schedule, methods=["PUT"]),
        Route(f"{schedule}/preview", preview_schedule, methods=["POST"]),
    ]
