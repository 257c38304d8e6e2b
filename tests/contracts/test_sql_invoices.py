"""Invoices on every engine: all of the ledger, nothing twice, no gaps, whoever posts meanwhile."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from sqlalchemy import select

from adserver.adapters import sql_invoices, sql_transfers
from adserver.adapters.sql_books import SqlBooks
from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.adapters.sql_invoices import SqlInvoices
from adserver.adapters.sql_ledger import SqlLedger
from adserver.adapters.tables import ledger_transfers, metadata
from adserver.billing.credit import Credit, CreditKind, posting
from adserver.billing.impression import Event, EventKind
from adserver.billing.invoice import Invoice, month_of
from adserver.billing.ledger import REVENUE
from adserver.billing.tax import BillTo, Tax
from adserver.booking.advertiser import Advertiser
from adserver.booking.campaign import Campaign, CampaignState, LineItem
from server.engines.database import open_database

MONTHS = [f"2026-{month:02}" for month in range(1, 13)]
ADVERTISERS = ("adv_1", "adv_2")


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request, tmp_path):
    """As the product opens them."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").url.render_as_string(hide_password=False)
    else:
        url = f"sqlite:///{tmp_path / 'invoices.db'}"
    opened = open_database(url)
    metadata.create_all(opened)
    kept = SqlCampaigns(opened)
    for number, advertiser_id in enumerate(ADVERTISERS, 1):
        kept.add_advertiser(Advertiser(advertiser_id, f"Garage {number}", number))
        item = LineItem(
            f"li_{number}", f"cmp_{number}", advertiser_id, "A", 1, 2, 10**12, 1000, "EUR", 50, ("plc_1",)
        )
        campaign = Campaign(
            item.campaign_id, advertiser_id, f"Été {number}", CampaignState.ACTIVE, number, item
        )
        kept.add(campaign)
    yield opened
    opened.dispose()


def shown(fill: str, at_ms: int, micros: int = 100, number: int = 1) -> Event:
    ids = f"li_{number}", f"adv_{number}"
    return Event(fill, EventKind.IMPRESSION, *ids, "", "", "", at_ms, micros, "EUR")


def draft(month: str, advertiser_id: str = "adv_1", currency: str = "EUR") -> Invoice:
    bounds = month_of(month, "Europe/Paris")
    return Invoice(
        0, advertiser_id, "Garage", month, "Europe/Paris", currency, *bounds, 0, 1, "acc", ("Roadcast",), ()
    )


def faults(engine) -> list:
    return [pair for pair in SqlBooks(engine).read().invoiced.values() if pair[0] != pair[1]]


def test_each_month_has_its_own_and_what_is_late_is_on_the_next(engine):
    ledger, invoices = SqlLedger(engine), SqlInvoices(engine)
    may, june = (month_of(month, "Europe/Paris") for month in ("2026-05", "2026-06"))
    ledger.post(
        [shown("f1", may[0]), shown("f2", may[1] - 1), shown("f3", may[1]), shown("f4", may[0], number=2)]
    )
    first = invoices.issue(draft("2026-05"))
    assert [(line.campaign, line.number, line.amount_micros, line.late) for line in first.lines] == [
        ("Été 1", 2, 200, False)
    ]
    ledger.post([shown("f5", may[0] + 5, 7), shown("f6", june[1], 9)])  # out of a tunnel; and of July
    assert invoices.issue(draft("2026-05")) == first
    second = invoices.issue(draft("2026-06"))
    assert [(line.number, line.amount_micros, line.late) for line in second.lines] == [
        (1, 100, False),
        (1, 7, True),
    ]
    assert (first.number, second.number, invoices.issue(draft("2026-05", "adv_2")).number) == (1, 2, 3)
    assert invoices.issue(draft("2026-04")) is None
    assert invoices.issue(draft("2026-06", currency="CHF")) is None
    assert invoices.get(2) == second
    assert invoices.get(4) is None
    assert [one.number for one in invoices.newest(None, 2)] == [3, 2]
    assert [one.number for one in invoices.newest("adv_1", 9)] == [2, 1]
    assert faults(engine) == []


