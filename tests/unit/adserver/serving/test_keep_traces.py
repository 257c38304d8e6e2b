"""Some decisions are kept, evenly apart, and none of them waits for it."""

import asyncio
import logging

import pytest

from adserver.booking.cap import FrequencyCap
from adserver.serving.keep_traces import WAITING_LIMIT, KeepTraces
from adserver.serving.trace import trace_id_of
from tests.adserver.house import avail


class Kept:
    """What was written."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    async def keep(self, trace) -> None:
        self.ids.append(trace.trace_id)


@pytest.fixture
def decide(house, clock):
    """Decides at a moment, and offers the decision to be kept."""

    async def one(keep, name, **changes):
        house.decide = type(house.decide)(
            house.load,
            house.standings,
            house.budgets,
            house.caps,
            house.sealer,
            clock,
            lambda: 0.5,
            house.note_both,
            trace=keep,
        )
        return await house.decide(avail(name, clock.now(), **changes))

    return one


async def test_as_many_a_minute_as_are_wanted_evenly_apart(house, clock, decide):
    await house.running(cap=FrequencyCap(1000, 3600))
    kept = Kept()
    keep = KeepTraces(kept, a_minute=2)
    for n in range(7):
        await decide(keep, f"a{n}", subject=f"car{n}")
        clock.advance(10)
    assert kept.ids == []
    await keep.flush()
    assert kept.ids == [trace_id_of(f"a{n}") for n in (0, 3, 6)]


async def test_none_where_none_are_wanted_and_never_too_many_at_once(house, clock, decide):
    await house.running()
    none, kept = KeepTraces(Kept(), a_minute=0), Kept()
    await decide(none, "a")
    await none.flush()
    assert none.traces.ids == []
    keep = KeepTraces(kept, a_minute=60_000)
    for n in range(WAITING_LIMIT + 5):
        keep(avail(f"b{n}", clock.now()), (), None, 0.5, None, n)
    assert len(keep._waiting) == WAITING_LIMIT


async def test_an_avail_that_was_decided_is_not_kept_again(house, clock, decide):
    await house.running()
    kept = Kept()
    keep = KeepTraces(kept, a_minute=600)
    for _ in range(2):
        await decide(keep, "a")
        clock.advance(1)
    await keep.flush()
    assert kept.ids == [trace_id_of("a")]


async def test_what_cannot_be_kept_is_lost_and_does_no_harm(house, clock, decide, monkeypatch, caplog):
    tried = asyncio.Event()

    class Away:
        async def keep(self, trace) -> None:
            tried.set()
            raise ConnectionError

    await house.running()
    keep = KeepTraces(Away(), a_minute=600)
    await decide(keep, "a")
    monkeypatch.setattr("adserver.serving.beside.EVERY_S", 0)
    writing = asyncio.create_task(keep.run())
    with caplog.at_level(logging.ERROR):
        await tried.wait()
    assert "lost" in caplog.text
    assert not writing.done()
    assert keep._waiting == []
    writing.cancel()
