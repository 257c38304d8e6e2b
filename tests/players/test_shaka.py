"""Shaka in headless Chromium: no error, no stall, no hole, no drift."""

from collections.abc import Callable

import pytest

from tests.players import browser
from tests.players.conftest import Played

pytestmark = pytest.mark.timeout(600)
PLAYER = "shaka"
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


def test_it_jumped_no_gap(played: Played) -> None:
    report = browser.report_of(played, PLAYER)
    assert (report["gaps"], report["stalls"]) == (0, 0)
