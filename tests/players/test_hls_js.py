"""hls.js in headless Chromium: no error, no stall, no hole, no drift."""

from collections.abc import Callable

import pytest

from tests.players import browser
from tests.players.conftest import SECONDS, Played

pytestmark = pytest.mark.timeout(600)
PLAYER = "hls_js"
CHECKS = (
    browser.check_quiet,
    browser.check_clock,
    browser.check_frames,
    browser.check_sound,
    browser.check_drift,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_plays(played: Played, check: Callable[[Played, str], None]) -> None:
    check(played, PLAYER)


def test_it_crossed_at_least_four_splices(played: Played) -> None:
    assert played.listener.splices(PLAYER) >= 4


def test_sound_and_picture_of_a_position_start_together(played: Played) -> None:
    starts = browser.report_of(played, PLAYER)["starts"]
    both = starts["audio"].keys() & starts["main"].keys()
    assert len(both) > SECONDS / 3
    apart = [abs(starts["audio"][k][edge] - starts["main"][k][edge]) for k in both for edge in (0, 1)]
    assert max(apart) < browser.DRIFT_S
