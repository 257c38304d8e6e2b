"""VLC: nothing lost, nothing late for long, sound without a hole, picture and sound in step."""

import re
import wave

import pytest

from media.house_format import FPS, SAMPLE_RATE_HZ
from tests.players import sound
from tests.players.conftest import SECONDS, Played

pytestmark = pytest.mark.timeout(600)
DRIFT_S = 0.040
# What a machine without a desktop makes VLC say, and how its MP4 reader greets fragments.
USUAL = re.compile(
    r"interface error|libvlc error: interface|STTS table of 0 entries|no chunk defined|decoded zero sample"
)
# A busy machine may show a picture a little late; that is its own affair.
LATE = re.compile(r"picture is too late|decode_slice_header")


def stats(played: Played) -> list[dict[str, int]]:
    """What VLC counted, 20 s after the start and at the end."""
    blocks = played.reading.text("vlc.out").split("begin of statistical info")[1:]
    return [
        {k.strip(): int(v) for k, v in re.findall(r"\| ([a-z ]+?)\s*:\s+(\d+)$", one, re.M)} for one in blocks
    ]


def wave_of(played: Played) -> bytes:
    with wave.open(str(played.reading.folder / "vlc.wav")) as file:
        return file.readframes(file.getnframes())


def test_it_ended_well_and_complained_of_nothing(played: Played) -> None:
    assert played.reading.codes["vlc"] == 0
    said = re.findall(r"^.* (?:error|warning): .*$", played.reading.text("vlc.err"), re.M)
    assert [line for line in said if not USUAL.search(line) and not LATE.search(line)] == []


def test_nothing_was_corrupted_or_lost(played: Played) -> None:
    last = stats(played)[-1]
    assert (last["demux corrupted"], last["discontinuities"], last["buffers lost"]) == (0, 0, 0)
    assert last["frames lost"] <= 0.02 * last["frames displayed"]


def test_sound_never_stops(played: Played) -> None:
    left = sound.left_of(wave_of(played))
    assert len(left) / SAMPLE_RATE_HZ > SECONDS - 15
    slate_s = 2 * len(played.listener.silent_ms("vlc"))
    silent_s = sum(length_ms for _, length_ms in sound.silences(left)) / 1000
    assert silent_s <= slate_s


def test_picture_and_sound_advance_alike(played: Played) -> None:
    early, late = stats(played)
    shown_s = sum((late[k] - early[k]) / FPS for k in ("frames displayed", "frames lost"))
    heard_s = (late["buffers played"] - early["buffers played"]) * 1024 / SAMPLE_RATE_HZ
    # Both are counted in whole frames and buffers, and at moments that are not quite the same.
    assert abs(shown_s - heard_s) < DRIFT_S + 4 / FPS
