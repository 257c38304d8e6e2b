"""A beacon is believed only if it is genuine, fresh and fits its fill."""

import base64
from datetime import timedelta

import pytest

from adserver.adapters.siv_sealer import SivSealer
from adserver.billing.budget import Outcome
from adserver.billing.record_event import Sent
from kernel.errors import Forbidden, Invalid, NotFound
from kernel.signing import Signer
from tests.adserver.house import avail, card_avail


async def beacon_of(house, *, card=False):
    await house.running()
    made = card_avail("c1", house.clock.now()) if card else avail("a1", house.clock.now())
    return (await house.serve(made)).fills[0].beacon


async def refused(house, token, event, kind, code):
    with pytest.raises(kind) as caught:
        await house.record(token, event)
    assert caught.value.code == code
    assert caught.value.fix
    assert await house.budgets.events(10) == []


async def test_forged_beacons_change_nothing(house):
    token = await beacon_of(house)
    payload = house.sealer.unseal("beacon", token)
    other = SivSealer([b"x" * 32]).seal("beacon", payload)
    lease = house.sealer.seal("lease", payload)
    nonsense = house.sealer.seal("beacon", b"AAAA")
    readable = Signer([b"h" * 32]).sign("beacon", token)
    for forged in (
        "",
        ".",
        "x",
        readable,
        f"{token}A",
        f"{token[:-5]}A{token[-4:]}" if token[-5] != "A" else f"{token[:-5]}B{token[-4:]}",
        f"{token}\n",
        other,
        lease,
        nonsense,
        token[:-1],
        "é" * 9,
    ):
        await refused(house, forged, "impression", Forbidden, "beacon-invalid")


async def test_a_beacon_counts_for_a_day(house, clock):
    token = await beacon_of(house)
    clock.advance(86_400)
    await refused(house, token, "impression", Forbidden, "beacon-expired")


@pytest.mark.parametrize(
    ("card", "event"),
    [(False, "card-shown"), (True, "impression"), (True, "complete"), (False, "viewed"), (False, "")],
)
async def test_an_event_must_fit_the_fill(house, card, event):
    await refused(house, await beacon_of(house, card=card), event, NotFound, "event-unknown")


async def test_a_token_is_short_enough_for_a_path_and_says_nothing_of_the_vehicle(house):
    token = await beacon_of(house)
    assert len(token) < 400
    told = house.sealer.unseal("beacon", token)
    assert b"car1" not in told
    # What it says of money and place is for us alone.
    sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert b"48.12,-1.68" in told
    for word in (b"48.12", b"EUR", b"adv_", b"li_"):
        assert word in told
        assert word not in sealed


def sent(fill, event, at_ms=None):
    return Sent(fill.beacon, event, at_ms)


async def spot(house, **changes):
    """A fill of 8 segments (15.36 s) in a break that begins in 20 s."""
    await house.running(card=False)
    at = house.clock.now() + timedelta(seconds=20)
    return (await house.serve(avail("a1", house.clock.now(), starts_at=at, **changes))).fills[0]


async def test_both_ways_to_call_an_event_are_one(house):
    fill = await spot(house)
    house.clock.advance(20)
    assert await house.record(fill.beacon, "start") is Outcome.BILLED
    assert await house.record(fill.beacon, "impression") is Outcome.REPEATED
    house.clock.advance(15)
    assert await house.record(fill.beacon, "firstQuartile") is Outcome.NOTED
    assert await house.record(fill.beacon, "first-quartile") is Outcome.REPEATED
    for event in ("skip", "mute", "error", "tap"):
        assert await house.record(fill.beacon, event) is Outcome.NOTED


async def test_a_start_before_the_break_is_implausible_and_told_apart_once(house):
    fill = await spot(house)
    for _ in range(2):
        assert await house.record(fill.beacon, "start") is Outcome.IMPLAUSIBLE
    assert [event.kind.value for _, _, event in await house.budgets.events(9)] == ["implausible"]
    house.clock.advance(15)  # clocks may differ by five seconds
    assert await house.record(fill.beacon, "start") is Outcome.BILLED


async def test_a_quartile_that_comes_too_soon_is_implausible_until_it_can_be_true(house):
    fill = await spot(house)
    house.clock.advance(21)
    await house.record(fill.beacon, "start")
    # A player may run up to a quarter faster, and tell of the start two seconds late.
    await house.record(fill.beacon, "firstQuartile")
    for seconds, event, said in (
        (1.0, "firstQuartile", Outcome.IMPLAUSIBLE),
        (0.1, "firstQuartile", Outcome.NOTED),
        (3.0, "midpoint", Outcome.IMPLAUSIBLE),
        (0.1, "midpoint", Outcome.NOTED),
        (0.0, "complete", Outcome.IMPLAUSIBLE),
        (15.0, "thirdQuartile", Outcome.NOTED),
        (0.0, "complete", Outcome.NOTED),
    ):
        house.clock.advance(seconds)
        assert await house.record(fill.beacon, event) is said, (event, seconds)


async def test_long_after_its_break_a_beacon_is_refused_by_its_name(house):
    fill = await spot(house)
    house.clock.advance(20 + 16 * 1.92 + 600)
    assert await house.record(fill.beacon, "start") is Outcome.BILLED
    house.clock.advance(1)
    with pytest.raises(Forbidden) as caught:
        await house.record(fill.beacon, "midpoint")
    assert (caught.value.code, bool(caught.value.fix)) == ("event-too-late", True)
    assert house.told["unknown", "event-too-late"] == 1


