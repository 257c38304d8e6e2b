"""The content room on its engines."""

from dataclasses import dataclass

from starlette.routing import BaseRoute
from starlette.templating import Jinja2Templates

from content.adapters.sql_channels import SqlChannels
from content.adapters.sql_items import SqlPartnerItems
from content.adapters.sql_programmes import SqlProgrammes
from content.add_partner_item import AddPartnerItem
from content.add_programme import AddProgramme
from content.add_uploaded import AddUploaded
from content.create_channel import CreateChannel
from content.edit_schedule import EditSchedule
from content.lineup import Lineups
from content.list_library import ListChannels, ListItems, ListLibrary
from content.load_lineups import LoadLineups
from content.place_entries import PlaceEntries
from content.publish_pending import PublishPending
from content.read_guide import ReadGuide
from content.web import editing, public
from content.web import pages as editor_pages
from content.web.editing import EditingVerbs
from content.web.pages import PageVerbs
from server.snapshots import Snapshot
from server.wiring.engines import Engines
from server.wiring.media import Media


@dataclass(frozen=True)
class Content:
    """What other rooms and the server use of it."""

    lineups: Snapshot[Lineups]
    read_guide: ReadGuide
    add_programme: AddProgramme
    add_item: AddPartnerItem
    create_channel: CreateChannel
    edit_schedule: EditSchedule
    list_channels: ListChannels
    publish_pending: PublishPending
    editing: EditingVerbs
    pages: PageVerbs

    def routes(self, templates: Jinja2Templates) -> list[BaseRoute]:
        """The public and the editors' API, and the editors' pages."""
        return [
            *public.routes(self.lineups, self.read_guide),
            *editing.routes(self.editing),
            *editor_pages.routes(templates, self.pages),
        ]


def wire_content(engines: Engines, media: Media) -> Content:
    """Build the room."""
    clock, announce = engines.clock, engines.announce_sync
    programmes = SqlProgrammes(engines.database, engines.reads)
    channels = SqlChannels(engines.database, engines.reads)
    items, assets = SqlPartnerItems(engines.database, engines.reads), media.assets
    place = PlaceEntries(programmes, assets)
    add_programme = AddProgramme(programmes, channels, announce, clock)
    add_item = AddPartnerItem(items, announce, clock)
    create_channel = CreateChannel(channels, place, announce, clock, engines.new_id)
    edit_schedule = EditSchedule(channels, programmes, place, announce, clock)
    list_library = ListLibrary(programmes, channels, assets)
    list_channels = ListChannels(channels)
    lineups = Snapshot("content", LoadLineups(channels, programmes, items, assets))
    return Content(
        lineups=lineups,
        read_guide=ReadGuide(lineups, clock),
        add_programme=add_programme,
        add_item=add_item,
        create_channel=create_channel,
        edit_schedule=edit_schedule,
        list_channels=list_channels,
        publish_pending=PublishPending(programmes, channels, assets, edit_schedule),
        editing=EditingVerbs(
            add_programme=AddUploaded(media.admit_upload, add_programme),
            add_item=AddUploaded(media.admit_upload, add_item),
            create_channel=create_channel,
            edit_schedule=edit_schedule,
            list_library=list_library,
        ),
        pages=PageVerbs(list_library, ListItems(items, assets), list_channels, edit_schedule),
    )
