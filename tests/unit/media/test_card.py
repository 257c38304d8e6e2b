from media.card import BARS, card


def test_the_same_seed_gives_the_same_colours_and_others_others():
    assert card("a", [0.5]) == card("a", [0.5])
    assert len({card(str(seed), []).top for seed in range(20)}) > 10


def test_bars_follow_the_sound_scaled_to_the_loudest():
    bars = card("a", [0.1] * 500 + [0.2] * 500).bars
    assert len(bars) == BARS
    assert bars[0] == 500
    assert bars[-1] == 1000


def test_few_no_and_silent_stretches_still_show_something():
    for peaks in ([], [0.0] * 10, [0.3]):
        bars = card("a", peaks).bars
        assert len(bars) == BARS
        assert all(0 < bar <= 1000 for bar in bars)


def test_the_ink_stands_out():
    for seed in range(50):
        painted = card(str(seed), [])
        assert sum(painted.ink) > sum(painted.top) + 150 > sum(painted.bottom)
