"""Which of several creatives is shown: by weight, or in sequence for each car."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.booking.arrange_creative import Arrangement
from adserver.booking.campaign import Creative, CreativeState, Rotation
from adserver.booking.cap import FrequencyCap
from adserver.booking.submit_creative import Submission
from adserver.serving.avail import Format
from adserver.serving.rotation import drawn, turned
from tests.adserver.house import card_avail


def creative(name, weight=1, position=0, segments=8):
    return Creative(
        name, "li", "cmp", "adv", "n", frozenset({Format.AUDIO}), CreativeState.APPROVED, "h", "", 0,
        asset_id="a", segments=segments, weight=weight, position=position,
    )  # fmt: skip


def test_each_is_drawn_as_often_as_its_weight():
    both = [creative("a", 1), creative("b", 3)]
    found = [drawn(both, f"{n / 4000}:li").creative_id for n in range(4000)]
    assert 900 < found.count("a") < 1100  # 1000, and five times the deviation of 27 is 137


@given(weights=st.lists(st.integers(1, 100), min_size=1, max_size=20), ticket=st.text())
def test_a_draw_depends_on_its_ticket_alone(weights, ticket):
    some = [creative(f"c{n:02}", weight) for n, weight in enumerate(weights)]
    assert drawn(some, ticket) == drawn(some[::-1], ticket)


def test_what_has_no_room_is_not_drawn_and_all_are_told_where_none_has():
    short, long = creative("a", segments=4), creative("b", 100, segments=12)
    for n in range(20):
        assert turned(Rotation.WEIGHT, (short, long), str(n), 0, 8) == (short,)
    assert turned(Rotation.WEIGHT, (short, long), "", 0, 3) == (short, long)


def test_a_sequence_goes_by_number_and_waits_for_who_has_no_room():
    one, two, three = (
        creative("z", position=1),
        creative("y", position=2, segments=20),
        creative("x", position=3),
    )
    order = [turned(Rotation.SEQUENCE, (three, one, two), "", n, 8) for n in range(4)]
    assert order == [(one,), (two,), (three,), (one,)]


async def cards(house, campaign, count):
    """Adds cards ``1``, ``2`` … in place of the first."""
    await house.withdraw(None, campaign.campaign_id, campaign.creatives[0].creative_id)
    for n in range(1, count + 1):
        await house.submit(None, campaign.campaign_id, Submission(str(n)), owner="acc")


@pytest.fixture
async def story(house):
    """A campaign of three cards that each car has in turn, once a minute."""
    campaign = await house.running(spot=False, rotation=Rotation.SEQUENCE, cap=FrequencyCap(1, 60))
    await cards(house, campaign, 3)
    return campaign


async def shown(house, avail_id, car):
    served = await house.serve(card_avail(avail_id, house.clock.now(), subject=car))
    return [fill.card.headline for fill in served.fills]


async def test_each_car_has_them_in_turn_however_the_cap_forgets(house, clock, story):
    heard = []
    for n in range(5):
        heard += await shown(house, f"a{n}", "car1")
        heard += await shown(house, f"b{n}", "car1")  # capped
        clock.advance(61)
    assert heard == ["1", "2", "3", "1", "2"]
    assert await shown(house, "other", "car2") == ["1"]


async def test_the_same_avail_takes_no_second_turn(house, clock, story):
    assert await shown(house, "a1", "car1") == await shown(house, "a1", "car1") == ["1"]
    clock.advance(61)
    assert await shown(house, "a2", "car1") == ["2"]


async def test_numbers_order_a_sequence_anew(house, clock, story):
    for one in house.read.one(None, story.campaign_id).creatives:
        if one.headline in {"1", "2"} and one.state is CreativeState.APPROVED:
            await house.arrange(None, story.campaign_id, one.creative_id, Arrangement(position=5))
    assert await shown(house, "a1", "car1") == ["3"]
