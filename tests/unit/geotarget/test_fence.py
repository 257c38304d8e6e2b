import pytest

from geotarget.fence import (
    FIRST,
    LEFT_MS,
    MOVES,
    SILENT_MS,
    Fence,
    Seen,
    State,
    Stay,
    follow,
    holds,
)

START = 1_800_000_000_000
WITHIN, EDGE, OUT = 48.0, 48.5, 49.0


class OneFence:
    """Latitudes up to 48 lie in ``a``, up to 48.5 at its edge."""

    def __init__(self, drawn=1):
        self.drawn = drawn
        self.asked = 0

    def __len__(self):
        return 1

    def seen(self, latitude, longitude):
        self.asked += 1
        if latitude > EDGE:
            return {}
        return {"a": Seen.INSIDE if latitude <= WITHIN else Seen.EDGE}

    def calm_deg(self, latitude, longitude, seen):
        return 0.01 if seen else 0.1

    def same(self, before, area_id):
        return self.drawn == before.drawn


def driven(*latitudes, fences=None, every_ms=10_000, track=None, at_ms=START):
    fences = fences or OneFence()
    for n, latitude in enumerate(latitudes):
        track = follow(track, fences, latitude, 2.0, at_ms + n * every_ms)
    return track


def stay(track):
    (found,) = track.stays() or (Stay("a", State.OUTSIDE, 0, 0),)
    return found


def test_the_table_has_a_move_for_each_and_what_is_seen_again_moves_nothing():
    assert MOVES.keys() == {(state, seen) for state in State for seen in Seen}
    assert FIRST.keys() == set(Seen)
    for seen in Seen:
        for state in (FIRST[seen], *(MOVES[one, seen] for one in State)):
            assert MOVES[state, seen] is state


@pytest.mark.parametrize(
    ("latitudes", "state", "since_s"),
    [
        ((OUT, OUT), State.OUTSIDE, 0),
        ((OUT, WITHIN), State.ENTERED, 10),
        ((OUT, WITHIN, WITHIN), State.ENTERED, 10),
        ((OUT, EDGE), State.OUTSIDE, 0),
        ((OUT, EDGE, WITHIN, EDGE), State.ENTERED, 20),
        ((OUT, WITHIN, EDGE, WITHIN, EDGE), State.ENTERED, 10),
        ((OUT, WITHIN, EDGE, OUT), State.LEFT, 30),
        ((OUT, WITHIN, OUT, EDGE, OUT), State.LEFT, 20),
        ((OUT, WITHIN, OUT, WITHIN), State.ENTERED, 30),
        ((WITHIN, WITHIN), State.FOUND, 0),
        ((WITHIN, EDGE, OUT), State.LEFT, 20),
        ((EDGE, WITHIN), State.FOUND, 10),
        ((EDGE, OUT), State.OUTSIDE, 0),
        ((EDGE, OUT, WITHIN), State.ENTERED, 20),
    ],
)
def test_a_drive_is_followed(latitudes, state, since_s):
    found = stay(driven(*latitudes))
    assert found.state is state
    if state is not State.OUTSIDE:
        assert found.since_ms == START + since_s * 1000
        assert found.seen_ms == START + (len(latitudes) - 1) * 10_000


def test_who_was_first_seen_at_the_edge_is_neither_in_nor_out():
    assert driven(EDGE, EDGE).stays() == ()


def test_what_comes_late_or_twice_changes_nothing():
    track = driven(OUT, WITHIN)
    fences = track.fences
    for late_ms in (0, 1, 10_000, SILENT_MS):
        assert follow(track, fences, OUT, 2.0, track.at_ms - late_ms) is track


def test_after_a_silence_or_a_clock_that_was_set_it_begins_anew():
    for passed_ms in (SILENT_MS + 1, -SILENT_MS - 1):
        track = driven(OUT)
        found = follow(track, track.fences, WITHIN, 2.0, START + passed_ms)
        assert stay(found).state is State.FOUND
        left = driven(OUT, WITHIN)
        assert follow(left, left.fences, OUT, 2.0, left.at_ms + passed_ms).stays() == ()


def test_a_fence_that_is_new_or_drawn_otherwise_is_not_crossed_by_that():
    track = driven(OUT)
    drawn = OneFence(drawn=2)
    assert stay(follow(track, drawn, WITHIN, 2.0, START + 1)).state is State.FOUND
    inside = driven(OUT, WITHIN)
    assert follow(inside, drawn, OUT, 2.0, inside.at_ms + 1).stays() == ()
    again = OneFence()
    assert stay(follow(inside, again, WITHIN, 2.0, inside.at_ms + 1)).since_ms == inside.at_ms
    assert stay(follow(inside, again, OUT, 2.0, inside.at_ms + 1)).state is State.LEFT


def test_who_hardly_moves_is_not_looked_at_again():
    fences = OneFence()
    track = driven(OUT, OUT + 0.05, OUT + 0.09, fences=fences)
    assert (fences.asked, track.at_ms) == (1, START + 20_000)
    driven(OUT + 0.1, fences=fences, track=track, at_ms=START + 21_000)
    assert fences.asked == 2
    within = OneFence()
    track = driven(47.0, 47.009, fences=within)
    assert (within.asked, stay(track).seen_ms) == (1, START + 10_000)
    driven(47.011, fences=within, track=track, at_ms=START + 11_000)
    assert within.asked == 2


def test_that_it_left_is_forgotten_in_time():
    track = driven(WITHIN, OUT)
    minutes = LEFT_MS // 60_000
    track = driven(*[OUT + n for n in range(minutes)], track=track, every_ms=60_000, at_ms=START + 60_000)
    assert stay(track).state is State.LEFT
    track = driven(OUT + 70, OUT + 71, track=track, at_ms=track.at_ms + 50_000)
    assert track.stays() == ()


MINUTE = 60_000


@pytest.mark.parametrize(
    ("state", "since_ms", "seen_ms", "asked", "held"),
    [
        (State.ENTERED, 0, 0, Fence.INSIDE, True),
        (State.FOUND, 0, 0, Fence.INSIDE, True),
        (State.LEFT, 0, 0, Fence.INSIDE, False),
        (State.ENTERED, 0, 0, Fence.ENTER, True),
        (State.ENTERED, -1, 0, Fence.ENTER, False),
        (State.FOUND, 0, 0, Fence.ENTER, False),
        (State.LEFT, 0, 0, Fence.ENTER, False),
        (State.ENTERED, 0, 5 * MINUTE, Fence.DWELL, True),
        (State.FOUND, 0, 5 * MINUTE, Fence.DWELL, True),
        (State.ENTERED, 1, 5 * MINUTE, Fence.DWELL, False),
        (State.LEFT, 0, 5 * MINUTE, Fence.DWELL, False),
        (State.LEFT, 0, 0, Fence.EXIT, True),
        (State.LEFT, -1, 0, Fence.EXIT, False),
        (State.ENTERED, 0, 0, Fence.EXIT, False),
        (State.FOUND, 0, 0, Fence.EXIT, False),
    ],
)
def test_what_holds_five_minutes_later(state, since_ms, seen_ms, asked, held):
    assert holds(Stay("a", state, since_ms, seen_ms), asked, 5, 5 * MINUTE) is held
