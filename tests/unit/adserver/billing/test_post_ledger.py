"""From a beacon to the ledger: exactly once, whatever dies in between."""

import asyncio
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select

from adserver.adapters.tables import ledger_transfers
from adserver.billing.budget import HELD_LIMIT_MS, RESERVATION_TTL_MS, Outcome, shard
from adserver.billing.impression import EventKind
from adserver.billing.ledger import REVENUE
from adserver.billing.record_event import Sent
from tests.adserver.house import BESIDE, avail


async def fill_of(house, avail_id="a1"):
    return (await house.serve(avail(avail_id, house.clock.now()))).fills[0]


async def kinds_posted(house):
    """What is posted now that was not before."""
    found = sorted(event.kind.value for _, _, event in await house.budgets.events(1000))
    assert await house.post() == len(found)
    return found


async def standing(house, campaign):
    item_id = campaign.line_item.line_item_id
    return (await house.budgets.balances([item_id]))[item_id], house.ledger.spent().get(item_id, 0)


async def test_an_impression_is_billed_and_posted_once(house):
    campaign = await house.running()
    fill = await fill_of(house)
    assert await house.record(fill.beacon, "impression") is Outcome.BILLED
    assert await house.record(fill.beacon, "impression") is Outcome.REPEATED
    house.clock.advance(4)
    assert await house.record(fill.beacon, "first-quartile") is Outcome.NOTED
    assert await house.post() == 4  # it was planned and stitched, too
    assert await house.post() == 0
    balance, spent = await standing(house, campaign)
    assert (balance.spent_micros, balance.reserved_micros, spent) == (10_000, 0, 10_000)
    with house.engine.connect() as connection:
        earned = select(ledger_transfers).where(ledger_transfers.c.credit == REVENUE)
        (charge,) = connection.execute(earned).all()
    assert (charge.debit, charge.amount_micros) == (f"advertiser:{campaign.advertiser_id}", 10_000)


async def test_what_comes_before_its_turn_is_held_and_flagged_and_counts_when_its_turn_has_come(house):
    campaign = await house.running()
    fill, started_ms = await fill_of(house), house.clock.now_ms()
    house.clock.advance(20)
    for event in ("complete", "first-quartile"):
        assert await house.record(fill.beacon, event) is Outcome.OUT_OF_ORDER
    assert await house.record(fill.beacon, "complete") is Outcome.REPEATED
    assert await kinds_posted(house) == ["early"]
    assert (await standing(house, campaign))[0].reserved_micros == 10_000
    # The start came late, and what waited for it counts with it; complete waits for what is still missing.
    (answer,) = await house.record.batch([Sent(fill.beacon, "impression", started_ms)])
    assert answer.outcome is Outcome.BILLED
    assert await kinds_posted(house) == ["first-quartile", "impression", "planned", "stitched"]
    house.clock.advance(20)
    assert await house.record(fill.beacon, "third-quartile") is Outcome.OUT_OF_ORDER
    assert await house.record(fill.beacon, "midpoint") is Outcome.NOTED
    assert await kinds_posted(house) == ["complete", "midpoint", "third-quartile"]


async def test_a_crash_after_posting_and_before_dropping_the_stream_posts_once(house, monkeypatch):
    campaign = await house.running()
    for n in range(3):
        await house.record((await fill_of(house, f"a{n}")).beacon, "impression")

    async def dies(_positions):
        raise ConnectionError("the worker was killed")

    with monkeypatch.context() as patch:
        patch.setattr(house.budgets, "posted", dies)
        with pytest.raises(ConnectionError):
            await house.post()
    assert (await standing(house, campaign))[1] == 30_000
    assert await house.post() == 0
    assert (await standing(house, campaign))[1] == 30_000
    assert await house.budgets.events(10) == []


