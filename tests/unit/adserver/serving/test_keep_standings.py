"""How line items stand is known in the process: at once where they are new, soon where it changes."""

import asyncio

import numpy as np
import pytest

from adserver.billing.budget import Claim, Pass, Reservation
from adserver.booking.terms import Goal, GoalUnit, Pacing
from adserver.serving import keep_standings
from adserver.serving.keep_standings import KeepStandings
from tests.adserver.house import avail


class Counted:
    """Budgets that tell how many line items they were asked for at once."""

    def __init__(self, budgets):
        self.asked, self._budgets = [], budgets

    async def standing(self, items):
        self.asked.append(len(items))
        return await self._budgets.standing(items)


@pytest.fixture
def kept(house):
    """A house whose snapshot and standings are kept from one decision to the next, as a service's are."""
    keep = KeepStandings(Counted(house.budgets))
    object.__setattr__(house.decide, "standings", keep)
    object.__setattr__(house.decide, "demand", lambda: house.picture)
    return keep


async def serve(house, number):
    served = await house.serve(avail(f"a{number}", house.clock.now(), subject=f"car{number}"))
    return len(served.fills), [no.reason for no in served.refusals]


async def claim(house, item, fill_id="fill"):
    """All that is left."""
    (left,) = (await house.budgets.balances([item.line_item_id])).values()
    wanted = Reservation(fill_id, item.line_item_id, left.remaining_micros)
    assert await house.budgets.reserve([wanted], house.clock.now_ms()) == [Claim.NEW]
    return wanted


async def test_what_was_just_booked_serves_at_once(house, kept):
    for n in range(3):
        await house.running(name=f"n{n}", segments=4)
        house.picture = house.demand()
        assert (await serve(house, n))[0] == n + 1
    assert kept.budgets.asked == [1, 1, 1], "what the snapshot before knew is not read anew"


async def test_what_changes_is_known_after_the_next_reading(house, kept):
    item = (await house.running(goal=Goal(GoalUnit.IMPRESSIONS, 1_000), pacing=Pacing.EVEN)).line_item
    house.picture = house.demand()
    assert await serve(house, 1) == (1, [])
    await house.budgets.pace({item.line_item_id: Pass(0, 0)})
    assert await serve(house, 2) == (1, [])
    await kept.refresh()
    assert await serve(house, 3) == (0, ["paced"])
    await house.budgets.pace({item.line_item_id: Pass()})
    await kept.refresh()
    assert await serve(house, 4) == (1, [])


async def test_what_is_known_is_never_spent_from_and_one_refusal_is_enough(house, kept):
    """The counters decide; what they refuse is not tried again before it is read anew."""
    item = (await house.running()).line_item
    house.picture = house.demand()
    assert await serve(house, 1) == (1, [])
    wanted, tried = await claim(house, item), []
    commit = house.caps.commit

    async def counting(subject, wanted, now_ms):
        tried.extend(wanted.plan.claims)
        return await commit(subject, wanted, now_ms)

    house.caps.commit = counting
    assert await serve(house, 2) == (0, ["no-budget"])
    assert await serve(house, 3) == (0, ["no-budget"])
    assert len(tried) == 1
    await house.budgets.release([wanted])
    await kept.refresh()
    assert await serve(house, 4) == (1, [])


async def test_a_goal_that_a_claim_comes_upon_is_known_too(house, kept):
    item = (await house.running(goal=Goal(GoalUnit.IMPRESSIONS, 2))).line_item
    only = np.array([0])
    house.picture = house.demand()
    found = [await serve(house, n) for n in range(4)]
    assert found == [(1, []), (1, []), (0, ["goal-reached"]), (0, ["goal-reached"])]
    assert house.picture.standings.usage(only).done == {item.line_item_id: 2}


async def test_what_has_no_counters_has_no_budget(house, kept):
    item = (await house.running()).line_item
    await house.budgets.close(item.line_item_id)
    house.picture = house.demand()
    assert await serve(house, 1) == (0, ["no-budget"])


async def test_many_are_read_in_steps_and_by_one_for_all_who_wait(house, kept, monkeypatch):
    monkeypatch.setattr(keep_standings, "STEP", 2)
    for n in range(5):
        await house.running(name=f"n{n}", segments=4)
    paused = house.demand()
    house.picture = house.demand()
    answers = await asyncio.gather(*(serve(house, n) for n in range(4)))
    assert [filled for filled, _ in answers] == [4] * 4
    assert kept.budgets.asked == [2, 2, 1]
    assert paused.standings.complete is False


async def test_it_is_read_for_ever_and_survives_that_nobody_answers(house, kept, monkeypatch):
    monkeypatch.setattr(keep_standings, "EVERY_S", 0.0)
    monkeypatch.setattr(keep_standings, "PAUSE_S", 0.0)
    item = (await house.running(pacing=Pacing.EVEN)).line_item
    house.picture = house.demand()
    assert await serve(house, 1) == (1, [])
    standing, asked, thrice = kept.budgets.standing, [], asyncio.Event()

    async def broken(items):
        asked.append(items)
        if len(asked) == 1:
            raise TimeoutError
        if len(asked) == 3:  # what was read the second time is known by now
            thrice.set()
        return await standing(items)

    kept.budgets.standing = broken
    await house.budgets.pace({item.line_item_id: Pass(0, 0)})
    running = asyncio.create_task(kept.run())
    async with asyncio.timeout(60):
        await thrice.wait()
    running.cancel()
    assert await serve(house, 2) == (0, ["paced"])
