"""The content room on its engines."""

from dataclasses import dataclass

from starlette.routing import BaseRoute
from starlette.templating import Jinja2Templates

from content.adapters.sql_audit import SqlAudit
from content.adapters.sql_channels import SqlChannels
from content.adapters.sql_items import SqlPartnerItems
from content.adapters.sql_programmes import SqlProgrammes
from content.channels.change_channel import ChangeChannel
from content.channels.change_logo import ChangeLogo
from content.channels.create_channel import CreateChannel
from content.channels.edit_plan import EditPlan
from content.channels.edit_schedule import EditSchedule
from content.channels.gather_facts import GatherFacts
from content.channels.lineup import Lineups
from content.channels.load_lineups import LoadLineups
from content.channels.publish_pending import PublishPending
from content.channels.remove_channel import RemoveChannel
from content.channels.renew_schedules import RenewSchedules
from content.channels.retire_versions import RetireVersions
from content.channels.save_plan import SavePlan
from content.guide.read_guide import ReadGuide
from content.guide.xmltv import Site
from content.library.add_partner_item import AddPartnerItem
from content.library.add_programme import AddProgramme
from content.library.add_uploaded import AddUploaded
from content.library.edit_partner_item import EditPartnerItem
from content.library.edit_programme import EditProgramme
from content.library.list_library import ListChannels, ListItems, ListLibrary
from content.library.withdraw_programme import WithdrawProgramme
from content.ports import AccountName
from content.web import editing, exports, guide, library, logos, public, schedules
from content.web import pages as editor_pages
from content.web.editing import EditingVerbs
from content.web.library import LibraryVerbs
from content.web.pages import PageVerbs
from content.web.turns import Turn
from server.snapshots import Snapshot
from server.wiring.engines import Engines
from server.wiring.media import Media


@dataclass(frozen=True)
class Content:
    """What other rooms and the server use of it."""

    lineups: Snapshot[Lineups]
    read_guide: ReadGuide
    site: Site
    add_programme: AddProgramme
    add_item: AddPartnerItem
    create_channel: CreateChannel
    edit_plan: EditPlan
    renew_schedules: RenewSchedules
    retire_versions: RetireVersions
    list_channels: ListChannels
    publish_pending: PublishPending
    editing: EditingVerbs
    library: LibraryVerbs
    pages: PageVerbs
    change_logo: ChangeLogo

    def routes(self, templates: Jinja2Templates) -> list[BaseRoute]:
        """The public and the editors' API, and the editors' pages."""
        turn = Turn(1)
        return [
            *public.routes(self.lineups),
            *guide.routes(self.read_guide, turn),
            *exports.routes(self.lineups, self.site, self.read_guide.clock, turn),
            *logos.routes(self.lineups, self.change_logo),
            *editing.routes(self.editing),
            *schedules.routes(self.edit_plan, self.pages.account_name),
            *library.routes(self.library),
            *editor_pages.routes(templates, self.pages),
        ]


def wire_content(engines: Engines, media: Media, account_name: AccountName) -> Content:
    """Build the room."""
    clock, announce, kept = engines.clock, engines.announce_sync, _kept(engines)
    programmes, channels = kept.programmes, kept.channels
    gather = GatherFacts(programmes, media.assets, media.cues)
    save = SavePlan(channels, gather, announce, clock)
    renew = RenewSchedules(channels, save, announce)
    add_programme = AddProgramme(programmes, channels, announce, clock)
    add_item = AddPartnerItem(kept.items, announce, clock)
    library = _library(engines, media, kept, renew, add_programme, add_item)
    editing = _editing(engines, media, kept, gather, save)
    list_channels = ListChannels(channels)
    load = LoadLineups(channels, programmes, kept.items, media.assets, media.cues, clock)
    lineups = Snapshot("content", load, sign=channels.changes)
    return Content(
        lineups=lineups,
        read_guide=ReadGuide(lineups, clock),
        site=Site(engines.settings.base_url),
        add_programme=add_programme,
        add_item=add_item,
        create_channel=editing.create_channel,
        edit_plan=EditPlan(channels, kept.audit, save),
        renew_schedules=renew,
        retire_versions=RetireVersions(channels, media.cues, clock, {engines.settings.break_slate}),
        list_channels=list_channels,
        publish_pending=PublishPending(
            programmes, channels, media.assets, editing.edit_schedule, kept.audit, clock
        ),
        editing=editing,
        library=library,
        pages=PageVerbs(
            list_library=library.list_library,
            list_items=ListItems(kept.items, media.assets),
            list_channels=list_channels,
            change_channel=editing.change_channel,
            edit_programme=library.edit_programme,
            edit_item=library.edit_item,
            account_name=account_name,
        ),
        change_logo=ChangeLogo(channels, media.objects, media.redraw, announce, clock),
    )


@dataclass(frozen=True)
class _Kept:
    """The room's records."""

    programmes: SqlProgrammes
    channels: SqlChannels
    items: SqlPartnerItems
    audit: SqlAudit


def _kept(engines: Engines) -> _Kept:
    on = engines.database, engines.reads
    return _Kept(SqlProgrammes(*on), SqlChannels(*on), SqlPartnerItems(*on), SqlAudit(*on))


def _library(
    engines: Engines,
    media: Media,
    kept: _Kept,
    renew: RenewSchedules,
    add_programme: AddProgramme,
    add_item: AddPartnerItem,
) -> LibraryVerbs:
    clock = engines.clock
    return LibraryVerbs(
        add_programme=AddUploaded(media.admit_upload, add_programme),
        edit_programme=EditProgramme(kept.programmes, kept.audit, renew, clock),
        withdraw_programme=WithdrawProgramme(kept.programmes, kept.channels, renew, clock),
        list_library=ListLibrary(kept.programmes, kept.channels, media.assets),
        add_item=AddUploaded(media.admit_upload, add_item),
        edit_item=EditPartnerItem(kept.items, media.assets, engines.announce_sync, clock),
    )


def _editing(
    engines: Engines, media: Media, kept: _Kept, gather: GatherFacts, save: SavePlan
) -> EditingVerbs:
    channels, announce, clock = kept.channels, engines.announce_sync, engines.clock
    change_channel = ChangeChannel(channels, announce, clock)
    return EditingVerbs(
        create_channel=CreateChannel(channels, gather, announce, clock, engines.new_id),
        edit_schedule=EditSchedule(channels, kept.programmes, save),
        change_channel=change_channel,
        remove_channel=RemoveChannel(channels, change_channel.is_offered, media.objects, announce, clock),
    )
