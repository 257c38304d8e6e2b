"""A recorded drive, from GPX 1.0/1.1 or CSV, to be replayed as a vehicle's feed.

CSV columns are found by name, whatever their order and case: a time (``timestamp`` in ISO 8601, or
``date`` and ``time``), ``lat``/``latitude``, ``lon``/``longitude``, and where there are any ``speed``
in km/h, ``gear``/``mode`` (P, R, N, D) and ``soc`` in per cent.
"""

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby, pairwise

import gpxpy
import gpxpy.gpx

from geotarget.distance import geodesic_m
from kernel.clock import to_ms
from kernel.errors import Invalid, TooLarge
from players.feed import signals
from players.feed.acceptance import Sample

SIZE_LIMIT_BYTES = 32 * 1024 * 1024
POINTS_LIMIT = 200_000
STEP_MS = 1_000

_GEARS = {"P": signals.GEAR_PARK, "R": -1, "N": signals.GEAR_NEUTRAL, "D": signals.GEAR_DRIVE}
_NAMES = {
    "time": ("timestamp", "datetime", "time"),
    "latitude": ("lat", "latitude"),
    "longitude": ("lon", "lng", "longitude"),
    "speed": ("speed", "speed_kmh"),
    "gear": ("gear", "mode"),
    "charge": ("soc",),
}


@dataclass(frozen=True, slots=True)
class Point:
    """The vehicle at one moment; None where the recording does not say.

    Args:
        at_ms: milliseconds since the trace began.
        gear: as VSS codes it (126 Park, 127 Drive, 0 Neutral, -1 Reverse).
        charge_percent: of the traction battery.
    """

    at_ms: int
    latitude: float
    longitude: float
    speed_kmh: float
    gear: int | None = None
    brake: bool | None = None
    charge_percent: float | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """Points in order of time, the first at 0 ms."""

    points: tuple[Point, ...]

    @property
    def duration_ms(self) -> int:
        """From the first point to the last."""
        return self.points[-1].at_ms


