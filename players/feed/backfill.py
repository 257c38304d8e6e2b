"""What a vehicle uploads after a gap: many subscription events at once, most of them of the past.

The past tells nothing of whether it moves now. What is worth keeping of it is how full it is, how far it has
gone, and when it wants service.
"""

from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from kernel.errors import Invalid, TooLarge
from players.feed import signals, viss
from players.feed.acceptance import LATE_LIMIT_MS, Reading, Refusal, Rejection, Sample
from players.feed.signals import BadValue
from players.feed.viss import BadMessage, Event, Fault

BODY_LIMIT_BYTES = 1024 * 1024
EVENTS_LIMIT = 1_000
SAMPLES_LIMIT = 5_000

_POWERTRAIN = "Vehicle.Powertrain"
FACTS = frozenset(
    {
        f"{_POWERTRAIN}.TractionBattery.StateOfCharge.Current",
        signals.CHARGE,
        f"{_POWERTRAIN}.FuelSystem.RelativeLevel",
        signals.RANGE,
        signals.ODOMETER,
        "Vehicle.Service.IsServiceDue",
        "Vehicle.Service.DistanceToService",
        "Vehicle.Service.TimeToService",
    }
)
"""The signals of which an old value is worth keeping; apart from the state that safety looks at."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A body that was read: its samples, oldest first, and why events were refused as a whole."""

    events: int
    samples: tuple[Sample, ...]
    faults: tuple[Fault, ...]


def read(body: bytes, *, lines: bool) -> Batch:
    """A batch from a body.

    Args:
        body: a JSON array of subscription events, or one event a line.
        lines: it is ``application/x-ndjson``.

    Raises:
        Invalid: ``batch-malformed`` if it is neither.
        TooLarge: ``batch-too-large``.
    """
    found, faults, events = list[Sample](), list[Fault](), 0
    for raw in _events(body, lines):
        events += 1
        if events > EVENTS_LIMIT:
            raise TooLarge("batch-too-large", f"A batch has at most {EVENTS_LIMIT} events.")
        try:
            event = viss.decode(raw)
            if not isinstance(event, Event):
                raise BadMessage(Fault.ACTION, "A batch holds subscription events.")
            found += event.samples
        except BadMessage as problem:
            faults.append(problem.fault)
            found += problem.salvaged
        if len(found) > SAMPLES_LIMIT:
            raise TooLarge("batch-too-large", f"A batch has at most {SAMPLES_LIMIT} samples.")
    return Batch(events, tuple(sorted(found, key=lambda sample: sample.vehicle_ms)), tuple(faults))


def _events(body: bytes, lines: bool) -> Iterator[bytes]:
    body = body.removeprefix(BOM_UTF8)  # which tools put before what they save; JSON knows none
    if lines:
        yield from (line for line in body.split(b"\n") if line.strip())
        return
    try:
        yield from (bytes(raw) for raw in msgspec.json.decode(body, type=list[msgspec.Raw]))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Invalid(
            "batch-malformed",
            "The body is not a JSON array of subscription events.",
            fix="Send an array, or one event a line as application/x-ndjson.",
        ) from None


def parted(samples: Sequence[Sample], now_ms: int) -> tuple[list[Sample], list[Sample]]:
    """Those that may speak of the present, and those of the past."""
    current = [one for one in samples if now_ms - one.vehicle_ms <= LATE_LIMIT_MS]
    return current, [one for one in samples if now_ms - one.vehicle_ms > LATE_LIMIT_MS]


def newest(
    past: Sequence[Sample], held: Mapping[str, Reading], vss_version: int, now_ms: int
) -> tuple[dict[str, Reading], list[Refusal]]:
    """The facts that old samples tell, newest of each; and what is not kept of them, with the reason.

    Args:
        past: oldest first.
        held: what is known already, by path.
        vss_version: the vocabulary that they speak.
        now_ms: when they came.
    """
    facts: dict[str, Reading] = {}
    refusals: list[Refusal] = []
    for sample in past:
        found = signals.resolve(sample.path, vss_version)
        if found is None:
            refusals.append(Refusal(sample.path, Rejection.UNKNOWN_PATH))
            continue
        signal, old = found
        try:
            value = signals.parse(signal, sample.text, old)
        except BadValue as problem:
            refusals.append(Refusal(signal.path, Rejection.BAD_VALUE, str(problem)))
            continue
        if signal.path not in FACTS or value is None:
            refusals.append(Refusal(signal.path, Rejection.BACKFILL_NOT_KEPT))
            continue
        before = facts.get(signal.path) or held.get(signal.path)
        if before is not None and sample.vehicle_ms <= before.vehicle_ms:
            refusals.append(Refusal(signal.path, Rejection.BACKFILL_NOT_NEWER))
            continue
        if signal.path in facts:
            refusals.append(Refusal(signal.path, Rejection.BACKFILL_NOT_NEWER))
        facts[signal.path] = Reading(value, sample.vehicle_ms, now_ms)
    return facts, refusals