async def test_a_crash_before_posting_loses_nothing(house, monkeypatch):
    campaign = await house.running()
    await house.record((await fill_of(house)).beacon, "impression")

    def dies(_events):
        raise ConnectionError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(house.ledger, "post", dies)
        with pytest.raises(ConnectionError):
            await house.post()
    assert (await standing(house, campaign))[1] == 0
    assert await house.post() == 3
    assert (await standing(house, campaign))[1] == 10_000


async def test_two_workers_posting_at_once_post_once(house):
    campaign = await house.running()
    for n in range(20):
        await house.record((await fill_of(house, f"a{n}")).beacon, "impression")
    assert sum(await asyncio.gather(house.post(), house.post())) == 60
    assert (await standing(house, campaign))[1] == 200_000


async def test_an_expired_claim_is_given_back_and_a_late_beacon_still_pays(house, clock):
    campaign = await house.running()
    fill = await fill_of(house)
    clock.advance(RESERVATION_TTL_MS / 1000 - 1)
    assert await house.release() == 0
    clock.advance(2)
    assert await house.release() == 1
    assert (await standing(house, campaign))[0].reserved_micros == 0
    assert await house.record(fill.beacon, "impression") is Outcome.BILLED
    balance, _ = await standing(house, campaign)
    assert (balance.spent_micros, balance.balanced) == (10_000, True)


async def test_a_claim_is_held_until_a_while_after_its_fill_is_expected(house, clock):
    """The ads of a film are paid for when it is opened, and heard an hour later."""
    campaign = await house.running(budget_micros=1_000_000, cpm_micros=1_000_000_000)
    at = clock.now() + timedelta(hours=1)
    fill = (await house.serve(avail("film-mid-1", clock.now(), expected_at=at))).fills[0]
    clock.advance(3600 + RESERVATION_TTL_MS / 1000 - 1)
    assert await house.release() == 0
    assert (await house.serve(avail("a2", clock.now()))).fills == ()
    assert await house.record(fill.beacon, "impression") is Outcome.BILLED
    assert "expired" not in await kinds_posted(house)
    balance, spent = await standing(house, campaign)
    assert (balance.spent_micros, balance.reserved_micros, spent) == (1_000_000, 0, 1_000_000)


async def test_after_that_it_goes_back_and_a_start_that_comes_later_is_unbilled_and_owed(house, clock):
    campaign = await house.running(budget_micros=1_000_000, cpm_micros=1_000_000_000)
    at = clock.now() + timedelta(hours=1)
    fill = (await house.serve(avail("film-mid-1", clock.now(), expected_at=at))).fills[0]
    clock.advance(3600 + RESERVATION_TTL_MS / 1000 + 1)
    assert await house.release() == 1
    other = await fill_of(house, "a2")
    assert await house.record(fill.beacon, "impression") is Outcome.UNBILLED
    assert house.told["impression", "unbilled"] == 1
    assert await house.record(other.beacon, "impression") is Outcome.BILLED
    assert await house.record(fill.beacon, "impression") is Outcome.UNBILLED
    assert await kinds_posted(house) == ["expired", "impression", "planned", "planned", "stitched"]
    balance, spent = await standing(house, campaign)
    assert (balance.spent_micros, balance.balanced, spent) == (1_000_000, True, 1_000_000)


async def test_no_claim_is_held_for_longer_than_four_hours(house, clock):
    await house.running()
    at = clock.now() + timedelta(hours=9)
    assert (await house.serve(avail("film-mid-1", clock.now(), expected_at=at))).fills
    clock.advance(HELD_LIMIT_MS / 1000 - 1)
    assert await house.release() == 0
    clock.advance(2)
    assert await house.release() == 1


