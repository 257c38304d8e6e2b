"""What a feed may say in a while."""

from players.feed.rate import BURST_S, CONNECTION_PER_S, Bucket

NOW = 1_800_000_000_000


def test_what_was_let_through_is_owed_until_it_is_filled():
    bucket = Bucket(100)
    assert bucket.take(NOW)
    bucket.charge(100 * BURST_S + 49)  # that, and the one above, is 50 too many
    assert not bucket.take(NOW)
    assert not bucket.take(NOW + 500)  # nothing is owed any more, and nothing is left
    assert bucket.take(NOW + 510)
    assert not bucket.take(NOW + 510)


def test_every_signal_ten_times_a_second_is_heard_for_ever():
    bucket = Bucket(CONNECTION_PER_S)
    for tenth in range(100):
        assert bucket.take(NOW + tenth * 100)
        bucket.charge(CONNECTION_PER_S // 10 - 1)
