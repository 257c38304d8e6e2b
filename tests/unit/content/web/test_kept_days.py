"""A day of every channel: made once for all who ask, one channel at a time, and kept a little."""

import asyncio
from datetime import date, timedelta

import msgspec
import pytest

from content.channels.channel import ChannelDraft
from content.channels.schedule import ProgrammeEntry
from content.guide import read_guide
from content.guide.read_guide import ReadGuide
from content.web.kept_days import FRESH_S, UNDER_WAY_LIMIT, Asked, KeptDays
from content.web.turns import Turn
from kernel.errors import Invalid, Unavailable

TODAY = Asked(None, "", "")


@pytest.fixture
def turn() -> Turn:
    return Turn(1)


@pytest.fixture
def listed(monkeypatch, turn) -> list[bool]:
    """Of each channel's day that was listed, whether the turn was held."""
    found, between = [], read_guide.between

    def noting(*args):
        found.append(turn.locked())
        return between(*args)

    monkeypatch.setattr(read_guide, "between", noting)
    return found


@pytest.fixture
def lineups(room):
    """Two channels, as one snapshot that may be taken anew."""
    one = room.programme("one", 40)
    for slug in ("first", "second"):
        room.create_channel("acc", ChannelDraft(slug, slug), (ProgrammeEntry(one.programme_id),))
    return [room.load()]


@pytest.fixture
def days(room, lineups, turn) -> KeptDays:
    return KeptDays(ReadGuide(lambda: lineups[0], room.clock), turn)


async def test_all_who_ask_at_once_are_given_what_was_listed_once_and_by_turns(days, listed):
    answers = await asyncio.gather(*(days(TODAY) for _ in range(8)), days(Asked(None, "Asia/Tokyo", "")))
    assert len(set(answers[:8])) == 1
    assert listed == [True] * 4
    told = msgspec.json.decode(answers[0][0])
    assert [one["name"] for one in told["channels"]] == ["first", "second"]


async def test_it_is_kept_for_as_long_as_it_is_good(room, days, listed):
    assert (await days(TODAY))[1] == FRESH_S
    room.clock.advance(FRESH_S - 1)
    assert (await days(TODAY))[1] == 1
    assert len(listed) == 2
    room.clock.advance(1)
    assert (await days(TODAY))[1] == FRESH_S
    assert len(listed) == 4


async def test_an_edit_is_told_at_once(room, lineups, days, listed):
    await days(TODAY)
    lineups[0] = room.load()
    await days(TODAY)
    assert len(listed) == 4


async def test_no_more_than_so_many_wait_and_what_is_refused_is_not_kept(room, days):
    first = room.clock.now().date()
    zones = ("Europe/Paris", "Asia/Tokyo")
    wanted = [Asked(first + timedelta(n), zone, "") for n in range(UNDER_WAY_LIMIT // 2) for zone in zones]
    asking = [asyncio.create_task(days(one)) for one in wanted]
    await asyncio.sleep(0)  # each of them has asked
    with pytest.raises(Unavailable, match="guide-busy"):
        await days(Asked(first, "America/Havana", ""))
    joined = asyncio.create_task(days(wanted[0]))  # who asks for the same may wait with them
    answers = await asyncio.gather(*asking)
    assert (await joined)[0] == answers[0][0]
    assert await days(Asked(first, "America/Havana", ""))
    for _ in range(2):
        with pytest.raises(Invalid, match="range-out-of-reach"):
            await days(Asked(date(1999, 1, 1), "", ""))
