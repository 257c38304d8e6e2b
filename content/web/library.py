"""What editors do with programmes and partner items, as a JSON API; the editor's pages call it too."""

from dataclasses import dataclass

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from content.channels.guide import poster_url
from content.library.add_uploaded import AddUploaded
from content.library.edit_partner_item import EditPartnerItem
from content.library.edit_programme import EditProgramme
from content.library.list_library import LibraryEntry, ListLibrary
from content.library.partner_item import ItemDraft, PartnerItem
from content.library.programme import Programme, ProgrammeDraft
from content.library.withdraw_programme import WithdrawProgramme
from content.web.bodies import EditedItem, EditedProgramme, NewItem, NewProgramme
from content.web.public import json_response
from kernel.errors import Invalid


@dataclass(frozen=True)
class LibraryVerbs:
    """The use cases that these routes call."""

    add_programme: AddUploaded[ProgrammeDraft, Programme]
    edit_programme: EditProgramme
    withdraw_programme: WithdrawProgramme
    list_library: ListLibrary
    add_item: AddUploaded[ItemDraft, PartnerItem]
    edit_item: EditPartnerItem


def routes(verbs: LibraryVerbs) -> list[BaseRoute]:
    """The routes of ``/v1`` for the library that need the scope ``editor``."""
    return [*_new_routes(verbs), *_programme_routes(verbs), *_item_routes(verbs)]


