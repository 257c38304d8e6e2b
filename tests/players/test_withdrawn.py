"""The picture is withdrawn in the middle, and given back: what players of one element show and sound like."""

import json
import wave
from itertools import pairwise

import httpx
import numpy as np
import pytest

from media.house_format import SAMPLE_RATE_HZ, SEGMENT_MS
from tests.players import sound, withdrawing
from tests.players.house import DRIVING, PARKED
from tests.players.product import Product
from tests.players.reading import PLAYERS
from tests.players.withdrawing import PAGES, SECONDS, Shown, Withdrawn

pytestmark = pytest.mark.timeout(300)
BLACK = 24.0
# What players were seen to buffer: up to 7 s, VLC 14 to 17 s; and the segment that had just been fetched.
BUFFERED_S = {name: (17 if name == "vlc" else 7) + SEGMENT_MS / 1000 for name in PLAYERS}
# Three seconds, until the next report, and a little of a busy machine.
AGREEMENT_S = 4.0
JUDGED_S = 0.3
HOLE_MS = 300
EDGE = 0.15
STRICT = "leaving-strict"


@pytest.fixture(scope="module")
def offered() -> dict[str, bytes]:
    """What the strict technique's multivariant playlist said: parked, moving."""
    return {}


@pytest.fixture(scope="module")
def withdrawn(
    product: Product, tmp_path_factory: pytest.TempPathFactory, offered: dict[str, bytes]
) -> Withdrawn:
    road = product.stock.road_channel_id
    with product.driving("leaving-feed", PARKED) as feed:
        product.wait_for_picture("leaving")
        urls = {name: product.open("leaving", road)["multivariant"] for name in PLAYERS}
        strict, both = (product.open(code, road)["multivariant"] for code in (STRICT, "leaving-two-element"))

        def ask(when: str) -> None:
            offered[f"strict {when}"] = httpx.get(strict).content
            offered[f"two-element {when}"] = httpx.get(both).content

        def move() -> None:
            ask("parked")
            feed.tell(DRIVING)

        def park() -> None:
            ask("moving")
            feed.tell(PARKED)

        folder = tmp_path_factory.mktemp("withdrawn")
        return withdrawing.withdraw(urls, product.url, folder, move, park)


def stays_s(withdrawn: Withdrawn, player: str) -> float:
    """How long a picture may stay: what is buffered, and what the player was late from its start.

    A busy machine makes it start late, and from then on it plays that much behind.
    """
    start_s = withdrawn.shown[player][0].at_s - withdrawn.relays[player].fetches[0].at_s
    return BUFFERED_S[player] + start_s


def black(shown: list[Shown]) -> list[Shown]:
    return [one for one in shown if one.luma < BLACK]


@pytest.mark.parametrize("player", PLAYERS)
def test_black_comes_with_the_end_of_the_buffer_and_stays(withdrawn: Withdrawn, player: str) -> None:
    shown = withdrawn.shown[player]
    before = [one for one in shown if one.at_s < withdrawn.moved_s]
    assert len(before) > 20
    assert black(before) == []
    first = black(shown)[0]
    assert first.at_s - withdrawn.moved_s < stays_s(withdrawn, player)
    meanwhile = [one for one in shown if first.at_s < one.at_s < withdrawn.parked_s]
    assert len(meanwhile) > 4
    assert [one for one in meanwhile if one.luma >= BLACK] == []


@pytest.mark.parametrize("player", PLAYERS)
def test_nothing_fetched_after_the_move_shows_a_picture(withdrawn: Withdrawn, player: str) -> None:
    asked: dict[int, float] = {}
    for k, at_s in withdrawn.relays[player].pictures():
        asked.setdefault(k, at_s)
    late = {k for k, at_s in asked.items() if withdrawn.moved_s + JUDGED_S < at_s < withdrawn.parked_s}
    assert len(late) >= 5
    judged = [one for one in withdrawn.shown[player] if int(one.k) in late and EDGE < one.k % 1 < 1 - EDGE]
    assert len(judged) > 20
    assert [one for one in judged if one.luma >= BLACK] == []


@pytest.mark.parametrize("player", PLAYERS)
def test_the_picture_returns_after_parking(withdrawn: Withdrawn, player: str) -> None:
    shown = withdrawn.shown[player]
    back = next(one for one in shown if one.at_s > withdrawn.parked_s and one.luma >= BLACK)
    # Through what is buffered, as black was; but that may have met a buffer that was nearly empty.
    assert back.at_s - withdrawn.parked_s < AGREEMENT_S + BUFFERED_S[player]
    assert black([one for one in shown if one.at_s > back.at_s]) == []


def wave_of(withdrawn: Withdrawn, player: str) -> np.ndarray:
    if player == "gstreamer":
        return sound.left_of((withdrawn.folder / "gstreamer.raw").read_bytes())
    with wave.open(str(withdrawn.folder / f"{player}.wav")) as file:
        return sound.left_of(file.readframes(file.getnframes()))


@pytest.mark.parametrize("player", ["ffmpeg", "vlc", "gstreamer"])
def test_sound_goes_on_as_if_nothing_were(withdrawn: Withdrawn, player: str) -> None:
    """No silence, and every beep of the programme where the one before it says."""
    heard = wave_of(withdrawn, player)
    assert len(heard) / SAMPLE_RATE_HZ > SECONDS - 15
    assert sound.silences(heard, HOLE_MS) == []
    steps = [after - before for before, after in pairwise(sound.beeps(heard))]
    assert len(steps) > 20
    assert [step for step in steps if abs(step - SEGMENT_MS / 1000) > 0.01] == []


@pytest.mark.parametrize("page", PAGES)
def test_sound_goes_on_in_browsers(withdrawn: Withdrawn, page: str) -> None:
    report = json.loads((withdrawn.folder / f"{page}.json").read_text())
    assert (report["errors"], report["refused"]) == ([], [])
    assert [length for _, length in report["silences"] if length > HOLE_MS] == []
    steps = [after - before for (_, before), (_, after) in pairwise(report["marks"]["beeps"])]
    assert len(steps) > 20
    assert [step for step in steps if abs(step - SEGMENT_MS / 1000) > 0.02] == []


def test_the_strict_technique_is_never_offered_a_picture(
    withdrawn: Withdrawn, offered: dict[str, bytes]
) -> None:
    """Audio only is offered nothing else at any time; two elements lose the picture's variants by moving."""
    told = {name: b"avc1" in body for name, body in offered.items()}
    assert told == {
        "strict parked": False,
        "strict moving": False,
        "two-element parked": True,
        "two-element moving": False,
    }
    assert all(b"mp4a.40.2" in body for body in offered.values())
