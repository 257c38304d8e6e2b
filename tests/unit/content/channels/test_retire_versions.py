"""What was made around cues goes once nothing can ask for it, and never before."""

import pytest

from content.channels.plan import ProgrammeEntry
from content.channels.retire_versions import GRACE_MS, RetireVersions
from content.channels.schedule import KEEP_MS
from media.cue_sheet import CueDecision
from media.house_format import SEGMENT_MS

HOUR_MS = 3_600_000


@pytest.fixture
def retire(room) -> RetireVersions:
    return RetireVersions(room.channels, room.cues, room.clock)


def decided(room, revision: int, name: str, fallback: str, *, ready: bool = True) -> str:
    """Cues of ``ast_one`` are decided, and the version around them made."""
    version = room.asset(f"one-{name}", 40 if ready else 0, cut_from="ast_one")
    room.cues.decide(CueDecision("ast_one", (revision,), revision, version, fallback, "acc_1", 0))
    return version


def here(room, *asset_ids: str) -> list[str]:
    return sorted(room.assets.by_ids(asset_ids))


def advance(room, ms: int) -> None:
    room.clock.advance(ms / 1000)


@pytest.fixture
def superseded(room) -> tuple[str, str]:
    """A channel that played a version of its programme until, an hour ago, another one was ready."""
    one = room.programme("one", 40)
    room.channel(ProgrammeEntry(one.programme_id))
    first = decided(room, 1, "a", "ast_one")
    room.renew()
    advance(room, HOUR_MS)
    second = decided(room, 2, "b", first)
    room.renew()
    advance(room, HOUR_MS)
    return first, second


def test_it_stays_while_what_it_was_aired_in_may_be_watched_again(room, retire, superseded):
    first, second = superseded
    for _ in range(2):
        assert retire() == ()
        advance(room, GRACE_MS)
    advance(room, KEEP_MS - 2 * GRACE_MS - 2 * HOUR_MS)
    assert retire() == ()
    advance(room, GRACE_MS)
    assert here(room, first, second, "ast_one") == sorted((first, second, "ast_one"))
    assert retire() == ()  # a moment too early: until now nobody had noted that it is not needed
    advance(room, GRACE_MS)
    assert retire() == (first,)
    assert here(room, first, second, "ast_one") == sorted((second, "ast_one"))
    assert retire() == ()  # as after being killed and begun again


def test_it_stays_while_it_is_on_air_however_long_that_is(room, retire):
    one = room.programme("one", 40)
    room.channel(ProgrammeEntry(one.programme_id))
    first = decided(room, 1, "a", "ast_one")
    room.renew()
    decided(room, 2, "b", first)  # and no schedule has learnt of it
    for _ in range(3):
        advance(room, 400 * 24 * HOUR_MS)
        assert retire() == ()
    assert here(room, first) == [first]


def test_of_an_item_it_goes_once_no_player_can_hold_it(room, retire):
    room.asset("one", 40)
    first = decided(room, 1, "a", "ast_one")
    assert retire() == ()
    decided(room, 2, "b", first, ready=False)
    advance(room, GRACE_MS)
    assert retire() == ()  # it plays until the next one is ready
    room.make_ready("ast_one-b", 40)
    assert retire() == ()
    advance(room, GRACE_MS - SEGMENT_MS)
    assert retire() == ()
    advance(room, SEGMENT_MS)
    assert retire() == (first,)


def test_what_is_wanted_again_is_not_spare_any_more(room, retire):
    room.asset("one", 40)
    first = decided(room, 1, "a", "ast_one")
    second = decided(room, 2, "b", first)
    assert retire() == ()
    advance(room, GRACE_MS - HOUR_MS)
    room.cues.decide(CueDecision("ast_one", (1,), 3, first, second, "acc_1", 0))
    advance(room, 2 * HOUR_MS)
    assert retire() == ()
    advance(room, GRACE_MS)
    assert retire() == (second,)
    assert here(room, first, second) == [first]


def test_what_the_settings_name_stays(room):
    room.asset("one", 40)
    first = decided(room, 1, "a", "ast_one")
    decided(room, 2, "b", first)
    pinned = RetireVersions(room.channels, room.cues, room.clock, {first})
    for _ in range(3):
        assert pinned() == ()
        advance(room, GRACE_MS)
