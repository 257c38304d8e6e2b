"""``roadcast replay-decision``, run as a person runs it."""

import json

import pytest
from click.testing import CliRunner

from adserver.serving.avail import Avail, Format
from adserver.serving.decision import Decision
from adserver.serving.trace import Change, Replayed, Verdict, trace_of
from adserver.serving.usage import Usage
from kernel.clock import from_ms
from server.cli import main
from server.cli_replay import told
from server.commands import migrated_house, run_on

CHOSEN = Verdict("li_1", "adv_1", "Garage", "Open days", "Rennes", creative_id="crv_1")
PAUSED = Verdict("li_1", "adv_1", "Garage", "Open days", reason="frequency-cap", detail="3 of 3 in 60 s")


@pytest.fixture
def roadcast(tmp_path):
    def run(*arguments: str):
        return CliRunner().invoke(main, [*arguments, "--data-dir", str(tmp_path)])

    return run


@pytest.mark.timeout(120)
def test_a_kept_decision_is_made_again_and_an_unknown_one_is_told_in_a_line(roadcast, tmp_path):
    unknown = roadcast("replay-decision", "dec_none")
    assert (unknown.exit_code, "[decision-unknown]" in unknown.output) == (1, True)
    avail = Avail("a", "car", 16, frozenset({Format.AUDIO}), from_ms(0))
    trace = trace_of(avail, (), Usage({}, {}), 0.5, Decision((), ()), 1_780_000_000_000)
    with migrated_house(tmp_path) as house:
        run_on(house, house.adserver.keep_traces.traces.keep(trace))
    found = roadcast("replay-decision", trace.trace_id)
    assert (found.exit_code, found.output.splitlines()) == (
        0,
        [
            f"{trace.trace_id}: a break of 16 segments, decided 2026-05-28T20:26:40.000Z, cell unknown",
            "Made again, the same comes of it.",
        ],
    )
    assert json.loads(roadcast("replay-decision", trace.trace_id, "--json").output)["same"] is True


def test_what_differs_is_told_then_and_now():
    found = Replayed(
        "dec_1",
        0,
        "48.12,-1.68",
        0,
        False,
        (CHOSEN,),
        (Change(CHOSEN, PAUSED), Change(None, CHOSEN)),
        {"behind-the-car": 3, "out-of-reach": 1},
    )
    assert list(told(found)) == [
        "dec_1: a card, decided 1970-01-01T00:00:00.000Z, cell 48.12,-1.68",
        "  li_1  chosen (crv_1)  Open days (Garage)",
        "  3 others  behind-the-car",
        "  1 other  out-of-reach",
        "differs: li_1  then chosen (crv_1), now frequency-cap (3 of 3 in 60 s)",
        "differs: li_1  then nothing, now chosen (crv_1)",
        "Made again, something else comes of it.",
    ]
