"""The ad server's SQL, on every engine."""

import threading

import msgspec
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.adapters.sql_coupons import SqlCoupons
from adserver.adapters.sql_ledger import SqlLedger
from adserver.adapters.tables import ledger_transfers, metadata
from adserver.billing.impression import CountedFill, Event, EventKind
from adserver.billing.ledger import REVENUE
from adserver.billing.report import Count
from adserver.booking.advertiser import Advertiser
from adserver.booking.campaign import (
    Campaign,
    CampaignState,
    Category,
    Creative,
    CreativeState,
    LineItem,
    Priority,
    Rotation,
)
from adserver.booking.cap import FrequencyCap, Per
from adserver.booking.room import Booked
from adserver.booking.targeting import Bounds, Day, Daypart, Targeting
from adserver.coupons.coupon import Coupon
from adserver.serving.avail import Format
from kernel.errors import Conflict, Invalid

HOUR_MS = 3_600_000


@pytest.fixture
def campaigns(engine: Engine) -> SqlCampaigns:
    metadata.create_all(engine)
    kept = SqlCampaigns(engine)
    for name in ("a", "b"):
        kept.add_advertiser(Advertiser(f"adv_{name}", f"Advertiser {name}", 1))
    return kept


@pytest.fixture
def ledger(engine: Engine) -> SqlLedger:
    metadata.create_all(engine)
    return SqlLedger(engine)


def campaign(number: int, advertiser: str = "a", ends_ms: int = 10**12) -> Campaign:
    item = LineItem(
        line_item_id=f"li_{number}",
        campaign_id=f"cmp_{number}",
        advertiser_id=f"adv_{advertiser}",
        name=f"Été n° {number} 🚗",
        starts_ms=1,
        ends_ms=ends_ms,
        budget_micros=10**15,
        cpm_micros=12_345_678,
        currency="EUR",
        radius_m=200_000,
        place_ids=tuple(f"plc_{n}" for n in range(20_000)) if number == 1 else ("plc_1",),
        category=Category.HOTEL,
        rotation=Rotation.SEQUENCE,
        targeting=Targeting(
            (Daypart((Day.MON,), "22:00", "02:00"),), models=("Mégane",), charge_percent=Bounds(5, 30)
        ),
        priority=Priority.HOUSE,
        caps=(FrequencyCap(3, 60), FrequencyCap(9, per=Per.LIFE)),
        exclusions=(Category.FUEL, Category.CHARGING),
        markets=("FR", "DE"),
    )
    return Campaign(item.campaign_id, item.advertiser_id, item.name, CampaignState.ACTIVE, number, item)


def creative(number: int, campaign_number: int = 1, **changes) -> Creative:
    made = Creative(
        f"crv_{number}",
        f"li_{campaign_number}",
        f"cmp_{campaign_number}",
        "adv_a",
        "Spot",
        frozenset({Format.VIDEO, Format.AUDIO}),
        CreativeState.PREPARING,
        "Tête d’affiche",
        "",
        number,
        asset_id="ast_1",
    )
    return msgspec.structs.replace(made, **changes)


def event(
    fill: str, kind=EventKind.IMPRESSION, item: str = "li_1", at_ms: int = HOUR_MS, micros: int = 100
) -> Event:
    return Event(fill, kind, item, "adv_a", "crv_1", "plc_1", "48.11,-1.68", at_ms, micros, "EUR")


def test_a_campaign_comes_back_as_it_went(campaigns):
    kept = campaign(1)
    campaigns.add(kept)
    campaigns.add_creative(creative(1))
    campaigns.add_creative(creative(2, formats=frozenset(), reasons=("media-too-long", "x")))
    assert campaigns.get("cmp_1", "adv_a") == msgspec.structs.replace(
        kept, creatives=(creative(1), creative(2, formats=frozenset(), reasons=("media-too-long", "x")))
    )


def test_a_card_comes_with_its_coupon_or_not_at_all(campaigns, engine):
    campaigns.add(campaign(1))
    taken, codes = creative(1), ["OWN-0001-A", "OWN-0002-B"]
    campaigns.add_creative(taken)
    coupon = Coupon("crv_1", "li_1", "cmp_1", "adv_a", "Wash", "", 10**12, 2, 1, pooled=True)
    # Whatever keeps the card from being kept.
    with pytest.raises(IntegrityError):
        campaigns.add_creative(taken, coupon, codes)
    assert SqlCoupons(engine).get("crv_1") is None
    campaigns.add_creative(creative(2), msgspec.structs.replace(coupon, coupon_id="crv_2"), codes)
    with pytest.raises(Invalid, match="coupon-codes-taken"):
        campaigns.add_creative(creative(3), msgspec.structs.replace(coupon, coupon_id="crv_3"), codes)
    assert [one.creative_id for one in campaigns.get("cmp_1", None).creatives] == ["crv_1", "crv_2"]


