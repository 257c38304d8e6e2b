"""Where a vehicle left what it played: the latest word counts, and the owner's is the last."""

import dataclasses

import pytest

from kernel.errors import Invalid, NotFound
from media.house_format import SEGMENT_MS
from players.playback.keep_resume import TELLS, Told
from players.playback.resume_point import KEPT_MS, near_end
from players.playback.session import open_grant
from tests.players.house import manifest

MINUTE_S = 60


@pytest.fixture
def room(house):
    """The house, whose item lasts half an hour."""
    house.manifests["clip"] = manifest("clip", 30 * MINUTE_S * 1000 // SEGMENT_MS)
    return house


async def granted(room):
    opened = await room.opened()
    return open_grant(room.signer, opened.grant, room.clock.now_ms(), opened.session_id)


async def left(room, grant) -> list[float]:
    return [one.position_ms / 1000 for one in await room.keep_resume.all(grant)]


def at(position_s: float, **more) -> Told:
    return Told(position_s, item_id="it1", **more)


async def test_another_screen_of_the_vehicle_goes_on(room):
    front, rear = await granted(room), await granted(room)
    assert await room.keep_resume(front, at(600))
    (point,) = await room.keep_resume.all(rear)
    assert (point.item_id, point.airing_id, point.title, point.kind) == ("it1", None, "Clip", "video")
    assert (point.position_ms, point.duration_ms) == (600_000, 937 * SEGMENT_MS)


async def test_the_latest_word_counts_whenever_it_comes(room):
    grant = await granted(room)
    await room.keep_resume(grant, at(600))
    room.clock.advance(30)
    await room.keep_resume(grant, at(300, age_s=60))  # of before, from a dead zone
    assert await left(room, grant) == [600]
    await room.keep_resume(grant, at(20))
    assert await left(room, grant) == [20]


async def test_the_end_is_the_end_for_whoever_was_there_before_too(room):
    grant = await granted(room)
    await room.keep_resume(grant, at(1795))
    assert await left(room, grant) == []
    await room.keep_resume(grant, at(900, age_s=30))
    assert await left(room, grant) == []


async def test_a_few_seconds_are_nothing_to_go_on_with(room):
    grant = await granted(room)
    await room.keep_resume(grant, at(4))
    assert await left(room, grant) == []


async def test_it_is_kept_for_ninety_days(room):
    grant = await granted(room)
    await room.keep_resume(grant, at(600))
    room.clock.advance(KEPT_MS / 1000)
    assert await left(room, grant) == [600]
    assert await room.keep_resume.expire() == 0
    room.clock.advance(1)
    assert await left(room, grant) == []
    assert await room.keep_resume.expire() == 1


async def test_what_is_no_longer_offered_is_not_listed(room):
    grant = await granted(room)
    await room.keep_resume(grant, at(600))
    room.lineups = dataclasses.replace(room.lineups, items={})
    assert await left(room, grant) == []
    with pytest.raises(NotFound, match="item-unknown"):
        await room.keep_resume(grant, at(700))


async def test_the_owner_erases_it(room):
    grant = await granted(room)
    await room.keep_resume(grant, at(600))
    await room.keep_resume.forget("veh_2")
    assert await left(room, grant) == [600]
    await room.keep_resume.forget(grant.vehicle_id, "it1")
    assert await left(room, grant) == []


async def test_who_tells_too_often_is_not_heard(room):
    grant, other = await granted(room), await granted(room)
    told = [await room.keep_resume(grant, at(600 + n)) for n in range(TELLS + 3)]
    assert told == [True] * TELLS + [False] * 3
    assert await room.keep_resume(other, at(100))


@pytest.mark.parametrize(
    "told",
    [
        Told(1),
        Told(1, item_id="a", airing_id="b"),
        at(-1),
        at(float("nan")),
        at(1e12),
        at(1, age_s=-1),
        at(1, age_s=90_000),
    ],
)
async def test_what_cannot_be(room, told):
    with pytest.raises(Invalid, match="resume-invalid"):
        await room.keep_resume(await granted(room), told)


def test_near_the_end():
    assert not near_end(269_999, 300_000)
    assert near_end(270_000, 300_000)  # the last 30 s
    assert not near_end(6_839_999, 7_200_000)
    assert near_end(6_840_000, 7_200_000)  # 95 % of two hours
    assert not near_end(10_000, 30_000)  # 30 s in all
    assert near_end(15_000, 30_000)
