"""However it is sliced, and in whatever order it was told: delivery adds up to what the ledger has."""

from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, func, select

from adserver.adapters.sql_ledger import SqlLedger
from adserver.adapters.tables import fill_events, ledger_transfers, metadata
from adserver.billing.delivery import By, Wish, added, by_key, by_time, fold
from adserver.billing.impression import SHOWN, Event, EventKind
from adserver.billing.report import by_day, total

AROUND_MS = 1_793_000_000_000  # a day before clocks go back in Europe, 2026
EVENTS = st.lists(
    st.builds(
        Event,
        fill_id=st.integers(0, 40).map("fil_{}".format),
        kind=st.sampled_from([*SHOWN, EventKind.COMPLETE, EventKind.TAP, EventKind.EXPIRED]),
        line_item_id=st.sampled_from(["li_1", "li_1", "li_2"]),
        advertiser_id=st.just("adv"),
        creative_id=st.sampled_from(["crv_1", "crv_2"]),
        place_id=st.sampled_from(["", "plc_1", "plc_2", "plc_3"]),
        cell=st.just("48.11,-1.68"),
        at_ms=st.integers(AROUND_MS, AROUND_MS + 3 * 86_400_000),
        billed_micros=st.just(0),
        currency=st.just("EUR"),
    ),
    max_size=60,
)
ZONES = st.sampled_from(["Europe/Paris", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana", "UTC"])


def priced(events: list[Event]) -> list[Event]:
    """Each fill bills once, by its first showing."""
    seen: set[str] = set()
    found = []
    for event in events:
        if event.kind in SHOWN:
            if event.fill_id in seen:
                continue
            seen.add(event.fill_id)
            event = Event(
                **{name: getattr(event, name) for name in Event.__struct_fields__}
                | {"billed_micros": 7 + len(seen)}
            )
        found.append(event)
    return found


@settings(max_examples=40)
@given(EVENTS, ZONES, st.randoms())
def test_every_slicing_adds_up_to_the_ledger(events, zone, chance):
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    ledger, told = SqlLedger(engine), priced(events)
    chance.shuffle(told)
    for event in told:
        ledger.post([event])
    ledger.post(told)
    counts = ledger.counts("li_1")
    slicings = [by_time(counts, Wish(by), ZoneInfo(zone)) for by in (By.DAY, By.HOUR)]
    for by in (By.PLACE, By.CREATIVE):
        rows = by_key(ledger.tallies("li_1", by), lambda key: key)
        slicings += [rows, fold(rows)]
    with engine.connect() as connection:
        mine = ledger_transfers.c.line_item_id == "li_1"
        charged = (
            connection.execute(select(func.sum(ledger_transfers.c.amount_micros)).where(mine)).scalar() or 0
        )
        kept = select(func.count()).where(fill_events.c.line_item_id == "li_1", fill_events.c.kind.in_(SHOWN))
        shown = connection.execute(kept).scalar()
    running = ledger.spent().get("li_1", 0)
    engine.dispose()
    for slices in slicings:
        whole = added(slices)
        assert (whole.spent_micros, whole.shown) == (charged, shown)
        assert len({one.key for one in slices}) == len(slices)
    days = by_day(counts, [], zone)
    assert total(days).spent_micros == charged == running
