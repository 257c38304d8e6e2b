"""The content room on a real database, with assets as the media room keeps them."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from obstore.store import MemoryStore
from sqlalchemy import Engine

from content.adapters import tables as content_tables
from content.adapters.sql_audit import SqlAudit
from content.adapters.sql_channels import SqlChannels
from content.adapters.sql_items import SqlPartnerItems
from content.adapters.sql_programmes import SqlProgrammes
from content.channels.change_channel import ChangeChannel
from content.channels.change_logo import ChangeLogo
from content.channels.channel import Channel, ChannelDraft
from content.channels.create_channel import CreateChannel
from content.channels.edit_plan import EditPlan
from content.channels.edit_schedule import EditSchedule
from content.channels.gather_facts import GatherFacts
from content.channels.load_lineups import LoadLineups
from content.channels.plan import ProgrammeEntry
from content.channels.publish_pending import PublishPending
from content.channels.remove_channel import RemoveChannel
from content.channels.renew_schedules import RenewSchedules
from content.channels.save_plan import SavePlan
from content.library.add_partner_item import AddPartnerItem
from content.library.add_programme import AddProgramme
from content.library.edit_partner_item import EditPartnerItem
from content.library.edit_programme import EditProgramme
from content.library.programme import Programme, ProgrammeDraft
from content.library.withdraw_programme import WithdrawProgramme
from kernel.clock import Clock
from kernel.ids import NewId
from media.adapters import tables as media_tables
from media.adapters.av_transcode import AvRedraw
from media.adapters.obstore_objects import ObstoreObjects
from media.adapters.sql_assets import SqlAssets
from media.adapters.sql_cues import SqlCues
from media.asset import Asset, AssetState
from media.house_format import SEGMENT_MS
from media.manifest import AssetManifest


@dataclass
class Room:
    """Verbs and adapters wired as the server wires them, and what was announced."""

    database: Engine
    clock: Clock
    new_id: NewId
    work_dir: Path
    announced: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.programmes = SqlProgrammes(self.database)
        self.channels = SqlChannels(self.database)
        self.items = SqlPartnerItems(self.database)
        self.assets = SqlAssets(self.database)
        announce = self.announced.append
        self.cues = SqlCues(self.database)
        gather = GatherFacts(self.programmes, self.assets, self.cues)
        self.save = SavePlan(self.channels, gather, announce, self.clock)
        self.renew = RenewSchedules(self.channels, self.save, announce)
        self.add_programme = AddProgramme(self.programmes, self.channels, announce, self.clock)
        self.add_item = AddPartnerItem(self.items, announce, self.clock)
        self.create_channel = CreateChannel(self.channels, gather, announce, self.clock, self.new_id)
        self.objects = ObstoreObjects(MemoryStore())
        self.change_logo = ChangeLogo(
            self.channels, self.objects, AvRedraw(self.work_dir), announce, self.clock
        )
        self.change_channel = ChangeChannel(self.channels, announce, self.clock)
        self.remove_channel = RemoveChannel(
            self.channels, self.change_channel.is_offered, self.objects, announce, self.clock
        )
        self.audit = SqlAudit(self.database)
        self.edit_programme = EditProgramme(self.programmes, self.audit, self.renew, self.clock)
        self.withdraw_programme = WithdrawProgramme(self.programmes, self.channels, self.renew, self.clock)
        self.edit_item = EditPartnerItem(self.items, self.assets, announce, self.clock)
        self.edit = EditSchedule(self.channels, self.programmes, self.save)
        self.edit_plan = EditPlan(self.channels, self.audit, self.save)
        self.publish = PublishPending(
            self.programmes, self.channels, self.assets, self.edit, self.audit, self.clock
        )
        self.load = LoadLineups(
            self.channels, self.programmes, self.items, self.assets, self.cues, self.clock
        )

    def asset(self, name: str, segments: int = 0, cut_from: str = "") -> str:
        """An asset ``ast_<name>``: ready with ``segments``, or queued if there are none."""
        asset_id, now_ms = f"ast_{name}", self.clock.now_ms()
        queued = Asset(asset_id, "acc_1", f"{name}.mp4", "", AssetState.QUEUED, 0, (), None, now_ms)
        self.assets.add(replace(queued, cut_from=cut_from))
        if segments:
            self.make_ready(asset_id, segments)
        return asset_id

    def make_ready(self, asset_id: str, segments: int, has_picture: bool = True) -> None:
        self.assets.begin(asset_id)
        duration_ms = segments * SEGMENT_MS - 500
        self.assets.publish(AssetManifest(asset_id, segments, duration_ms, {}, "", has_picture))

    def programme(self, name: str, segments: int = 0, schedule_on: str = "") -> Programme:
        """A programme called ``name`` with an asset as :meth:`asset` makes it."""
        return self.add_programme(self.asset(name, segments), ProgrammeDraft(name, schedule_on=schedule_on))

    def channel(self, *entries) -> Channel:
        return self.create_channel("acc_1", ChannelDraft("Atelier TV", "atelier"), entries)

    def filled(self, slug: str = "atelier") -> Channel:
        """A channel with something to play, named as its slug."""
        entry = ProgrammeEntry(self.programme(slug, 40).programme_id)
        return self.create_channel("acc_1", ChannelDraft(slug.title(), slug), [entry])


@pytest.fixture
def room(database: Engine, clock, new_id, tmp_path) -> Room:
    content_tables.metadata.create_all(database)
    media_tables.metadata.create_all(database)
    return Room(database, clock, new_id, tmp_path)
