from media.gaps import Gap, find_gaps, gone_s


def test_a_leap_of_hours_is_a_gap_and_a_minute_is_not():
    assert find_gaps([0, 1, 2, 7202, 7203]) == (Gap(3, 7199),)
    assert find_gaps([0, 1, 62, 63]) == ()
    assert find_gaps([0, 1, 63]) == (Gap(2, 61),)


def test_order_and_emptiness_do_not_matter():
    assert find_gaps([300, 0, 600]) == (Gap(1, 299), Gap(301, 299))
    assert find_gaps([]) == find_gaps([5]) == ()


def test_what_follows_a_gap_moves_up_to_it():
    gaps = (Gap(3, 7197), Gap(7210, 100))
    assert [gone_s(at, gaps) for at in (0, 2.9, 7200.0, 7209.5, 7310.0)] == [0, 0, 7197, 7197, 7297]