def _new_routes(verbs: LibraryVerbs) -> list[BaseRoute]:
    @requires("editor")
    def list_programmes(request: Request) -> Response:
        """Lists the library, the newest first.

        ---
        summary: List the programmes of the library
        tags: [Editing]
        responses:
          200: {description: "{programmes: [a programme with state, progress_permille, duration_ms, scheduled, poster_url]}"}
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
                  language: {type: string, default: fr, description: BCP 47}
                  kind: {type: string, enum: [programme, filler, bumper, ident]}
                  advisory: {type: string, enum: [all, "10", "12", "16", "18"], description: From what age}
                  for_children: {type: boolean}
                  series_title: {type: string, maxLength: 120}
                  season: {type: [integer, "null"], minimum: 1, maximum: 9999}
                  episode: {type: [integer, "null"], minimum: 1, maximum: 9999}
                  year: {type: [integer, "null"], minimum: 1888, maximum: 2100}
                  credits: {type: array, maxItems: 40, items: {type: object, properties: {role: {enum: [director, writer, presenter, actor]}, name: {type: string, maxLength: 80}}}}
                  rights: {type: object, description: "{window: {from_ms, until_ms}, territories: {codes: [ISO 3166-1]}, catch_up_days}; null and empty mean unlimited"}
                  schedule_on: {type: string, description: A channel by its id or slug}
        responses:
          201: {description: The programme}
          404: {description: upload-unknown}
          422: {description: "programme-invalid, channel-unknown, or a media- code saying why the file cannot be played"}
        """  # noqa: E501
        body = msgspec.json.decode(await request.body(), type=NewProgramme)
        programme = await verbs.add_programme(request.user.account_id, body.upload_id, body)
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
                  for_children: {type: boolean}
        responses:
          201: {description: The item}
          404: {description: upload-unknown}
          409: {description: items-too-many}
          422: {description: "item-invalid, picture-needed (a video of sound alone; the upload stays), or a media- code saying why the file cannot be played"}
        """  # noqa: E501
        body = msgspec.json.decode(await request.body(), type=NewItem)
        draft = ItemDraft(body.partner, body.title, body.kind, body.for_children)
        item = await verbs.add_item(request.user.account_id, body.upload_id, draft)
        return json_response(item, 201)

    return [
        Route("/v1/programmes", list_programmes),
        Route("/v1/programmes", add_programme, methods=["POST"]),
        Route("/v1/items", add_item, methods=["POST"]),
    ]


def _programme_routes(verbs: LibraryVerbs) -> list[BaseRoute]:
    @requires("editor")
    def read_programme(request: Request) -> Response:
        """Gives one programme, and who changed what of it.

        ---
        summary: Read a programme
        tags: [Editing]
        parameters:
          - {name: programme_id, in: path, required: true, schema: {type: string}}
        responses:
          200: {description: "{programme, history: [{actor, at_ms, action, subject, detail}]}, the newest change first"}
          404: {description: programme-not-found}
        """  # noqa: E501
        programme, history = verbs.edit_programme.read(request.path_params["programme_id"])
        return json_response({"programme": programme, "history": history})

    @requires("editor")
    async def edit_programme(request: Request) -> Response:
        """Replaces what is said of a programme; what is left out goes back to its default.

        ---
        summary: Change a programme
        tags: [Editing]
        parameters:
          - {name: programme_id, in: path, required: true, schema: {type: string}}
        requestBody:
          required: true
          content:
            application/json:
              schema: {type: object, required: [title], description: The fields of a new programme but upload_id and schedule_on}
        responses:
          200: {description: The programme}
          404: {description: programme-not-found}
          422: {description: programme-invalid}
        """  # noqa: E501
        body = msgspec.json.decode(await request.body(), type=EditedProgramme)
        programme = await run_in_threadpool(
            verbs.edit_programme, request.user.account_id, request.path_params["programme_id"], body
        )
        return json_response(programme)

    @requires("editor")
    def withdraw_programme(request: Request) -> Response:
        """Takes a programme out of the library.

        ---
        summary: Remove a programme
        description: |
          Refused while a schedule names it, now or in the future, unless `off_air=true` confirms that fill is
          to take its place there: from 30 s ahead on (after a break that is on then), in the middle of the
          programme if it is on air. Everything else stays at its time.
        tags: [Editing]
        parameters:
          - {name: programme_id, in: path, required: true, schema: {type: string}}
          - {name: off_air, in: query, schema: {enum: ["true"]}}
        responses:
          204: {description: It is gone}
          404: {description: programme-not-found}
          409: {description: programme-scheduled}
          422: {description: off-air-malformed}
        """
        asked = request.query_params.get("off_air")
        if asked not in (None, "true"):
            raise Invalid("off-air-malformed", "off_air can only be true.", fix="Send true, or leave it out.")
        verbs.withdraw_programme(
            request.user.account_id, request.path_params["programme_id"], off_air=asked is not None
        )
        return Response(status_code=204)

    one = "/v1/programmes/{programme_id}"
    return [
        Route(one, read_programme),
        Route(one, edit_programme, methods=["PUT"]),
        Route(one, withdraw_programme, methods=["DELETE"]),
    ]


def _item_routes(verbs: LibraryVerbs) -> list[BaseRoute]:
    @requires("editor")
    async def edit_item(request: Request) -> Response:
        """Replaces what is said of a partner item.

        ---
        summary: Change a partner item
        tags: [Editing]
        parameters:
          - {name: item_id, in: path, required: true, schema: {type: string}}
        requestBody:
          required: true
          content:
            application/json:
              schema:
                type: object
                required: [partner, title]
                properties:
                  partner: {type: string, maxLength: 80}
                  title: {type: string, maxLength: 120}
                  kind: {type: string, enum: [video, music, podcast]}
                  for_children: {type: boolean}
        responses:
          200: {description: The item}
          404: {description: item-not-found}
          422: {description: item-invalid or picture-needed}
        """
        body = msgspec.json.decode(await request.body(), type=EditedItem)
        item_id = request.path_params["item_id"]
        return json_response(await run_in_threadpool(verbs.edit_item, request.user.account_id, item_id, body))

    @requires("editor")
    def withdraw_item(request: Request) -> Response:
        """Withdraws a partner item at once.

        ---
        summary: Withdraw a partner item
        description: A session that plays it is answered item-withdrawn at its next playlist.
        tags: [Editing]
        parameters:
          - {name: item_id, in: path, required: true, schema: {type: string}}
        responses:
          204: {description: It is withdrawn}
          404: {description: item-not-found}
        """
        verbs.edit_item.withdraw(request.user.account_id, request.path_params["item_id"])
        return Response(status_code=204)

    one = "/v1/items/{item_id}"
    return [Route(one, edit_item, methods=["PUT"]), Route(one, withdraw_item, methods=["DELETE"])]


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
