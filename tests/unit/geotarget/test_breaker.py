from geotarget.breaker import FAILURES, PAUSE_MS, Breaker


def test_it_opens_at_the_third_failure_in_a_row_and_lets_one_through_after_the_pause():
    breaker = Breaker()
    for _ in range(FAILURES - 1):
        breaker.failed(0)
    assert breaker.lets(0)
    breaker.failed(0)
    assert [breaker.lets(ms) for ms in (0, PAUSE_MS - 1, PAUSE_MS, PAUSE_MS + 1)] == [
        False,
        False,
        True,
        False,
    ]
    breaker.failed(PAUSE_MS + 500)
    assert not breaker.lets(2 * PAUSE_MS + 499)
    assert breaker.lets(2 * PAUSE_MS + 500)
    breaker.answered()
    assert breaker.lets(2 * PAUSE_MS + 501)


def test_failures_that_are_not_in_a_row_do_not_open_it():
    breaker = Breaker()
    for _ in range(3):
        for _ in range(FAILURES - 1):
            breaker.failed(0)
        breaker.answered()
    assert breaker.lets(0)