def test_an_advertiser_comes_back_as_it_went(campaigns):
    house = Advertiser("adv_h", "Roadcast", 1, "CHF", "Europe/Zurich", Category.CHARGING, True)
    campaigns.add_advertiser(house)
    assert campaigns.advertiser("adv_h") == house


def test_another_advertiser_finds_nothing(campaigns):
    campaigns.add(campaign(1))
    assert campaigns.get("cmp_1", "adv_b") is None
    assert campaigns.get("cmp_1", "") is None
    assert campaigns.newest("adv_b", 10) == []
    assert campaigns.get("cmp_1", None) is not None


def test_the_newest_come_first_and_no_more_than_asked(campaigns):
    for number in (2, 3, 4):
        campaigns.add(campaign(number, "b" if number == 3 else "a"))
    assert [c.campaign_id for c in campaigns.newest(None, 2)] == ["cmp_4", "cmp_3"]
    assert [c.campaign_id for c in campaigns.newest("adv_a", 9)] == ["cmp_4", "cmp_2"]


def test_what_is_over_is_not_bookable(campaigns):
    campaigns.add(campaign(2, ends_ms=1000))
    campaigns.add(campaign(3, ends_ms=1001))
    assert [(c.campaign_id, a.name) for c, a in campaigns.bookable(1000)] == [("cmp_3", "Advertiser a")]


def test_what_an_advertiser_has_booked_that_is_not_over(campaigns):
    assert campaigns.booked("adv_a", 1000) == Booked()
    campaigns.add(campaign(1, ends_ms=2000))
    two = campaign(2, ends_ms=1001)
    two = msgspec.structs.replace(
        two, line_item=msgspec.structs.replace(two.line_item, area_ids=("ar_1", "ar_2"))
    )
    campaigns.add(two)
    campaigns.add(campaign(3, ends_ms=1000))
    campaigns.add(campaign(4, "b", ends_ms=2000))
    assert campaigns.booked("adv_a", 1000) == Booked(2, 20_003)
    assert campaigns.booked("adv_a", 1000, but="cmp_1") == Booked(1, 3)
    assert campaigns.move("cmp_2", CampaignState.ACTIVE, CampaignState.ENDED)
    assert campaigns.booked("adv_a", 1000) == Booked(1, 20_000)


def test_a_state_moves_only_from_where_it_was(campaigns):
    campaigns.add(campaign(1))
    assert campaigns.move("cmp_1", CampaignState.ACTIVE, CampaignState.PAUSED)
    assert not campaigns.move("cmp_1", CampaignState.ACTIVE, CampaignState.ENDED)
    assert campaigns.get("cmp_1", None).state is CampaignState.PAUSED


def test_a_creative_is_replaced_only_in_the_state_it_had(campaigns):
    campaigns.add(campaign(1))
    campaigns.add_creative(creative(1))
    ready = creative(1, state=CreativeState.APPROVED, segments=8)
    assert campaigns.replace_creative(ready, CreativeState.PREPARING)
    assert not campaigns.replace_creative(creative(1), CreativeState.PREPARING)
    assert campaigns.creative("crv_1") == ready
    assert campaigns.creatives_in(CreativeState.PREPARING, 5) == []
    assert campaigns.creatives_in(CreativeState.APPROVED, 5) == [ready]
    assert campaigns.creative("crv_9") is None


def test_events_post_once_and_balance(ledger, engine):
    events = [
        event("f1"),
        event("f2", micros=0),
        event("f1", EventKind.TAP, micros=0),
        event("f3", item="li_2"),
    ]
    assert ledger.post(events) == 4
    assert ledger.post([*events, event("f4")]) == 1
    assert ledger.spent() == {"li_1": 200, "li_2": 100}
    assert ledger.totals(["li_1", "li_2", "li_9"]) == {"li_1": (3, 200), "li_2": (1, 100)}
    with engine.connect() as connection:
        rows = connection.execute(select(ledger_transfers)).all()
    assert {(row.debit, row.credit) for row in rows} == {("advertiser:adv_a", REVENUE)}
    posted = sorted((row.event_id, row.line_item_id, row.amount_micros) for row in rows)
    assert posted == [("f1", "li_1", 100), ("f3", "li_2", 100), ("f4", "li_1", 100)]


def ordered(engine) -> int:
    """What the ledger says is ordered of line item 2."""
    with engine.connect() as connection:
        rows = connection.execute(select(ledger_transfers)).all()
    assert {account for row in rows for account in (row.debit, row.credit)} <= {
        "committed:adv_a",
        "budget:li_2",
    }
    return sum(row.amount_micros if row.credit == "budget:li_2" else -row.amount_micros for row in rows)