async def test_a_late_beacon_without_money_is_not_counted_either(house, clock):
    campaign = await house.running(budget_micros=1_000_000, cpm_micros=1_000_000_000)
    late = await fill_of(house)
    clock.advance(601)
    await house.release()
    other = await fill_of(house, "a2")
    assert await house.record(late.beacon, "impression") is Outcome.UNBILLED
    assert await house.record(late.beacon, "first-quartile") is Outcome.OUT_OF_ORDER
    assert await house.record(other.beacon, "impression") is Outcome.BILLED
    await house.post()
    assert house.ledger.totals([campaign.line_item.line_item_id]) == {
        campaign.line_item.line_item_id: (1, 1_000_000)
    }
    balance, spent = await standing(house, campaign)
    assert (balance.spent_micros, spent, balance.balanced) == (1_000_000, 1_000_000, True)


async def test_what_was_owed_is_paid_with_what_others_give_back_at_the_time_at_which_it_was_shown(
    house, clock
):
    """The last of a budget: claimed by one in a tunnel, lapsed, claimed by another who never plays it."""
    campaign = await house.running(budget_micros=1_000_000, cpm_micros=1_000_000_000)
    late, shown_ms = await fill_of(house), clock.now_ms()
    clock.advance(601)
    await house.release()
    await fill_of(house, "a2")
    (answer,) = await house.record.batch([Sent(late.beacon, "impression", shown_ms)])
    assert answer.outcome is Outcome.UNBILLED
    assert await house.release() == 0
    assert (await standing(house, campaign))[0].spent_micros == 0
    clock.advance(601)
    assert await house.release() == 1
    await house.post()
    balance, spent = await standing(house, campaign)
    assert (balance.spent_micros, balance.remaining_micros, spent) == (1_000_000, 0, 1_000_000)
    (count,) = [one for one in house.ledger.counts(campaign.line_item.line_item_id) if one.billed_micros]
    assert count.quarter == shown_ms // 900_000
    assert await house.record(late.beacon, "impression") is Outcome.REPLAYED


async def test_what_is_long_finished_is_forgotten(house, clock, aredis):
    await house.running()
    await house.record((await fill_of(house)).beacon, "impression")
    await fill_of(house, "a2")
    clock.advance(700)
    await house.release()
    clock.advance(49 * 3600)
    await house.release()
    left = [await aredis.hlen(key) for key in await aredis.keys("*:claims")]
    left += [await aredis.zcard(key) for key in await aredis.keys("*:due")]
    assert sum(left) == 0


async def test_nothing_precise_is_kept(house, aredis):
    await house.running()
    served = await house.serve(avail(at=house.clock.now(), location=BESIDE))
    await house.record(served.fills[0].beacon, "impression")
    kept = b""
    for key in await aredis.keys("*"):
        match await aredis.type(key):
            case b"string":
                kept += await aredis.get(key)
            case b"hash":
                kept += str(await aredis.hgetall(key)).encode()
            case b"stream":
                kept += str(await aredis.xrange(key)).encode()
    assert b"48.12,-1.68" in kept
    assert b"48.1179" not in kept
    assert b"1.6783" not in kept


async def test_what_can_never_be_posted_is_set_aside_found_and_holds_nothing_up(house, aredis):
    campaign = await house.running()
    fills = [await fill_of(house, f"a{n}") for n in range(3)]
    await house.record(fills[0].beacon, "impression")
    await house.post()
    # As no script ever writes it: a second charge of a fill, and what is no event at all.
    stream = f"{{b{shard(campaign.line_item.line_item_id)}}}:ledger"
    await house.record(fills[1].beacon, "impression")
    told = [event for _, _, event in await house.budgets.events(9) if event.billed_micros]
    wrong = msgspec.structs.replace(told[0], fill_id=fills[0].fill_id, kind=EventKind.CARD_SHOWN)
    await aredis.xadd(stream, {"e": msgspec.msgpack.encode(wrong)})
    await aredis.xadd(stream, {"e": b"\xff"})
    await house.record(fills[2].beacon, "impression")
    assert await house.post() == 6
    assert await house.budgets.events(9) == []
    assert house.ledger.spent() == {campaign.line_item.line_item_id: 30_000}
    assert await aredis.xlen(stream.replace(":ledger", ":refused")) == 2
    assert (await house.audit()).findings == ()
