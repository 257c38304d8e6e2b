"""What the two players in Chromium are held to."""

import json
from statistics import median
from typing import Any

from tests.players.conftest import SECONDS, Played

STALL_MS = 250
DRIFT_S = 0.040
SETTLED_MS = 2_000
GAP_MS = 100


def report_of(played: Played, player: str) -> dict[str, Any]:
    return json.loads(played.reading.text(f"{player}.json"))


def check_quiet(played: Played, player: str) -> None:
    """No complaint of the player, no answer of 400 and more."""
    report = report_of(played, player)
    assert played.reading.codes["browser"] == 0
    assert (report["errors"], report["refused"]) == ([], [])


def check_clock(played: Played, player: str) -> None:
    """Playback never loses or jumps a quarter of a second against the clock of the sound device."""
    report = report_of(played, player)
    lags = [lag for at, lag in report["lags"] if SETTLED_MS < at < (SECONDS - 15) * 1000]
    assert len(lags) > SECONDS * 5
    assert report["played_s"] > SECONDS - 15
    assert max(lags) - min(lags) < STALL_MS


def check_frames(played: Played, player: str) -> None:
    """As many pictures as the time that was played asks for."""
    report = report_of(played, player)
    assert abs(report["frames"] / 25 - report["played_s"]) < 2.0


def check_sound(played: Played, player: str) -> None:
    """No hole but where slate stood; silences are told with the playing date of their end."""
    report = report_of(played, player)
    assert report["sound"] == "running"
    slate = played.listener.silent_ms(player)
    holes = [
        (date, length)
        for date, length in report["silences"]
        if length > GAP_MS and not any(start <= date <= end + 1000 for start, end in slate)
    ]
    assert holes == []


def check_drift(played: Played, player: str) -> None:
    """The picture shown keeps its distance to the sound's clock from start to end."""
    offsets = [offset for _, offset in report_of(played, player)["offsets"]]
    fifth = len(offsets) // 5
    assert abs(median(offsets[-fifth:]) - median(offsets[:fifth])) < DRIFT_S
