"""Commands that look after money, run as a person runs them."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.adapters.sql_ledger import SqlLedger
from adserver.adapters.tables import line_items
from adserver.billing.impression import Event, EventKind
from adserver.booking.advertiser import Advertiser
from adserver.booking.campaign import Campaign, CampaignState, LineItem
from server.cli import main
from server.engines.database import open_database


@pytest.fixture
def roadcast(tmp_path):
    def run(*arguments: str):
        return CliRunner().invoke(main, [*arguments, "--data-dir", str(tmp_path)])

    return run


def test_reconcile_tells_by_its_exit_code_whether_everything_agrees(roadcast, tmp_path):
    sound = roadcast("reconcile")
    assert (sound.exit_code, sound.output.splitlines()) == (
        0,
        ["0 transfers added up, 0 line items compared.", "Ledger, records and counters agree."],
    )
    engine = open_database(f"sqlite:///{tmp_path / 'roadcast.db'}")
    item = LineItem("li_1", "cmp_1", "adv_1", "A", 1, 2, 7, 1000, "EUR", 50, ("plc_1",))
    kept = SqlCampaigns(engine)
    kept.add_advertiser(Advertiser("adv_1", "Garage", 1))
    kept.add(Campaign("cmp_1", "adv_1", "A", CampaignState.ACTIVE, 1, item))
    with engine.begin() as connection:
        connection.execute(update(line_items).values(budget_micros=5))
    engine.dispose()
    faulty = roadcast("reconcile")
    assert faulty.exit_code == 1
    assert [" ".join(line.split()) for line in faulty.output.splitlines()] == [
        "1 transfer added up, 1 line item compared.",
        "budget -0.000007 EUR",
        "committed 0.000007 EUR",
        "1 fault:",
        "li_1 order-differs: the ledger says 7, the other 5 micros.",
    ]
    report = json.loads(roadcast("reconcile", "--json").output)
    assert report["findings"] == [
        {"subject": "li_1", "fault": "order-differs", "ledger_micros": 7, "other_micros": 5}
    ]


def test_invoices_of_a_month_are_issued_once(roadcast, tmp_path):
    assert roadcast("reconcile").exit_code == 0  # makes the records
    engine = open_database(f"sqlite:///{tmp_path / 'roadcast.db'}")
    item = LineItem("li_1", "cmp_1", "adv_1", "A", 1, 2, 7 * 10**6, 1000, "EUR", 50, ("plc_1",))
    kept = SqlCampaigns(engine)
    kept.add_advertiser(Advertiser("adv_1", "Garage", 1))
    kept.add(Campaign("cmp_1", "adv_1", "A", CampaignState.ACTIVE, 1, item))
    shown = Event(
        "f1", EventKind.IMPRESSION, "li_1", "adv_1", "", "", "", 1_750_000_000_000, 1_230_000, "EUR"
    )
    SqlLedger(engine).post([shown])
    engine.dispose()
    for _ in range(2):
        issued = roadcast("issue-invoices", "2025-06")
        assert issued.exit_code == 0
        assert [" ".join(line.split()) for line in issued.output.splitlines()] == [
            "RC-000001 2025-06 1.23 EUR Garage",
            "1 invoice of 2025-06.",
        ]
    refused = roadcast("issue-invoices", "2999-01")
    assert (refused.exit_code, "[month-malformed]" in refused.stderr) == (1, True)
