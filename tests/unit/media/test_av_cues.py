from media.adapters.av_cues import ENDLESS, Spans

SECOND = 48_000


def told(*notes: dict[str, str]) -> Spans:
    spans = Spans("black")
    for note in notes:
        spans.note({f"lavfi.{key}": value for key, value in note.items()})
    return spans


def test_stretches_as_a_detector_tells_of_them():
    spans = told({}, {"black_start": "0.4"}, {}, {"black_end": "0.8"}, {"black_start": "14400.001"})
    assert spans.found == [(19_200, 38_400)]
    spans.close(ENDLESS)
    assert spans.found[1:] == [(14_400 * SECOND + 48, ENDLESS)]
    spans.close(ENDLESS)
    assert len(spans.found) == 2


def test_an_end_and_a_start_on_one_frame():
    spans = told({"black_start": "1"}, {"black_end": "2", "black_start": "3"}, {"black_end": "4"})
    assert spans.found == [(SECOND, 2 * SECOND), (3 * SECOND, 4 * SECOND)]


def test_the_other_detectors_words_are_not_its_own():
    assert told({"silence_start": "1"}, {"silence_end": "2"}).found == []