def read(data: bytes) -> Trace:
    """A trace from a file's bytes; GPX is told from CSV by its first character.

    Raises:
        TooLarge: ``trace-too-large`` or ``trace-too-long``.
        Invalid: ``trace-malformed``, ``trace-empty``, ``trace-without-columns``, ``trace-without-times``,
            ``trace-time-not-rising``, ``trace-place-impossible`` or ``trace-speed-impossible``.
    """
    if len(data) > SIZE_LIMIT_BYTES:
        raise TooLarge("trace-too-large", f"A trace has at most {SIZE_LIMIT_BYTES} bytes.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("trace-malformed", "The trace is not UTF-8 text.") from None
    if not text.strip():
        raise Invalid("trace-empty", "The file is empty.")
    points = _gpx(text) if text.lstrip().startswith("<") else _csv(text)
    found: list[Point] = []
    for where, point in points:
        if len(found) == POINTS_LIMIT:
            raise TooLarge("trace-too-long", f"A trace has at most {POINTS_LIMIT} points.")
        if found and point.at_ms <= found[-1].at_ms:
            raise Invalid("trace-time-not-rising", f"{where} is not later than what came before it.")
        found.append(point)
    if not found:
        raise Invalid("trace-empty", "The trace has no points.")
    began = found[0].at_ms
    return Trace(tuple(replace(point, at_ms=point.at_ms - began) for point in found))


def _gpx(text: str) -> Iterator[tuple[str, Point]]:
    try:
        tracks = gpxpy.parse(text).tracks
    except (gpxpy.gpx.GPXException, ValueError) as problem:
        raise Invalid("trace-malformed", f"The trace is no GPX: {problem}.") from None
    raw = [point for track in tracks for segment in track.segments for point in segment.points]
    for number, (before, point) in enumerate(pairwise([*raw[:1], *raw]), 1):
        if point.time is None or before.time is None:
            raise Invalid("trace-without-times", f"Point {number} has no time, and every point needs one.")
        _check_place(point.latitude, point.longitude, f"Point {number}")
        at_ms, earlier_ms = _moment_ms(point.time), _moment_ms(before.time)
        if point.speed is not None:  # GPX 1.0, in m/s
            speed = point.speed * 3.6
        elif at_ms > earlier_ms:
            apart_m = geodesic_m(before.latitude, before.longitude, point.latitude, point.longitude)
            speed = apart_m / (at_ms - earlier_ms) * 3600
        else:
            speed = 0.0
        yield _checked(Point(at_ms, point.latitude, point.longitude, speed), f"Point {number}")


def _moment_ms(moment: datetime) -> int:
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _csv(text: str) -> Iterator[tuple[str, Point]]:
    rows = csv.reader(io.StringIO(text))
    try:
        head = [name.strip().lower() for name in next(rows, [])]
        columns = {what: head.index(name) for what, names in _NAMES.items() for name in names if name in head}
        if not {"time", "latitude", "longitude"} <= columns.keys():
            raise Invalid("trace-without-columns", "There are no columns for time, latitude and longitude.")
        date = head.index("date") if "date" in head else None
        for row in rows:
            if row:
                yield _row(row, columns, date, rows.line_num)
    except csv.Error as problem:
        raise Invalid("trace-malformed", f"Line {rows.line_num}: {problem}.") from None


def _row(row: list[str], columns: Mapping[str, int], date: int | None, line: int) -> tuple[str, Point]:
    try:
        told = {what: row[column].strip() for what, column in columns.items()}
        moment = _time(told["time"] if date is None else f"{row[date].strip()} {told['time']}")
        gear = told.get("gear", "")
        point = Point(
            at_ms=_moment_ms(moment),
            latitude=float(told["latitude"]),
            longitude=float(told["longitude"]),
            speed_kmh=float(told.get("speed") or 0),
            gear=_GEARS[gear.upper()] if gear else None,
            charge_percent=float(told["charge"]) if told.get("charge") else None,
        )
    except (ValueError, KeyError, IndexError):
        raise Invalid("trace-malformed", f"Line {line} does not read as a point of a trace.") from None
    return _checked(point, f"Line {line}")


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.strptime(text, "%m/%d/%Y %H:%M:%S").replace(tzinfo=UTC)


def _checked(point: Point, where: str) -> tuple[str, Point]:
    _check_place(point.latitude, point.longitude, where)
    if not math.isfinite(point.speed_kmh):
        raise Invalid("trace-speed-impossible", f"{where} has no real speed.")
    return where, point


def _check_place(latitude: float, longitude: float, where: str) -> None:
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise Invalid("trace-place-impossible", f"{where} lies nowhere on Earth.")


def shifted(trace: Trace, latitude: float, longitude: float) -> Trace:
    """The same drive begun elsewhere: moved rigidly, so that lengths along the ground stay (within 0.5 %)."""
    origin = trace.points[0]
    move = mover((origin.latitude, origin.longitude), (latitude, longitude))
    places = [move(point.latitude, point.longitude) for point in trace.points]
    return Trace(
        tuple(
            replace(point, latitude=north, longitude=east)
            for point, (north, east) in zip(trace.points, places, strict=True)
        )
    )


def mover(
    origin: tuple[float, float], there: tuple[float, float]
) -> Callable[[float, float], tuple[float, float]]:
    """Moves places rigidly, so that ``origin`` comes to lie ``there``; all are latitude and longitude."""

    def move(latitude: float, longitude: float) -> tuple[float, float]:
        north = there[0] + latitude - origin[0]
        # A degree of longitude is shorter further from the equator.
        scale = math.cos(math.radians(latitude)) / math.cos(math.radians(north))
        return north, math.remainder(there[1] + math.remainder(longitude - origin[1], 360) * scale, 360)

    return move


def parked(trace: Trace, before_ms: int, after_ms: int, stops_ms: int | None = None) -> Trace:
    """The drive begun and ended in Park, which many recordings leave out.

    The first and the last place are stood at, in Park with the brake engaged. Between them a gear that
    the recording does not tell becomes Drive.

    It stands parked for ``before_ms`` before the first point and ``after_ms`` after the last.
    Standstills of at least ``stops_ms`` are told as parked too; None leaves them alone.
    """
    first, last = trace.points[0], trace.points[-1]
    began = _standing(first, range(0, before_ms, STEP_MS))
    drive = [
        replace(point, at_ms=point.at_ms + before_ms, gear=_gear(point), brake=point.brake or False)
        for point in trace.points
    ]
    if stops_ms is not None:
        drive = [point for stop in _runs(drive) for point in _parked_if_long(stop, stops_ms)]
    end = drive[-1].at_ms
    return Trace((*began, *drive, *_standing(last, range(end + STEP_MS, end + after_ms + 1, STEP_MS))))


def _gear(point: Point) -> int:
    return signals.GEAR_DRIVE if point.gear is None else point.gear


def _standing(point: Point, moments: range) -> list[Point]:
    still = replace(point, speed_kmh=0.0, gear=signals.GEAR_PARK, brake=True)
    return [replace(still, at_ms=moment) for moment in moments]


def _runs(points: list[Point]) -> Iterator[list[Point]]:
    for _, run in groupby(points, key=lambda point: point.speed_kmh == 0):
        yield list(run)


def _parked_if_long(run: list[Point], stops_ms: int) -> list[Point]:
    if run[0].speed_kmh != 0 or run[-1].at_ms - run[0].at_ms < stops_ms:
        return run
    return [replace(point, gear=signals.GEAR_PARK, brake=True) for point in run]


def samples(point: Point, vehicle_ms: int) -> tuple[Sample, ...]:
    """What the vehicle would report at ``point``, stamped ``vehicle_ms``; what is not known is not said."""
    told: dict[str, object] = {
        signals.SPEED: point.speed_kmh,
        signals.IS_MOVING: _word(point.speed_kmh != 0),
        signals.SELECTED_GEAR: point.gear,
        signals.PARKING_BRAKE: None if point.brake is None else _word(point.brake),
        signals.CHARGE: point.charge_percent,
        signals.LATITUDE: point.latitude,
        signals.LONGITUDE: point.longitude,
    }
    return tuple(Sample(path, str(value), vehicle_ms) for path, value in told.items() if value is not None)


def _word(value: bool) -> str:
    return "true" if value else "false"
