from media.source import FoundKind, Source


def test_what_was_measured_is_believed_before_what_was_claimed():
    assert Source(FoundKind.MEDIA, claimed_ms=9, measured_ms=5).duration_ms == 5
    assert Source(FoundKind.MEDIA, claimed_ms=9).duration_ms == 9
    assert Source(FoundKind.MEDIA, measured_ms=0, claimed_ms=9).duration_ms == 0
    assert Source(FoundKind.MEDIA).duration_ms is None
