"""Others' tags on every engine: a call is left by the transaction that counts, and claimed by one."""

import threading
from itertools import islice

import pytest

from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.adapters.sql_ledger import SqlLedger
from adserver.adapters.sql_tags import SqlTags
from adserver.adapters.tables import metadata
from adserver.billing.impression import Event, EventKind
from adserver.booking.advertiser import Advertiser
from adserver.booking.campaign import Campaign, CampaignState, Creative, CreativeState, LineItem
from adserver.vast.ports import Call
from adserver.vast.reading import Tracker
from kernel.errors import Conflict

ITEM = LineItem("li_1", "cmp_1", "adv_1", "A", 1, 2, 5_000, 1000, "EUR", 50, ("plc_1",))
CAMPAIGN = Campaign("cmp_1", "adv_1", "A", CampaignState.ACTIVE, 1, ITEM)
TRACKERS = (
    Tracker("impression", "https://a"),
    Tracker("tap", "https://b"),
    Tracker("impression", "https://c"),
)


def creative(name: str, created_ms: int = 1, **changes: object) -> Creative:
    values = {
        "formats": frozenset(),
        "state": CreativeState.PREPARING,
        "tag_url": "https://tag",
        "asset_id": "",
    }
    return Creative(
        name,
        "li_1",
        "cmp_1",
        "adv_1",
        name,
        headline="H",
        body="",
        created_ms=created_ms,
        **(values | changes),
    )


def event(fill_id: str, kind: EventKind, made: str = "crv_1", at_ms: int = 5, billed: int = 0) -> Event:
    return Event(fill_id, kind, "li_1", "adv_1", made, "", "", at_ms, billed, "EUR")


@pytest.fixture
def kept(engine) -> SqlCampaigns:
    metadata.create_all(engine)
    found = SqlCampaigns(engine)
    found.add_advertiser(Advertiser("adv_1", "A", 1))
    found.add(CAMPAIGN)
    return found


@pytest.fixture
def tags(engine, kept) -> SqlTags:
    return SqlTags(engine)


def claimed(tags, now_ms: int, until_ms: int) -> list[str]:
    """All that are due."""
    found = iter(lambda: tags.claim_tag(now_ms, until_ms), None)
    return [one.creative_id for one in islice(found, 100)]


def test_tags_are_claimed_for_a_while_those_first_that_were_never_asked(kept, tags):
    for one in (
        creative("crv_2", 2),
        creative("crv_1", 1),
        creative("crv_3", 3, asset_id="ast_1"),
        creative("crv_4", 4, tag_url=""),
        creative("crv_5", 5, state=CreativeState.WITHDRAWN),
    ):
        kept.add_creative(one)
    assert tags.claim_tag(100, 200) == creative("crv_1", 1)
    assert claimed(tags, 100, 300) == ["crv_2"]
    assert claimed(tags, 199, 300) == []
    kept.add_creative(creative("crv_6", 6))
    assert claimed(tags, 200, 400) == ["crv_6", "crv_1"]
    assert claimed(tags, 300, 400) == ["crv_2"]


def test_each_tag_is_claimed_by_one_whoever_races_for_it(engine, kept, tags):
    for number in range(20):
        kept.add_creative(creative(f"crv_{number}", number))
    found: list[str] = []
    start = threading.Barrier(4)

    def claim() -> None:
        start.wait()
        found.extend(claimed(SqlTags(engine), 100, 200))

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(found) == sorted(f"crv_{number}" for number in range(20))


def test_it_is_resolved_once(kept, tags):
    kept.add_creative(creative("crv_1"))
    taken = creative("crv_1", asset_id="ast_1")
    assert tags.claim_tag(1, 2) == creative("crv_1")
    assert tags.resolve(taken, TRACKERS)
    assert kept.creative("crv_1") == taken
    assert not tags.resolve(creative("crv_1", asset_id="ast_2"), TRACKERS)
    assert claimed(tags, 10, 20) == []


def test_one_that_is_given_up_leaves_calls_once(kept, tags):
    kept.add_creative(creative("crv_1"))
    failed = creative("crv_1", state=CreativeState.FAILED, reasons=("tag-empty",))
    assert tags.fail(failed, ["https://e/1", "https://e/2"], 7)
    assert kept.creative("crv_1") == failed
    assert not tags.fail(failed, ["https://e/3"], 8)
    told = [Call("crv_1", "error", 0, "https://e/1"), Call("crv_1", "error", 1, "https://e/2")]
    assert tags.claim(10, 10, {}) == told
    assert claimed(tags, 10, 20) == []


def test_calls_are_left_by_new_events_alone(engine, kept, tags):
    kept.add_creative(creative("crv_1"))
    tags.resolve(creative("crv_1", asset_id="ast_1"), TRACKERS)
    ledger = SqlLedger(engine)
    shown = event("fil_1", EventKind.IMPRESSION)
    assert ledger.post([shown, event("fil_2", EventKind.IMPRESSION, "crv_9"), shown]) == 2
    assert ledger.post([shown]) == 0
    assert sorted(call.url for call in tags.claim(10, 10, {})) == ["https://a", "https://c"]
    ledger.post([event("fil_1", EventKind.TAP), event("fil_1", EventKind.PLANNED)])
    (call,) = tags.claim(10, 10, {})
    assert call == Call("fil_1", "tap", 1, "https://b")
    tags.settle(call, "told")
    assert tags.claim(10, 10, {}) == []
    assert tags.expire(5) == 0
    assert tags.expire(6) == 3


def test_what_the_ledger_refuses_leaves_no_call(engine, kept, tags):
    kept.add_creative(creative("crv_1"))
    tags.resolve(creative("crv_1", asset_id="ast_1"), TRACKERS)
    ledger = SqlLedger(engine)
    ledger.post([event("fil_1", EventKind.CARD_SHOWN, "crv_9", billed=10)])
    with pytest.raises(Conflict):  # a second charge of one fill
        ledger.post([event("fil_1", EventKind.IMPRESSION, billed=10)])
    assert tags.claim(10, 10, {}) == []


def test_each_call_is_claimed_by_one_whoever_races_for_it(engine, kept, tags):
    kept.add_creative(creative("crv_1"))
    tags.resolve(creative("crv_1", asset_id="ast_1"), TRACKERS)
    SqlLedger(engine).post([event(f"fil_{n}", EventKind.TAP, at_ms=n) for n in range(40)])
    found: list[Call] = []
    start = threading.Barrier(4)

    def claim() -> None:
        start.wait()
        while some := SqlTags(engine).claim(5, 5, {}):
            found.extend(some)

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == len({call.fill_id for call in found}) == 40


def test_few_are_claimed_of_one_server_and_none_where_it_is_busy(engine, kept, tags):
    kept.add_creative(creative("crv_1"))
    slow = [Tracker("tap", f"https://slow.example/{n}") for n in range(6)]
    quick = [Tracker("tap", "https://quick.example?x"), Tracker("tap", "https://slow_example/")]
    tags.resolve(creative("crv_1", asset_id="ast_1"), [*slow, *quick])
    SqlLedger(engine).post([event("fil_1", EventKind.TAP)])
    first = tags.claim(8, 2, {"https://slow.example": 1})
    assert sorted(call.server for call in first) == [
        "https://quick.example", "https://slow.example", "https://slow_example",
    ]  # fmt: skip
    assert tags.claim(8, 2, {"https://slow.example": 2}) == []
    assert tags.claim(0, 2, {}) == []
    assert len(tags.claim(8, 10, {})) == 5
