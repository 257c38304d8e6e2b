import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Invalid
from players.feed import signals
from players.feed.switch import SPEED_FACTS, TOLD, UNKNOWN, Cursor, evidence, fact
from tests.players.house import standing

WORDS = {UNKNOWN, TOLD, "true", "false", "park", "drive", "neutral", "reverse", "forward", *SPEED_FACTS}
ALLOWED = {word for signal in signals.SIGNALS.values() for word in signal.allowed}


@pytest.mark.parametrize(
    ("kmh", "word"),
    [
        (0.0, "zero"),
        (-0.0, "zero"),
        (0.4, "up-to-1-km/h"),
        (1.0, "up-to-1-km/h"),
        (1.01, "above-1-km/h"),
        (130, "above-1-km/h"),
        (-0.5, "negative"),
        (-30.0, "above-1-km/h"),
        (None, "unknown"),
    ],
)
def test_of_a_speed_only_what_the_rules_ask_is_kept(kmh, word):
    assert fact(signals.SPEED, kmh) == word


@pytest.mark.parametrize(
    ("gear", "word"), [(126, "park"), (127, "drive"), (0, "neutral"), (-1, "reverse"), (3, "forward")]
)
def test_a_gear_is_kept_as_its_kind(gear, word):
    assert fact(signals.SELECTED_GEAR, gear) == word


@given(
    st.sampled_from(sorted(signals.SIGNALS)),
    st.none() | st.booleans() | st.integers(-(2**31), 2**32) | st.floats(-1e7, 1e7) | st.text(max_size=40),
)
def test_nothing_that_was_told_is_kept_but_a_few_words(path, value):
    """Neither a number nor a free text gets through, whatever the signal."""
    assert fact(path, value) in WORDS | ALLOWED


def test_the_evidence_has_the_ages_and_not_the_values():
    state = standing(1_000_000)
    found = evidence(state, {signals.SPEED: 250, signals.SELECTED_GEAR: 4_000})
    assert msgspec.to_builtins(found) == {
        signals.SPEED: {"fact": "zero", "age_ms": 250},
        signals.SELECTED_GEAR: {"fact": "park", "age_ms": 4_000},
    }


@given(st.integers(0, 10**15 - 1), st.from_regex(r"sw_[a-z0-9]{1,20}", fullmatch=True))
def test_a_cursor_reads_as_it_was_written(at_ms, switch_id):
    cursor = Cursor(at_ms, switch_id)
    assert Cursor.read(cursor.text()) == cursor


@pytest.mark.parametrize(
    "text", ["", "-", "12", "12-", "-sw_1", "1e9-sw_1", "٣-sw_1", "9" * 17 + "-sw_1", str(math.pi)]
)
def test_what_is_no_cursor_is_refused(text):
    with pytest.raises(Invalid, match="cursor-malformed"):
        Cursor.read(text)