async def test_a_tunnel_costs_nothing(house):
    fill = await spot(house)
    house.clock.advance(20)
    starts_ms = house.clock.now_ms()
    house.clock.advance(3 * 3600)
    times = {
        "complete": 15_360,
        "midpoint": 7_680,
        "start": 0,
        "thirdQuartile": 11_520,
        "firstQuartile": 3_840,
    }
    answers = await house.record.batch([sent(fill, name, starts_ms + ms) for name, ms in times.items()])
    assert [answer.event_id for answer in answers] == [f"{fill.fill_id}:{name}" for name in times]
    assert {answer.outcome for answer in answers} == {Outcome.BILLED, Outcome.NOTED}
    posted = {event.kind.value: event.at_ms - starts_ms for _, _, event in await house.budgets.events(99)}
    assert [posted[name] for name in ("impression", "midpoint", "complete")] == [0, 7_680, 15_360]


@pytest.mark.parametrize("wrong_by_ms", [-86_400_000, -60_000, 60_000, 10**12])
async def test_a_clock_that_is_wrong_is_put_right_by_when_it_was_sent(house, wrong_by_ms):
    fill = await spot(house)
    house.clock.advance(20)
    told_ms = house.clock.now_ms() + wrong_by_ms
    house.clock.advance(100)
    (answer,) = await house.record.batch([sent(fill, "start", told_ms)], told_ms + 100_000)
    assert answer.outcome is Outcome.BILLED
    (billed,) = [event for _, _, event in await house.budgets.events(9) if event.billed_micros]
    assert billed.at_ms == house.clock.now_ms() - 100_000


async def test_each_event_of_a_batch_has_its_own_answer(house):
    fill = await spot(house)
    house.clock.advance(20)
    now_ms = house.clock.now_ms()
    answers = await house.record.batch(
        [
            sent(fill, "start"),
            Sent("forged", "start"),
            sent(fill, "viewed"),
            sent(fill, "start", now_ms + 6_000),
            sent(fill, "complete"),
            sent(fill, "start"),
        ]
    )
    said = [answer.refused.code if answer.refused else answer.outcome.value for answer in answers]
    assert said == [
        "billed",
        "beacon-invalid",
        "event-unknown",
        "event-in-future",
        "implausible",
        "repeated",
    ]
    with pytest.raises(Invalid) as caught:
        await house.record.batch([sent(fill, "start")] * 201)
    assert caught.value.code == "too-many-events"


async def test_sent_twice_is_not_played_twice(house):
    fill = await spot(house)
    house.clock.advance(20)
    await house.record(fill.beacon, "start")
    house.clock.advance(120)
    assert await house.record(fill.beacon, "start") is Outcome.REPEATED
    house.clock.advance(1)
    assert await house.record(fill.beacon, "start") is Outcome.REPLAYED


async def test_what_is_given_up_frees_its_budget_and_nothing_is_believed_after_it(house):
    fill = await spot(house)
    item_id = fill.line_item_id
    assert (await house.budgets.balances([item_id]))[item_id].reserved_micros == 10_000
    house.clock.advance(16)
    assert await house.record(fill.beacon, "notUsed") is Outcome.NOTED
    balance = (await house.budgets.balances([item_id]))[item_id]
    assert (balance.reserved_micros, balance.remaining_micros) == (0, balance.budget_micros)
    for event in ("start", "complete", "tap"):
        assert await house.record(fill.beacon, event) is Outcome.CONTRADICTED
    assert await house.record(fill.beacon, "notUsed") is Outcome.REPEATED
    house.clock.advance(601)
    assert await house.release() == 0
    kinds = [event.kind.value for _, _, event in await house.budgets.events(99)]
    assert kinds == ["planned", "not-used"]


async def test_what_was_shown_cannot_be_given_up(house):
    fill = await spot(house)
    house.clock.advance(20)
    await house.record(fill.beacon, "start")
    assert await house.record(fill.beacon, "notUsed") is Outcome.CONTRADICTED


async def test_what_a_driver_does_counts_only_of_what_was_shown(house):
    answers = ["tap", "navigate", "call", "coupon-saved"]
    token = await beacon_of(house, card=True)
    for event in answers:
        assert await house.record(token, event) is Outcome.OUT_OF_ORDER
    assert await house.record(token, "navigate") is Outcome.REPEATED
    assert [event.kind.value for _, _, event in await house.budgets.events(99)] == ["early"]
    house.clock.advance(1)
    assert await house.record(token, "card-shown") is Outcome.BILLED
    found = {event.kind.value: event.billed_micros for _, _, event in await house.budgets.events(99)}
    assert found == dict.fromkeys(["early", "card-planned", *answers], 0) | {"card-shown": 10_000}
    assert await house.record(token, "call") is Outcome.REPEATED


async def test_what_a_driver_does_with_the_card_beside_a_spot_needs_its_start(house):
    fill = await spot(house)
    house.clock.advance(20)
    assert await house.record(fill.beacon, "coupon-saved") is Outcome.OUT_OF_ORDER
    assert await house.record(fill.beacon, "error") is Outcome.NOTED  # it may well fail before it starts
    await house.record(fill.beacon, "start")
    assert await house.record(fill.beacon, "skip") is Outcome.NOTED
    await house.post()
    total = (await house.report(None, house.read(None)[0].campaign_id)).total
    assert (total.coupons, total.skips, total.errors, total.navigations, total.held) == (1, 1, 1, 0, 0)
