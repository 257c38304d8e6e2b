"""A vehicle has one code of a coupon, whatever is asked how often."""

import asyncio
import dataclasses
from datetime import timedelta

import pytest

from adserver.adapters.siv_sealer import SivSealer
from adserver.billing.delivery import By
from adserver.booking.submit_creative import Submission
from adserver.coupons.coupon import CouponOrder
from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tests.adserver.house import card_avail

DAY_S = 86_400


async def test_saved_again_it_is_the_same_code(house, offered, shown, clock):
    await offered()
    first = await house.save("veh_1", await shown())
    clock.advance(3600)
    assert await house.save("veh_1", await shown()) == first
    other = await house.save("veh_2", await shown("veh_2"))
    assert other.code != first.code
    assert (first.title, first.advertiser, first.redeemed_ms) == ("Free coffee", "Garage", 0)
    assert [one.code for one in await house.wallet.all("veh_1")] == [first.code]


async def test_many_screens_at_once_get_one_code(house, offered, shown):
    await offered(limit=2)
    tokens = [await shown() for _ in range(1)] * 16
    codes = {(await one).code for one in [asyncio.ensure_future(house.save("veh_1", t)) for t in tokens]}
    assert len(codes) == 1
    (standing,) = house.read_coupons(None, (await saved_campaign(house)))
    assert (standing.coupon.saved, standing.saved) == (1, 1)


async def saved_campaign(house):
    return house.campaigns.newest(None, 1)[0].campaign_id


async def test_the_event_is_counted_with_it_once(house, offered, shown):
    campaign = await offered()
    token = await shown()
    for _ in range(3):
        await house.save("veh_1", token)
    await house.record(token, "coupon-saved")
    await house.post()
    tallies = house.ledger.tallies(campaign.line_item.line_item_id, By.CREATIVE)
    assert {tally.kind.value: tally.number for tally in tallies}["coupon-saved"] == 1


async def test_of_no_more_vehicles_than_there_are_codes(house, offered, shown):
    await offered(limit=2)
    for n in (1, 2):
        await house.save(f"veh_{n}", await shown(f"veh_{n}"))
    with pytest.raises(Conflict, match="coupon-exhausted"):
        await house.save("veh_3", await shown("veh_3"))
    assert await house.wallet.all("veh_3") == []
    await house.save("veh_1", await shown("veh_1"))


async def test_own_codes_are_given_in_their_order_and_one_for_all_to_all(house, offered, shown):
    await offered(limit=0, codes=("OWN-0001-A", "OWN-0002-B"))
    assert (await house.save("veh_1", await shown("veh_1"))).code == "OWN-0001-A"
    assert (await house.save("veh_2", await shown("veh_2"))).code == "OWN-0002-B"


async def test_one_code_for_all(house, offered, shown):
    await offered(code="summer")
    codes = {(await house.save(f"veh_{n}", await shown(f"veh_{n}"))).code for n in range(3)}
    assert codes == {"SUMMER"}


async def test_nobody_saves_by_the_beacon_of_another(house, offered, shown):
    await offered()
    with pytest.raises(Forbidden, match="beacon-of-other"):
        await house.save("veh_2", await shown("veh_1"))
    with pytest.raises(Forbidden, match="beacon-invalid"):
        await house.save("veh_1", "forged")


async def test_a_card_without_a_coupon_has_none(house, shown):
    await house.running(spot=False)
    with pytest.raises(NotFound, match="coupon-none"):
        await house.save("veh_1", await shown())


async def test_what_is_over_is_neither_offered_nor_saved(house, offered, shown, clock):
    await offered(valid_until=clock.now() + timedelta(hours=2))
    token = await shown()
    served = await house.serve(card_avail("before", clock.now(), subject="veh_9"))
    assert served.fills[0].card.coupon == "Free coffee"
    clock.advance(2 * 3600)
    with pytest.raises(Conflict, match="coupon-expired"):
        await house.save("veh_1", token)
    served = await house.serve(card_avail("after", clock.now(), subject="veh_9"))
    assert served.fills[0].card.coupon == ""


async def test_a_film_carries_none(house, clock):
    campaign = await house.running()
    mine = campaign.advertiser_id, campaign.campaign_id
    coupon = CouponOrder("Free coffee", clock.now().replace(year=2027), limit=1)
    with pytest.raises(Invalid, match="coupon-not-on-card"):
        await house.submit(*mine, Submission("Drive", "", "upl_acc", coupon=coupon), owner="acc")


async def test_removed_forgotten_and_over(house, offered, shown, clock):
    campaign = await offered()
    saved = await house.save("veh_1", await shown())
    await house.save("veh_2", await shown("veh_2"))
    await house.wallet.remove("veh_1", saved.coupon_id)
    assert await house.wallet.all("veh_1") == []
    assert (await house.save("veh_1", await shown())).code == saved.code, "it is there again, the same"
    house.wallet.forget("veh_1")
    assert await house.wallet.all("veh_1") == []
    assert len(await house.wallet.all("veh_2")) == 1
    assert await house.wallet.expire() == 0
    clock.advance(61 * DAY_S)
    assert await house.wallet.expire() == 1
    assert await house.wallet.all("veh_2") == []
    (standing,) = house.read_coupons(None, campaign.campaign_id)
    assert (standing.saved, standing.redeemed, standing.expired) == (2, 0, 2)


async def test_nothing_kept_names_the_vehicle_or_its_place(house, offered, shown, database):
    await offered()
    await house.save("veh_1", await shown())
    with database.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM saved_coupons").all())
    assert "veh_1" not in kept
    assert "48.1" not in kept
    assert "plc_" not in kept


async def test_a_campaign_that_is_removed_takes_its_coupons_with_it(house, offered, database):
    campaign = await offered(limit=0, codes=("OWN-0001-A",))
    await house.remove(campaign.advertiser_id, campaign.campaign_id, actor="acc")
    with database.connect() as connection:
        for table in ("coupons", "coupon_codes", "saved_coupons"):
            assert connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar() == 0


async def test_a_wallet_outlives_a_change_of_keys(house, offered, shown):
    await offered()
    saved = await house.save("veh_1", await shown())
    newer = [SivSealer([b"n" * 32]), *house.wallet.holders]
    renewed = dataclasses.replace(house.save, holders=newer)
    assert (await renewed("veh_1", await shown())).code == saved.code
    wallet = dataclasses.replace(house.wallet, holders=newer)
    assert [one.code for one in await wallet.all("veh_1")] == [saved.code]


async def test_a_campaign_whose_codes_cars_have_is_not_removed(house, offered, shown):
    """The house's own costs nothing, so no counter keeps it; what was shown is not in the ledger yet."""
    campaign = await offered(order={"cpm_micros": 0, "cpa_micros": 1_000_000})
    saved = await house.save("veh_1", await shown(told=False))
    await house.budgets.expire(house.clock.now_ms() + 86_400_000)
    with pytest.raises(Conflict, match="campaign-served"):
        await house.remove(campaign.advertiser_id, campaign.campaign_id, actor="acc")
    assert [one.code for one in await house.wallet.all("veh_1")] == [saved.code]
