"""What the content room's records promise, on SQLite and on PostgreSQL."""

from dataclasses import dataclass

import msgspec
import pytest
from sqlalchemy import Engine

from content.adapters.sql_audit import SqlAudit
from content.adapters.sql_channels import SqlChannels
from content.adapters.sql_items import SqlPartnerItems
from content.adapters.sql_programmes import SqlProgrammes
from content.channels.channel import Channel
from content.channels.schedule import PlacedEntry, ScheduleVersion
from content.library.audit import AuditEntry
from content.library.partner_item import ItemKind, PartnerItem
from content.library.programme import Advisory, Category, Credit, CreditRole, Kind, Programme
from content.library.rights import Rights, RightsWindow, Territories
from media.timeline import SlotKind
from server.records import migrate

ONE = Programme("prg_1", "ast_1", "Été", "", Category.NEWS, "fr", 1, "chn_1")
TOLD = Programme(
    *("prg_2", "ast_2", "Deux", "Une route.", Category.TRAVEL, "fr-BE", 2),
    kind=Kind.FILLER,
    advisory=Advisory.FROM_16,
    for_children=True,
    series_title="Routes",
    season=2,
    episode=7,
    year=2025,
    credits=(Credit(CreditRole.DIRECTOR, "Ada Roux"), Credit(CreditRole.ACTOR, "Zoé")),
    rights=Rights(RightsWindow(1_700_000_000_000, None), Territories(("BE", "FR")), 7),
)
ITEM = PartnerItem("itm_1", "Fjord FM", "Song", ItemKind.MUSIC, "ast_3", 3)


def change(subject: str, at_ms: int = 5) -> AuditEntry:
    return AuditEntry("acc_1", at_ms, "changed", subject, {"title": ["été", None]})


@dataclass
class Kept:
    """The room's records on the tables that migrations make."""

    engine: Engine

    def __post_init__(self) -> None:
        migrate(self.engine)
        self.programmes = SqlProgrammes(self.engine)
        self.channels = SqlChannels(self.engine)
        self.items = SqlPartnerItems(self.engine)
        self.audit = SqlAudit(self.engine)


@pytest.fixture
def kept(engine: Engine) -> Kept:
    return Kept(engine)


def test_a_programme_comes_back_whole(kept):
    for programme in (ONE, TOLD):
        assert kept.programmes.add(programme) == programme
    assert kept.programmes.newest(5) == [TOLD, ONE]
    assert kept.programmes.add(msgspec.structs.replace(ONE, title="Other")) == ONE


def test_a_change_is_kept_with_its_entry_until_it_is_withdrawn(kept):
    kept.programmes.add(ONE)
    changed = msgspec.structs.replace(ONE, title="Autre", rights=TOLD.rights, season=1, series_title="S")
    gone = msgspec.structs.replace(changed, withdrawn_ms=9, schedule_on="")
    assert kept.programmes.replace(changed, change("prg_1"))
    assert kept.programmes.newest(5) == kept.programmes.awaiting_schedule() == [changed]
    assert kept.programmes.replace(gone, change("prg_1", 9))
    assert not kept.programmes.replace(changed, change("prg_1", 10))
    assert kept.programmes.newest(5) == kept.programmes.awaiting_schedule() == []
    assert kept.programmes.by_ids({"prg_1"}) == {"prg_1": gone}
    assert kept.audit.of("prg_1", 5) == [change("prg_1", 9), change("prg_1")]


def test_a_change_does_not_make_a_programme_wait_again_for_its_schedule(kept):
    kept.programmes.add(ONE)
    kept.programmes.settle_schedule("prg_1")
    assert kept.programmes.replace(msgspec.structs.replace(ONE, title="Autre"), change("prg_1"))
    assert kept.programmes.awaiting_schedule() == []


def test_an_item_is_withdrawn_once(kept):
    kept.items.add(ITEM)
    gone = msgspec.structs.replace(ITEM, withdrawn_ms=9)
    assert kept.items.get("itm_1") == ITEM
    assert kept.items.withdrawn(5) == {}
    assert kept.items.replace(gone, change("itm_1"))
    assert not kept.items.replace(ITEM, change("itm_1", 6))
    assert (kept.items.newest(5), kept.items.withdrawn(5)) == ([], {"itm_1": ITEM.asset_id})
    assert (kept.items.get("itm_1"), kept.items.get("itm_2")) == (gone, None)
    assert kept.audit.of("itm_1", 5) == [change("itm_1")]


def test_a_schedule_remembers_where_it_went_on(kept):
    entries = tuple(PlacedEntry(SlotKind.PROGRAMME, f"ast_{n}", 40, 40, f"prg_{n}") for n in (1, 2))
    version = ScheduleVersion(1, 1000, entries, "acc_1", 5, first=1)
    assert kept.channels.add(Channel("chn_1", "one", "One", 1), version)
    assert kept.channels.versions("chn_1") == [version]
    assert version.anchor == 960
