import math

import numpy as np
import pytest

from media.acceptance import accept
from media.adapters.av_look import look
from media.gaps import Gap
from media.source import FoundKind
from tests.media.films import copied, flash_and_beep, joined_end_to_end, lavfi, shifted, sound


def test_what_is_in_a_film(short_film):
    found = look(short_film)
    assert (found.kind, found.streams, found.encrypted, found.artwork, found.clock.gaps) == (
        FoundKind.MEDIA,
        *(2, False, False, ()),
    )
    assert (found.picture.codec, found.picture.width, found.picture.height) == ("h264", 160, 90)
    assert found.picture.packets == found.picture.declared_frames == 12
    assert (found.sound.codec, found.sound.rate_hz, found.sound.channels) == ("aac", 48_000, 2)
    assert found.picture.decodable
    assert found.sound.decodable
    assert found.duration_ms == pytest.approx(520, abs=40)


def test_a_file_without_a_claim_is_measured(tmp_path):
    found = look(sound(tmp_path / "raw.aac", np.zeros((2, 48_000)), codec="aac"))
    assert found.measured_ms == pytest.approx(1000, abs=60)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello\n",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:9/a.ts\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic"/>',
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 5004 RTP/AVP 96\n",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
    ],
)
def test_what_names_other_files_or_is_no_media(tmp_path, data):
    path = tmp_path / "file.m3u8"
    path.write_bytes(data)
    assert look(path).kind is FoundKind.NO_MEDIA


def test_a_leap_of_hours_is_left_out_of_the_length(tmp_path):
    source = flash_and_beep(tmp_path / "a.mp4", seconds=2.0, at=(0.5,))
    found = look(shifted(source, tmp_path / "b.mkv", 1.0, 7200), math.inf)
    assert found.clock.gaps == (Gap(2, 7199),)
    assert found.claimed_ms > 7_200_000
    assert found.measured_ms == pytest.approx(3000, abs=60)  # what is left of the second it leapt in stays


def test_no_time_to_count_gives_no_length(short_film, tmp_path):
    calls = []
    long = sound(tmp_path / "long.wav", np.zeros((2, 48_000 * 30)))
    found = look(long, -1.0, lambda: calls.append(1))
    assert calls
    assert (found.measured_ms, found.claimed_ms) == (None, 30_000)


def test_a_film_under_drm_is_seen_as_such(short_film, tmp_path):
    scheme = {
        "encryption_scheme": "cenc-aes-ctr",
        "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
        "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
    }
    assert look(copied(short_film, tmp_path / "locked.mp4", **scheme)).encrypted


def test_a_film_that_was_trimmed_is_whole_and_as_long_as_is_shown(tmp_path):
    film = flash_and_beep(tmp_path / "film.mp4", seconds=4.0)
    found = look(copied(film, tmp_path / "trimmed.mp4", from_s=1.5))
    assert accept(found) == ()
    assert found.sound.packets == found.sound.declared_frames < 4.0 * 48_000 / 1024
    assert found.measured_ms == pytest.approx(2500, abs=60)


def test_a_film_that_was_cut_off_is_short_of_its_index(tmp_path):
    film = flash_and_beep(tmp_path / "film.mp4", seconds=4.0)
    whole = copied(film, tmp_path / "whole.mp4", movflags="faststart").read_bytes()
    (tmp_path / "part.mp4").write_bytes(whole[: len(whole) * 2 // 3])
    assert "media-truncated" in [refusal.code for refusal in accept(look(tmp_path / "part.mp4"))]


@pytest.mark.parametrize("name", ["film.mkv", "film.webm"])
def test_a_film_that_was_cut_off_is_short_of_what_its_header_says(tmp_path, name):
    codecs = ("libvpx", "libopus") if name.endswith("webm") else ("libx264", "aac")
    whole = flash_and_beep(tmp_path / name, seconds=6.0, codecs=codecs)
    assert accept(look(whole)) == ()
    data = whole.read_bytes()
    (tmp_path / "part").write_bytes(data[: len(data) * 2 // 3])
    assert [refusal.code for refusal in accept(look(tmp_path / "part"))] == ["media-truncated"]


def test_recordings_that_were_joined_are_as_long_as_both(tmp_path):
    joined = joined_end_to_end(tmp_path, 4.0, 3.0)
    found = look(joined)
    assert accept(found) == ()
    assert len(found.clock.shifts_s) == 1
    assert found.measured_ms == pytest.approx(7000, abs=150)


def test_a_clock_that_jumps_back_in_one_stream_alone_is_refused(tmp_path):
    first = flash_and_beep(tmp_path / "1.ts", seconds=3.0)
    mute = lavfi(tmp_path / "2.ts", "color=black:size=160x90:rate=25", 50)
    (tmp_path / "joined.ts").write_bytes(first.read_bytes() + mute.read_bytes())
    found = look(tmp_path / "joined.ts")
    assert found.torn
    assert [refusal.code for refusal in accept(found)] == ["media-clock-jumps"]
