"""The editor's pages: library, upload, schedule, partner items."""

from dataclasses import dataclass

from starlette.authentication import requires
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from content.channels.change_channel import ChangeChannel
from content.channels.channel import Channel
from content.channels.check_plan import BREAK_SEGMENTS_LIMIT
from content.channels.plan import DEFAULT_BREAK_SEGMENTS, DEFAULT_TIMEZONE
from content.guide.listing import logo_url
from content.library.edit_partner_item import EditPartnerItem
from content.library.edit_programme import EditProgramme
from content.library.list_library import LibraryEntry, ListChannels, ListItems, ListLibrary
from content.library.programme import NUMBER_LIMIT, SYNOPSIS_LIMIT, TITLE_LIMIT, YEARS
from content.library.rights import CATCH_UP_DAYS_LIMIT
from content.ports import AccountName
from content.web import wording
from content.web.script_texts import SCRIPT_TEXTS
from kernel.clock import from_ms
from kernel.errors import NotFound
from media.house_format import SEGMENT_MS

_WORDS = {
    "categories": wording.CATEGORIES,
    "kinds": wording.KINDS,
    "languages": wording.LANGUAGES,
    "programme_kinds": wording.PROGRAMME_KINDS,
    "advisories": wording.ADVISORIES,
    "credit_roles": wording.CREDIT_ROLES,
    "actions": wording.ACTIONS,
    "facts": wording.FACTS,
    "from_ms": from_ms,
    "states": wording.STATES,
    "problems": wording.PROBLEMS,
    "findings": wording.FINDINGS,
    "finding_reasons": wording.FINDING_REASONS,
    "script_texts": SCRIPT_TEXTS,
    "title_limit": TITLE_LIMIT,
    "synopsis_limit": SYNOPSIS_LIMIT,
    "number_limit": NUMBER_LIMIT,
    "years": YEARS,
    "catch_up_days_limit": CATCH_UP_DAYS_LIMIT,
    "default_timezone": DEFAULT_TIMEZONE,
    "logo_types": "image/png,image/jpeg,image/webp",
    "logo_url": logo_url,
    "offers": wording.OFFERS,
}


@dataclass(frozen=True)
class PageVerbs:
    """The use cases that the editor's pages call."""

    list_library: ListLibrary
    list_items: ListItems
    list_channels: ListChannels
    change_channel: ChangeChannel
    edit_programme: EditProgramme
    edit_item: EditPartnerItem
    account_name: AccountName


def routes(templates: Jinja2Templates, verbs: PageVerbs) -> list[BaseRoute]:
    """``/editor`` and what lies below it; all need the scope ``editor``."""

    def page(request: Request, name: str, **facts: object) -> Response:
        response = templates.TemplateResponse(request, f"content/{name}.html", {**_WORDS, **facts})
        response.headers["Cache-Control"] = "no-store"
        return response

    @requires("editor")
    def library(request: Request) -> Response:
        return page(request, "library", entries=verbs.list_library(), channels=verbs.list_channels())

    @requires("editor")
    def upload(request: Request) -> Response:
        return page(request, "upload", channels=verbs.list_channels())

    @requires("editor")
    def programme(request: Request) -> Response:
        shown, history = verbs.edit_programme.read(request.path_params["programme_id"])
        return page(request, "programme", programme=shown, history=history, account_name=verbs.account_name)

    @requires("editor")
    def cues(request: Request) -> Response:
        shown, _ = verbs.edit_programme.read(request.path_params["programme_id"])
        return page(request, "cues", programme=shown)

    @requires("editor")
    def item(request: Request) -> Response:
        return page(request, "item", item=verbs.edit_item.read(request.path_params["item_id"]))

    @requires("editor")
    def items(request: Request) -> Response:
        return page(request, "items", entries=verbs.list_items())

    @requires("editor")
    def channels(request: Request) -> Response:
        kept = verbs.list_channels()
        offered = {one.channel_id for one in kept if verbs.change_channel.is_offered(one)}
        return page(request, "channels", channels=kept, offered=offered)

    @requires("editor")
    def schedule(request: Request) -> Response:
        channels = verbs.list_channels()
        chosen = _chosen(channels, request.query_params.get("channel", ""))
        desk = _desk(verbs, chosen) if chosen else None
        return page(request, "schedule", channels=channels, channel=chosen, desk=desk)

    return [
        Route("/editor", library, include_in_schema=False),
        Route("/editor/upload", upload, include_in_schema=False),
        Route("/editor/programmes/{programme_id}", programme, include_in_schema=False),
        Route("/editor/programmes/{programme_id}/cues", cues, include_in_schema=False),
        Route("/editor/channels", channels, include_in_schema=False),
        Route("/editor/schedule", schedule, include_in_schema=False),
        Route("/editor/items", items, include_in_schema=False),
        Route("/editor/items/{item_id}", item, include_in_schema=False),
    ]


def _chosen(channels: list[Channel], channel_id: str) -> Channel | None:
    if not channel_id:
        return channels[0] if channels else None
    for channel in channels:
        if channel.channel_id == channel_id:
            return channel
    raise NotFound("channel-unknown", "There is no such channel.", fix="Choose one of the channels listed.")


def _desk(verbs: PageVerbs, channel: Channel) -> dict[str, object]:
    """What the schedule's script starts from."""
    return {
        "channel_id": channel.channel_id,
        "programmes": [programme for entry in verbs.list_library() if (programme := _offered(entry))],
        "segment_ms": SEGMENT_MS,
        "break_segments": DEFAULT_BREAK_SEGMENTS,
        "break_limit": BREAK_SEGMENTS_LIMIT,
    }


def _offered(entry: LibraryEntry) -> dict[str, object] | None:
    """A programme that can be scheduled."""
    if entry.asset is None or entry.asset.manifest is None:
        return None
    return {
        "programme_id": entry.programme.programme_id,
        "title": entry.programme.title,
        "kind": entry.programme.kind.value,
        "segments": entry.asset.manifest.segments,
    }
