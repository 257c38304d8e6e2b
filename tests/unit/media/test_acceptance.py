import msgspec
import pytest

from media.acceptance import accept
from media.source import FoundKind, Picture, Sound, Source

PICTURE = Picture(
    index=0, codec="h264", width=1280, height=720, decodable=True, declared_frames=250, packets=250
)
SOUND = Sound(
    index=1, codec="aac", rate_hz=48_000, channels=2, decodable=True, declared_frames=469, packets=469
)
UNINDEXED = {
    "picture": msgspec.structs.replace(PICTURE, declared_frames=0),
    "sound": msgspec.structs.replace(SOUND, declared_frames=0),
}
GOOD = Source(FoundKind.MEDIA, streams=2, picture=PICTURE, sound=SOUND, claimed_ms=10_000, measured_ms=10_000)


def codes(**changes) -> list[str]:
    return [refusal.code for refusal in accept(msgspec.structs.replace(GOOD, **changes))]


def picture(**changes) -> Picture:
    return msgspec.structs.replace(PICTURE, **changes)


def heard(**changes) -> Sound:
    return msgspec.structs.replace(SOUND, **changes)


def test_an_ordinary_film_is_taken():
    assert codes() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": FoundKind.NO_MEDIA}, "media-no-media"),
        ({"kind": FoundKind.TOO_SLOW}, "media-too-slow"),
        ({"kind": FoundKind.CRASHED}, "media-unreadable"),
        ({"encrypted": True}, "media-encrypted"),
        ({"streams": 65}, "media-too-many-streams"),
        ({"picture": None, "sound": None}, "media-no-streams"),
        ({"picture": picture(decodable=False), "sound": heard(decodable=False)}, "media-undecodable"),
        ({"picture": picture(width=8194, height=16)}, "media-too-large-picture"),
        ({"picture": picture(width=8192, height=4322)}, "media-too-large-picture"),
        ({"picture": picture(packets=1, declared_frames=1), "sound": None}, "media-single-picture"),
        ({"sound": heard(channels=17)}, "media-too-many-channels"),
        ({"picture": picture(packets=240)}, "media-truncated"),
        ({"sound": heard(packets=400)}, "media-truncated"),
        ({"container": "matroska,webm", "reached_ms": 8700, **UNINDEXED}, "media-truncated"),
        ({"torn": True}, "media-clock-jumps"),
        ({"claimed_ms": 143_165_000}, "media-lying-duration"),
        ({"claimed_ms": None, "measured_ms": 14_400_001}, "media-too-long"),
        ({"claimed_ms": 14_400_001, "measured_ms": None}, "media-too-long"),
        ({"claimed_ms": 99, "measured_ms": 99}, "media-too-short"),
    ],
)
def test_each_reason(changes, code):
    assert codes(**changes) == [code]


@pytest.mark.parametrize(
    "changes",
    [
        {"streams": 64},
        {"picture": picture(width=8192, height=4320)},
        {"sound": heard(channels=16)},
        {"picture": picture(packets=244)},  # two in a hundred, and one, may be missing
        {"picture": picture(packets=100), "measured_ms": None},  # the count was cut short
        {"container": "matroska,webm", "reached_ms": 8800, **UNINDEXED},
        {"container": "mp3", "reached_ms": 5000, **UNINDEXED},  # its duration is an estimate
        {"container": "mov,mp4", "reached_ms": 5000},  # its index is complete
        {"claimed_ms": 100_000},
        {"claimed_ms": None, "measured_ms": 14_400_000},
        {"claimed_ms": 100, "measured_ms": 100},
        {"picture": None},
        {"sound": None},
        {"picture": picture(decodable=False)},  # the sound can be had
        {"picture": picture(packets=1, declared_frames=1)},  # a slide with sound
    ],
)
def test_just_within_the_limits(changes):
    assert codes(**changes) == []


def test_several_reasons_at_once_come_gravest_first():
    assert codes(encrypted=True, sound=heard(channels=99), measured_ms=99, claimed_ms=99) == [
        "media-encrypted",
        "media-too-many-channels",
        "media-too-short",
    ]


def test_every_reason_says_what_to_do():
    refusals = accept(msgspec.structs.replace(GOOD, encrypted=True, streams=70))
    assert all(refusal.code.startswith("media-") and refusal.detail and refusal.fix for refusal in refusals)
