"""What the content room's records promise, on SQLite and on PostgreSQL."""

from dataclasses import dataclass

import msgspec
import pytest
from sqlalchemy import Engine, select, text

from content.adapters.sql_audit import SqlAudit
from content.adapters.sql_channels import SqlChannels
from content.adapters.sql_items import SqlPartnerItems
from content.adapters.sql_programmes import SqlProgrammes
from content.adapters.tables import schedule_parts
from content.channels.channel import Channel
from content.channels.compile_day import Resumption
from content.channels.compiled import Origin
from content.channels.day_view import Source
from content.channels.facts import Facts
from content.channels.kept_plan import kept as keep
from content.channels.plan import Begin, Block, BreakEntry, BreakRules, Plan, ProgrammeEntry
from content.channels.schedule import ScheduleVersion, effective
from content.library.audit import AuditEntry
from content.library.partner_item import ItemKind, PartnerItem
from content.library.programme import Advisory, Category, Credit, CreditRole, Kind, Programme
from content.library.rights import Rights, RightsWindow, Territories
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
    assert kept.programmes.withdrawn_assets() == set()
    assert kept.programmes.replace(gone, change("prg_1", 9))
    assert not kept.programmes.replace(changed, change("prg_1", 10))
    assert kept.programmes.newest(5) == kept.programmes.awaiting_schedule() == []
    assert kept.programmes.withdrawn_assets() == {"ast_1"}
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
    assert (kept.items.withdrawn(), kept.items.offered()) == ({}, 1)
    assert kept.items.replace(gone, change("itm_1"))
    assert not kept.items.replace(ITEM, change("itm_1", 6))
    assert (kept.items.newest(5), kept.items.withdrawn()) == ([], {"itm_1": ITEM.asset_id})
    assert kept.items.offered() == 0
    assert (kept.items.get("itm_1"), kept.items.get("itm_2")) == (gone, None)
    assert kept.audit.of("itm_1", 5) == [change("itm_1")]


FACTS = {
    "prg_1": Facts("ast_1", 40, "Été", (7, 20), True, TOLD.rights),
    "prg_2": Facts("", 0),
}
WEEKLY = Plan(
    loop=(ProgrammeEntry("prg_1"), BreakEntry(8)),
    week={"mon": (Block("06:00", (ProgrammeEntry("prg_2"),), "09:00", True),)},
    days={"2026-12-24": (Block("20:00", (ProgrammeEntry("prg_1"),), start=Begin.CUT),), "2026-12-25": ()},
    breaks=BreakRules(720, 300),
    territories=("BE", "FR"),
)


def version(number: int, plan: Plan, facts: dict[str, Facts] = FACTS, **more) -> ScheduleVersion:
    return ScheduleVersion(number, 1000 * number, keep(plan, facts), "acc_1", 5, **more)


def test_a_plan_comes_back_whole(kept):
    resumed = Resumption(1000, Origin(Source.BLOCK, 1, 2), 1, ((900, 916),), True)
    one = version(1, WEEKLY, resumption=resumed)
    assert kept.channels.add(Channel("chn_1", "one", "One", 1), one)
    assert kept.channels.versions("chn_1") == [one]
    assert kept.channels.versions("chn_1")[0].plan() == WEEKLY


def test_every_save_and_every_audited_change_shows_a_sign(kept):
    seen = [kept.channels.changes()]
    assert kept.channels.add(Channel("chn_1", "one", "One", 1), version(1, WEEKLY))
    seen.append(kept.channels.changes())
    assert kept.channels.replace_versions("chn_1", 1, [version(1, WEEKLY), version(2, WEEKLY)])
    seen.append(kept.channels.changes())
    kept.items.add(ITEM)
    assert kept.items.replace(msgspec.structs.replace(ITEM, withdrawn_ms=9), change("itm_1"))
    seen.append(kept.channels.changes())
    assert len(set(seen)) == len(seen)
    assert kept.channels.changes() == seen[-1]


def test_versions_are_kept_by_what_they_change(kept, engine):
    """And they are what they were, whichever were superseded or are long over."""
    other = msgspec.structs.replace(WEEKLY, days={"2026-12-25": (), "2027-01-01": WEEKLY.week["mon"]})
    plans = [WEEKLY, other, msgspec.structs.replace(other, loop=()), WEEKLY, other]
    one, two, three, four, five = (version(n, plan) for n, plan in enumerate(plans, 1))
    kept.channels.add(Channel("chn_1", "one", "One", 1), one)
    for expected, versions in ((1, [one, two]), (2, [one, two, three]), (3, [one, four]), (4, [four, five])):
        assert kept.channels.replace_versions("chn_1", expected, versions, change("chn_1", expected))
        assert kept.channels.versions("chn_1") == versions
    assert [entry.at_ms for entry in kept.audit.of("chn_1", 9)] == [4, 3, 2, 1]
    assert not kept.channels.replace_versions("chn_1", 4, [one], change("chn_1"))
    assert len(kept.audit.of("chn_1", 9)) == 4
    with engine.connect() as connection:
        rows = connection.execute(select(schedule_parts.c.number, schedule_parts.c.part)).all()
    assert max(number for number, _ in rows) == 5
    assert sorted(part for number, part in rows if number == 5) == ["2026-12-24", "2027-01-01"]
    assert len(rows) == len({part for _, part in rows}) + 2 - 1


def test_loops_of_before_become_plans(engine):
    """The migration that made plans of loops, on a database that has one."""
    migrate(engine, "0008")
    with engine.begin() as connection:
        for statement in LOOP_OF_BEFORE:
            connection.execute(text(statement))
    migrate(engine)
    [held] = SqlChannels(engine).versions("chn_1")
    assert held.entries == (ProgrammeEntry("prg_1"), BreakEntry(16), ProgrammeEntry("prg_1"))
    assert held.facts == {"prg_1": Facts("ast_1", 40, "Été")}
    assert held.resumption == Resumption(1000, Origin(Source.LOOP), 2)
    plays = effective("chn_1", [held]).slots(1000, 1000)[0]
    assert (plays.start, plays.asset_id) == (1000, "ast_1")


LOOP_OF_BEFORE = (
    "INSERT INTO programmes"
    " (programme_id, asset_id, title, synopsis, category, language, created_ms, schedule_on)"
    " VALUES ('prg_1', 'ast_1', 'Été', '', 'news', 'fr', 1, '')",
    "INSERT INTO channels (channel_id, slug, name, created_ms, schedule_version)"
    " VALUES ('chn_1', 'one', 'One', 1, 3)",
    "INSERT INTO schedule_versions (channel_id, number, from_position, saved_by, saved_ms, first)"
    " VALUES ('chn_1', 3, 1000, 'acc_1', 5, 2)",
    *(
        "INSERT INTO schedule_entries"
        " (channel_id, number, ordinal, kind, asset_id, segments, asset_segments, programme_id)"
        f" VALUES ('chn_1', 3, {row})"
        for row in (
            "0, 'programme', 'ast_1', 40, 40, 'prg_1'",
            "1, 'break', 'slate', 16, 1, ''",
            "2, 'programme', 'ast_1', 40, 40, 'prg_1'",
        )
    ),
)
