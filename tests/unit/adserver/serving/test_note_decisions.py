"""What decisions said is counted off their way, and not lost where Redis is away for a moment."""

from datetime import timedelta

import pytest

from adserver.adapters.redis_said import KEPT_MS
from adserver.serving.heard import ALL, LOCATED, UNLOCATED, day_of
from adserver.serving.note_decisions import WAITING_LIMIT, NoteDecisions
from tests.adserver.house import card_avail


async def test_days_are_counted_apart_and_read_in_twos(house, clock, aredis):
    item_id = (
        await house.running(spot=False, ends_at=clock.now() + timedelta(days=5))
    ).line_item.line_item_id
    for n in range(3):
        await house.serve(card_avail(f"a{n}", clock.now(), location=None))
        await house.serve(card_avail(f"b{n}", clock.now()))
        clock.advance(86_400)
    today = day_of(clock.now_ms()) - 1
    found = await house.said.read([item_id, ALL, "li_other"], today)
    assert found == {item_id: {"chosen": 2}, ALL: {LOCATED: 2, UNLOCATED: 2}, "li_other": {}}
    assert 0 < await aredis.pttl(f"{{li:{item_id}}}:said:{today}") <= KEPT_MS


async def test_a_decision_writes_nothing_itself_and_a_repeated_one_is_not_counted_again(house, clock, aredis):
    await house.running(spot=False)
    for _ in range(2):
        await house.decide(card_avail("a", clock.now()))
    assert [key async for key in aredis.scan_iter("*:said:*")] == []
    await house.noted.flush()
    assert (await house.said.read([ALL], day_of(clock.now_ms())))[ALL] == {LOCATED: 1}


class Failing:
    """Redis away, then back."""

    def __init__(self) -> None:
        self.away, self.got = True, {}

    async def add(self, counted) -> None:
        if self.away:
            raise ConnectionError
        self.got = dict(counted)


async def test_what_could_not_be_written_waits_and_is_bounded(house, clock):
    said = Failing()
    note = NoteDecisions(said, clock)
    offered = card_avail("a", clock.now())
    served = await house.decide(offered)
    note(offered, served)
    with pytest.raises(ConnectionError):
        await note.flush()
    note(offered, served)
    said.away = False
    await note.flush()
    assert said.got == {(day_of(clock.now_ms()), ALL, LOCATED): 2}
    note._waiting.update({(0, f"li_{n}", "x"): 1 for n in range(WAITING_LIMIT)})
    note(offered, served)
    assert len(note._waiting) == WAITING_LIMIT
