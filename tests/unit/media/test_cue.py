import pytest

from kernel.errors import Invalid
from media.cue import WHOLE, CueRules, check_cues, find_cues, lay_out

FRAME = 1920
EASY = CueRules(edge_ms=0, spacing_ms=0)


def spans(*frames: tuple[int, int]):
    return [(start * FRAME, end * FRAME) for start, end in frames]


def found(black, silence, frames=10_000, rules=EASY):
    return [cue.frame for cue in find_cues(spans(*black), spans(*silence), frames, rules)]


def test_the_middle_of_where_both_meet():
    (cue,) = find_cues(spans((1000, 1020)), spans((1010, 1100)), 10_000)
    assert (cue.frame, cue.at_ms) == (1015, 40_600)
    assert (cue.black_ms, cue.silence_ms, cue.score) == (800, 3600, 400)


@pytest.mark.parametrize(
    ("black", "silence", "frames"),
    [
        ([(100, 110)], [], []),
        ([], [(100, 110)], []),
        ([(100, 110)], [(110, 120)], []),
        ([(100, 110)], [(109, 120)], []),  # one frame is an accident
        ([(100, 110)], [(108, 120)], [109]),
        ([(100, 200)], [(100, 110), (190, 200)], [105, 195]),
        ([(100, 110), (190, 200)], [(0, 1000)], [105, 195]),
        ([(100, 105), (105, 110)], [(100, 110)], [105]),  # a film that changes its size while it is black
        ([(190, 200), (100, 110)], [(0, 1000)], [105, 195]),
        ([(900, 1200)], [(0, 1 << 40)], [950]),  # what comes after the end is no part of it
        ([(1100, 1200)], [(0, 1 << 40)], []),
    ],
)
def test_where_both_meet(black, silence, frames):
    assert found(black, silence, 1000) == frames


def test_the_surer_wins_where_they_crowd():
    black = [(500, 510), (600, 630), (700, 705), (1500, 1504)]
    assert found(black, [(0, 9000)], rules=CueRules(edge_ms=0, spacing_ms=8000)) == [615, 1502]


def test_not_near_the_ends():
    rules = CueRules(edge_ms=10_000, spacing_ms=0)
    black = [(n - 1, n + 1) for n in (248, 252, 748, 752)]
    assert found(black, [(0, 1000)], 1000, rules) == [252, 748]


def test_a_flicker_gives_no_more_than_the_limit():
    black = [(n, n + 3) for n in range(0, 20_000, 6)]
    assert len(found(black, [(0, 20_000)], 20_000, CueRules(edge_ms=0, spacing_ms=0, limit=7))) == 7


def test_cues_come_in_order():
    assert check_cues([500, 48, 100, 952], 1000) == (48, 100, 500, 952)
    assert check_cues([], 10) == ()


@pytest.mark.parametrize(
    ("cues", "code"),
    [
        ([47], "cue-outside"),
        ([-5], "cue-outside"),
        ([953], "cue-outside"),
        ([1 << 70], "cue-outside"),
        ([100, 147], "cues-too-close"),
        ([100, 100], "cues-too-close"),
        (list(range(101)), "cues-too-many"),
    ],
)
def test_cues_that_cannot_be(cues, code):
    with pytest.raises(Invalid) as refused:
        check_cues(cues, 1000)
    assert refused.value.code == code
    assert refused.value.fix


def test_each_part_begins_a_segment():
    layout = lay_out((48, 100, 244))
    assert (layout.firsts, layout.starts) == ((0, 48, 100, 244), (0, 1, 3, 6))
    assert (layout.segments(245), layout.segments(292), layout.segments(293)) == (7, 7, 8)
    assert layout.segments(293 * FRAME, FRAME) == 8


def test_a_source_that_ends_before_its_last_cue_still_has_every_part():
    assert lay_out((48, 100)).segments(60) == 4


def test_without_cues_there_is_one_part():
    assert (WHOLE.cues, WHOLE.segments(0), WHOLE.segments(48), WHOLE.segments(49)) == ((), 1, 1, 2)
