"""A recorded drive in VISS, one JSON message a line, to be replayed: what a car said, and nothing else.

Versions 2 and 3 alike. Subscription events and answers to ``get`` are what the car told. Requests, other
replies and errors stand in the log of a conversation too, and are passed over.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from kernel.errors import Invalid, TooLarge
from players.feed import signals, trace, viss
from players.feed.acceptance import Sample
from players.feed.viss import BadMessage

LINES_LIMIT = 200_000
SAMPLES_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Told:
    """What the car told in one message.

    Args:
        at_ms: when it did, in milliseconds since the log began.
        samples: oldest first; their times too are since the log began, and may lie before it.
    """

    at_ms: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class VissLog:
    """Messages in order of time, the first at 0 ms."""

    messages: tuple[Told, ...]

    @property
    def duration_ms(self) -> int:
        """From the first message to the last."""
        return self.messages[-1].at_ms


def read(data: bytes) -> VissLog:
    """A log from a file's bytes.

    Raises:
        TooLarge: ``trace-too-large`` or ``trace-too-long``.
        Invalid: ``trace-malformed``, ``trace-empty`` or ``trace-time-not-rising``, with the line.
    """
    if len(data) > trace.SIZE_LIMIT_BYTES:
        raise TooLarge("trace-too-large", f"A trace has at most {trace.SIZE_LIMIT_BYTES} bytes.")
    found: list[Told] = []
    samples = 0
    for line, told in _lines(data.removeprefix(b"\xef\xbb\xbf")):
        if found and told.at_ms < found[-1].at_ms:
            raise Invalid("trace-time-not-rising", f"Line {line} is earlier than what came before it.")
        samples += len(told.samples)
        if samples > SAMPLES_LIMIT:
            raise TooLarge("trace-too-long", f"A log tells at most {SAMPLES_LIMIT} values.")
        found.append(told)
    if not found:
        raise Invalid("trace-empty", "No message of the log tells a signal.")
    began_ms = found[0].at_ms
    return VissLog(tuple(_since(one, began_ms) for one in found))


def _lines(data: bytes) -> Iterator[tuple[int, Told]]:
    """The messages that tell a signal, with the numbers of their lines."""
    lines = data.split(b"\n")
    if len(lines) > LINES_LIMIT + 1:
        raise TooLarge("trace-too-long", f"A log has at most {LINES_LIMIT} lines.")
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if not line:
            continue
        try:
            sent_ms, samples = viss.logged(line)
        except BadMessage as problem:
            raise Invalid("trace-malformed", f"Line {number}: {problem.detail}") from None
        if samples:
            yield number, Told(samples[-1].vehicle_ms if sent_ms is None else sent_ms, samples)


def _since(told: Told, began_ms: int) -> Told:
    samples = tuple(Sample(one.path, one.text, one.vehicle_ms - began_ms) for one in told.samples)
    return Told(told.at_ms - began_ms, samples)


def shifted(log: VissLog, latitude: float, longitude: float) -> VissLog:
    """The same drive begun elsewhere, as :func:`players.feed.trace.shifted` does it.

    Raises:
        Invalid: ``trace-without-positions``.
    """
    origin = _first(log, signals.LATITUDE), _first(log, signals.LONGITUDE)
    move = trace.mover(origin, (latitude, longitude))
    at = list(origin)

    def moved(one: Sample) -> Sample:
        for which, path in enumerate((signals.LATITUDE, signals.LONGITUDE)):
            place = number(one, path)
            if place is not None:
                at[which] = place
                return Sample(one.path, f"{move(at[0], at[1])[which]:.7f}", one.vehicle_ms)
        return one

    return VissLog(tuple(replace(told, samples=tuple(map(moved, told.samples))) for told in log.messages))


def _first(log: VissLog, path: str) -> float:
    for told in log.messages:
        for one in told.samples:
            if (place := number(one, path)) is not None:
                return place
    raise Invalid("trace-without-positions", "The log tells no position that could be moved.")


def number(sample: Sample, path: str) -> float | None:
    """What ``sample`` tells if it is of ``path``; None if it is not, or tells no number."""
    if sample.path != path:
        return None
    try:
        return float(sample.text)
    except ValueError:
        return None
