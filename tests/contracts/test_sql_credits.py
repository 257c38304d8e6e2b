"""Credits on every engine: once by their key, never more than was charged, whoever races for it."""

import threading

import msgspec
import pytest

from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.adapters.sql_credits import SqlCredits
from adserver.adapters.sql_ledger import SqlLedger
from adserver.adapters.tables import metadata
from adserver.billing.credit import Credit, CreditKind, Refusal
from adserver.billing.impression import Event, EventKind
from adserver.booking.advertiser import Advertiser
from adserver.booking.campaign import Campaign, CampaignState, LineItem
from server.engines.database import open_database

ITEM = LineItem("li_1", "cmp_1", "adv_1", "A", 1, 2, 5_000, 1000, "EUR", 50, ("plc_1",))
CAMPAIGN = Campaign("cmp_1", "adv_1", "A", CampaignState.ACTIVE, 1, ITEM)
CREDIT = Credit("cmp_1", "k1", CreditKind.REFUND, "li_1", "adv_1", 100, "EUR", "Silent film", "acc_1", 5)


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request, tmp_path):
    """As the product opens them."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").url.render_as_string(hide_password=False)
    else:
        url = f"sqlite:///{tmp_path / 'credits.db'}"
    opened = open_database(url)
    yield opened
    opened.dispose()


@pytest.fixture
def given(engine) -> SqlCredits:
    metadata.create_all(engine)
    kept = SqlCampaigns(engine)
    kept.add_advertiser(Advertiser("adv_1", "Garage", 1))
    kept.add(CAMPAIGN)
    shown = Event("f1", EventKind.IMPRESSION, "li_1", "adv_1", "", "", "", 1, 450, "EUR")
    SqlLedger(engine).post([shown])
    return SqlCredits(engine)


def raised(by: int, campaign: Campaign = CAMPAIGN) -> Campaign:
    item = msgspec.structs.replace(campaign.line_item, budget_micros=campaign.line_item.budget_micros + by)
    return msgspec.structs.replace(campaign, line_item=item, revision=campaign.revision + 1)


def good(key: str) -> Credit:
    return msgspec.structs.replace(CREDIT, key=key, kind=CreditKind.MAKE_GOOD)


def test_one_comes_back_as_it_went_and_its_key_is_used(given):
    assert given.find("cmp_1", "k1") is None
    assert given.give(CREDIT, CAMPAIGN, CAMPAIGN) == CREDIT
    other = msgspec.structs.replace(CREDIT, amount_micros=1)
    assert given.give(other, CAMPAIGN, CAMPAIGN) == CREDIT
    assert given.find("cmp_1", "k1") == CREDIT
    later = msgspec.structs.replace(CREDIT, key="k2", at_ms=6)
    given.give(later, CAMPAIGN, CAMPAIGN)
    assert given.of("cmp_1") == [later, CREDIT]
    assert given.of("cmp_2") == []


def test_a_make_good_raises_the_order_of_the_revision_that_it_was_read_at(given, engine):
    assert given.give(good("k1"), CAMPAIGN, raised(100)) == good("k1")
    assert given.give(good("k2"), CAMPAIGN, raised(100)) is Refusal.CAMPAIGN_CHANGED
    now = SqlCampaigns(engine).get("cmp_1", None)
    assert (now.line_item.budget_micros, now.revision) == (5_100, 2)
    nowhere = msgspec.structs.replace(CREDIT, campaign_id="cmp_9")
    assert given.give(nowhere, CAMPAIGN, CAMPAIGN) is Refusal.CAMPAIGN_CHANGED


def test_races_give_a_key_once_and_never_more_than_was_charged(given):
    found: list[Credit | Refusal] = []

    def give(number: int) -> None:
        mine = msgspec.structs.replace(CREDIT, key=f"k{number // 2}")
        found.append(given.give(mine, CAMPAIGN, CAMPAIGN))

    threads = [threading.Thread(target=give, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    assert len(given.of("cmp_1")) == 4  # of 450 that were charged, 100 each
    assert len({one.key for one in found if isinstance(one, Credit)}) == 4
    assert found.count(Refusal.EXCEEDS_CHARGES) == 4
