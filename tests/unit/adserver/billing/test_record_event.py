"""A beacon is believed only if it is genuine, fresh and fits its fill."""

import base64

import pytest

from kernel.errors import Forbidden, NotFound
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
    payload = house.signer.unseal("beacon", token)
    other = Signer([b"x" * 32]).seal("beacon", payload)
    lease = house.signer.seal("lease", payload)
    nonsense = house.signer.seal("beacon", b"AAAA")
    readable = house.signer.sign("beacon", token)
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
    told = house.signer.unseal("beacon", token)
    assert b"car1" not in told
    # What it says of money and place is for us alone.
    sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert b"48.12,-1.68" in told
    for word in (b"48.12", b"EUR", b"adv_", b"li_"):
        assert word in told
        assert word not in sealed
