from media.house_format import (
    AAC_FRAME_SAMPLES,
    AAC_FRAMES_PER_SEGMENT,
    AUDIO_TICKS_PER_SEGMENT,
    EPOCH_MS,
    FPS,
    FRAMES_PER_SEGMENT,
    LADDER,
    SAMPLE_RATE_HZ,
    SEGMENT_MS,
    VIDEO_RENDITIONS,
    VIDEO_TICKS_PER_SEGMENT,
    VIDEO_TIMESCALE,
    position_at,
    starts_at_ms,
)


def test_picture_and_sound_of_a_segment_end_together_exactly():
    assert FRAMES_PER_SEGMENT * 1000 == SEGMENT_MS * FPS
    assert AAC_FRAMES_PER_SEGMENT * AAC_FRAME_SAMPLES * 1000 == SEGMENT_MS * SAMPLE_RATE_HZ
    assert VIDEO_TICKS_PER_SEGMENT * 1000 == SEGMENT_MS * VIDEO_TIMESCALE
    assert {rendition.ticks_per_segment for rendition in LADDER} == {
        VIDEO_TICKS_PER_SEGMENT,
        AUDIO_TICKS_PER_SEGMENT,
    }


def test_positions_are_half_open():
    assert position_at(EPOCH_MS) == 0
    assert position_at(EPOCH_MS + SEGMENT_MS - 1) == 0
    assert position_at(EPOCH_MS + SEGMENT_MS) == 1
    assert position_at(EPOCH_MS - 1) == -1
    assert starts_at_ms(position_at(EPOCH_MS + 12_345)) <= EPOCH_MS + 12_345


def test_the_ladder_falls_in_size_and_rate():
    sizes = [rendition.width * rendition.height for rendition in VIDEO_RENDITIONS]
    rates = [rendition.bitrate_bps for rendition in VIDEO_RENDITIONS]
    assert sizes == sorted(sizes, reverse=True)
    assert rates == sorted(rates, reverse=True)
