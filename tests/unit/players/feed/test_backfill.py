"""A batch's body, and what is kept of the past."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import from_ms, iso_z
from kernel.errors import Invalid, TooLarge
from players.feed import backfill, signals
from players.feed.acceptance import Reading, Rejection, Sample
from players.feed.backfill import EVENTS_LIMIT, FACTS, Batch, newest, parted, read
from players.feed.driving_state import SAFETY
from players.feed.viss import Fault, encode_event

NOW = 1_800_000_000_000
FUEL = "Vehicle.Powertrain.FuelSystem.RelativeLevel"


def event(*samples: Sample) -> bytes:
    return encode_event(samples, NOW)


def test_an_array_and_lines_say_the_same():
    one, other = event(Sample(signals.CHARGE, "50", NOW - 5)), event(Sample(signals.SPEED, "1", NOW - 9))
    array = read(b"[" + one + b"," + other + b"]", lines=False)
    assert array == read(one + b"\r\n\n" + other + b"\n", lines=True)
    assert array == Batch(2, (Sample(signals.SPEED, "1", NOW - 9), Sample(signals.CHARGE, "50", NOW - 5)), ())


def test_a_bad_event_spoils_no_other():
    reply = b'{"action":"subscribe","requestId":"1"}'
    batch = read(
        b"[" + event(Sample(signals.SPEED, "1", NOW)) + b',7,{"action":"set"},' + reply + b"]", lines=False
    )
    assert len(batch.samples) == 1
    assert batch.faults == (Fault.MALFORMED, Fault.ACTION, Fault.ACTION)
    assert read(b"nonsense\n{}", lines=True).faults == (Fault.NOT_JSON, Fault.MALFORMED)


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b'"x"', b"\xff", b"[" * 100_000])
def test_what_is_no_array(body):
    with pytest.raises(Invalid, match="batch-malformed"):
        read(body, lines=False)


def test_limits():
    small = event(Sample(signals.SPEED, "1", NOW))
    with pytest.raises(TooLarge, match="batch-too-large"):
        read(b"\n".join([small] * (EVENTS_LIMIT + 1)), lines=True)
    full = event(*[Sample(signals.SPEED, "1", NOW)] * 256)
    with pytest.raises(TooLarge, match="batch-too-large"):
        read(b"\n".join([full] * 20), lines=True)


@given(st.binary(max_size=300), st.booleans())
def test_nothing_but_a_batch_or_a_named_refusal(body, lines):
    with suppress(Invalid, TooLarge):
        assert isinstance(read(body, lines=lines), Batch)


def test_the_present_is_what_may_still_contradict():
    samples = [Sample(signals.SPEED, "0", NOW - 10_001), Sample(signals.SPEED, "0", NOW - 10_000)]
    assert parted(samples, NOW) == (samples[1:], samples[:1])


def test_of_the_past_the_newest_fact_is_kept_where_it_is_newer():
    held = {signals.CHARGE: Reading(60.0, NOW - 50_000, NOW - 50_000)}
    past = [
        Sample(signals.CHARGE, "61", NOW - 60_000),
        Sample(FUEL, "30", NOW - 40_000),
        Sample(signals.CHARGE, "55", NOW - 30_000),
        Sample(signals.SPEED, "0", NOW - 25_000),
        Sample(signals.LATITUDE, "48.1", NOW - 25_000),
        Sample(signals.CHARGE, "54", NOW - 20_000),
        Sample(FUEL, signals.NOT_AVAILABLE, NOW - 20_000),
        Sample(FUEL, "much", NOW - 20_000),
        Sample("Vehicle.Toaster", "1", NOW - 20_000),
    ]
    facts, refusals = newest(past, held, 6, NOW)
    assert facts == {signals.CHARGE: Reading(54.0, NOW - 20_000, NOW), FUEL: Reading(30, NOW - 40_000, NOW)}
    assert [(one.path, one.reason) for one in refusals] == [
        (signals.CHARGE, Rejection.BACKFILL_NOT_NEWER),
        (signals.SPEED, Rejection.BACKFILL_NOT_KEPT),
        (signals.LATITUDE, Rejection.BACKFILL_NOT_KEPT),
        (signals.CHARGE, Rejection.BACKFILL_NOT_NEWER),
        (FUEL, Rejection.BACKFILL_NOT_KEPT),
        (FUEL, Rejection.BAD_VALUE),
        ("Vehicle.Toaster", Rejection.UNKNOWN_PATH),
    ]
    assert len(facts) + len(refusals) == len(past)


def test_the_past_is_read_in_the_vocabulary_of_the_unit():
    facts, _ = newest([Sample("Vehicle.TravelledDistance", "12.5", NOW - 20_000)], {}, 3, NOW)
    assert facts == {signals.ODOMETER: Reading(12_500, NOW - 20_000, NOW)}


def test_facts_are_signals_and_only_the_odometer_matters_to_safety():
    assert signals.SIGNALS.keys() >= FACTS
    assert FACTS & set(SAFETY) == {signals.ODOMETER}


def test_the_form_that_the_documentation_shows():
    body = [
        {"action": "subscription", "subscriptionId": "1", "ts": iso_z(from_ms(NOW)),
         "data": {"path": "Vehicle.Speed", "dp": {"value": "0", "ts": iso_z(from_ms(NOW))}}}
    ]  # fmt: skip
    assert len(backfill.read(json.dumps(body).encode(), lines=False).samples) == 1