def test_what_is_ordered_is_in_the_ledger_with_the_record(campaigns, engine):
    booked = campaign(2)
    campaigns.add(booked)
    assert ordered(engine) == 10**15
    for budget in (10**15 + 7, 5, 5):
        item = msgspec.structs.replace(booked.line_item, budget_micros=budget)
        after = msgspec.structs.replace(booked, line_item=item, revision=booked.revision + 1)
        assert campaigns.edit(booked, after, "acc", 3)
        assert not campaigns.edit(booked, after, "acc", 3)
        assert ordered(engine) == budget
        booked = after
    assert campaigns.get("cmp_2", None).line_item.budget_micros == 5
    assert not campaigns.remove(campaign(2), "acc", 4)  # it has changed since it was read
    assert ordered(engine) == 5
    assert campaigns.remove(booked, "acc", 4)
    assert campaigns.remove(booked, "acc", 4)
    assert ordered(engine) == 0


def test_the_same_event_twice_in_one_batch_is_one(ledger):
    assert ledger.post([event("f1"), event("f1")]) == 1
    assert ledger.spent() == {"li_1": 100}


def test_a_large_batch(ledger):
    events = [event(f"f{n}", micros=10**12) for n in range(4321)]
    assert ledger.post(events) == 4321
    assert ledger.post([*events, event("g")]) == 1
    assert ledger.post([]) == 0
    assert ledger.spent() == {"li_1": 4321 * 10**12 + 100}


def test_a_second_charge_of_one_fill_is_refused_and_nothing_of_its_batch_is_kept(ledger):
    ledger.post([event("f1")])
    with pytest.raises(Conflict):
        ledger.post([event("f2"), event("f1", EventKind.CARD_SHOWN)])
    assert ledger.totals(["li_1"]) == {"li_1": (1, 100)}
    assert ledger.spent() == {"li_1": 100}


def test_posting_from_many_at_once_posts_once(ledger):
    events = [event(f"f{n}") for n in range(60)]
    new = []
    threads = [threading.Thread(target=lambda: new.append(ledger.post(events))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(new) == 60
    assert ledger.spent() == {"li_1": 6000}


def test_counts_by_quarter_hour(ledger):
    quarter = 900_000
    ledger.post(
        [
            event("f1", at_ms=5 * quarter),
            event("f2", at_ms=6 * quarter - 1),
            event("f3", at_ms=6 * quarter),
            event("f3", EventKind.COMPLETE, at_ms=6 * quarter, micros=0),
        ]
    )
    assert sorted(ledger.counts("li_1"), key=lambda count: (count.quarter, count.kind)) == [
        Count(5, EventKind.IMPRESSION, 2, 200),
        Count(6, EventKind.COMPLETE, 1, 0),
        Count(6, EventKind.IMPRESSION, 1, 100),
    ]


def test_what_expired_and_was_played_after_all_is_not_unplayed(ledger):
    def expired(fill: str) -> Event:
        return msgspec.structs.replace(event(fill, EventKind.EXPIRED, micros=0), released_micros=70)

    ledger.post([expired("f1"), expired("f2"), expired("f3"), event("f4", EventKind.EARLY, micros=0)])
    ledger.post([event("f2"), event("f3", EventKind.CARD_SHOWN), event("f5", EventKind.EARLY, micros=0)])
    ledger.post([event("f5"), event("f6", EventKind.PLANNED, micros=0)])
    quarter = HOUR_MS // 900_000
    assert sorted(ledger.unplayed("li_1"), key=lambda count: count.kind) == [
        Count(quarter, EventKind.EARLY, 1),
        Count(quarter, EventKind.EXPIRED, 1, 0, 70),
    ]
    assert ledger.unplayed("li_2") == []


def test_what_was_counted_lately(ledger):
    ledger.post([event("f1", at_ms=1), event("f2", at_ms=5), event("f2", EventKind.TAP, at_ms=6, micros=0)])
    ledger.post([event("f3", EventKind.CARD_SHOWN, item="li_2", at_ms=7)])
    lately = {
        "li_1": [CountedFill("f2", 100, frozenset({EventKind.IMPRESSION, EventKind.TAP}))],
        "li_2": [CountedFill("f3", 100, frozenset({EventKind.CARD_SHOWN}))],
    }
    assert ledger.counted_since(5, 5) == lately
    # Of what was saved the showing is told, too, however long ago that was.
    ledger.post([event("f1", EventKind.COUPON_SAVED, at_ms=2, micros=0)])
    saved = CountedFill("f1", 100, frozenset({EventKind.IMPRESSION, EventKind.COUPON_SAVED}))
    assert ledger.counted_since(5, 5) == lately
    assert {one.fill_id: one for one in ledger.counted_since(5, 2)["li_1"]}["f1"] == saved