def test_whatever_is_posted_whenever_in_the_end_all_of_it_is_invoiced_once(engine):
    ledger, invoices = SqlLedger(engine), SqlInvoices(engine)
    chance, posting = random.Random(7), threading.Event()
    year = month_of(MONTHS[0], "Europe/Paris")[0], month_of(MONTHS[-1], "Europe/Paris")[1]

    def post(worker: int) -> None:
        for n in range(25):
            some = [
                shown(f"f{worker}-{n}-{k}", chance.randrange(*year), chance.randrange(1, 50), 1 + k % 2)
                for k in range(6)
            ]
            ledger.post(some)
            posting.set()

    def issue(advertiser_id: str) -> None:
        posting.wait(10)
        for month in MONTHS[:-1]:
            invoices.issue(draft(month, advertiser_id))

    with ThreadPoolExecutor(6) as threads:
        waiting = [threads.submit(post, worker) for worker in range(3)]
        # Each is asked for twice at once.
        waiting += [threads.submit(issue, advertiser_id) for advertiser_id in ADVERTISERS for _ in range(2)][
            :3
        ]
        for one in waiting:
            one.result()
    assert faults(engine) == []
    for advertiser_id in ADVERTISERS:
        invoices.issue(draft(MONTHS[-1], advertiser_id))
    issued = invoices.newest(None, 100)
    assert sorted(one.number for one in issued) == list(range(1, len(issued) + 1))
    with engine.connect() as connection:
        earned = select(ledger_transfers.c.amount_micros).where(ledger_transfers.c.credit == REVENUE)
        amounts = connection.execute(earned).scalars().all()
    assert sum(one.total_micros for one in issued) == sum(amounts)
    assert sum(line.number for one in issued for line in one.lines) == len(amounts) == 450
    assert faults(engine) == []


def test_one_that_was_rolled_back_leaves_no_gap(engine, monkeypatch):
    ledger, invoices = SqlLedger(engine), SqlInvoices(engine)
    ledger.post([shown("f1", month_of("2026-05", "UTC")[0] + 10**8)])

    def dies(_invoice: Invoice) -> dict:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(sql_invoices, "_row", dies)
        with pytest.raises(ConnectionError):
            invoices.issue(draft("2026-05"))
    assert invoices.issue(draft("2026-05")).number == 1


def test_whom_they_name_is_written_anew_and_what_is_given_back_names_what_it_corrects(engine):
    ledger, invoices = SqlLedger(engine), SqlInvoices(engine)
    assert invoices.bill_to("adv_1") == BillTo()
    for kept in (BillTo("Garage SA"), BillTo("Łódź Auto", ("ul. 1",), "PL", "PL1234567890", 2300)):
        invoices.write_bill_to("adv_1", kept)
        assert invoices.bill_to("adv_1") == kept
    assert invoices.bill_to("adv_2") == BillTo()
    may, june = (month_of(month, "Europe/Paris") for month in ("2026-05", "2026-06"))
    ledger.post([shown("f1", may[0], 30_000), shown("f2", may[0], 30_000, number=2)])
    taxed = msgspec.structs.replace(draft("2026-05"), tax=Tax(2300))
    assert invoices.issue(draft("2026-05", "adv_2")).tax is None
    first = invoices.issue(taxed)
    assert (first.tax, first.corrects) == (Tax(2300, 10_000), ())
    back = Credit("cmp_1", "k", CreditKind.REFUND, "li_1", "adv_1", 30_000, "EUR", "x", "op", june[0])
    with engine.begin() as connection:
        sql_transfers.write(connection, [posting(back)])
    second = invoices.issue(msgspec.structs.replace(draft("2026-06"), tax=Tax(2300)))
    assert (second.tax, second.corrects) == (Tax(2300, -10_000), (first.number,))
    assert invoices.get(second.number) == second
