"""The vehicle signals that are understood: COVESA VSS 6.0, and what older versions called them."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

Value = bool | int | float | str

SPEED = "Vehicle.Speed"
IS_MOVING = "Vehicle.IsMoving"
SELECTED_GEAR = "Vehicle.Powertrain.Transmission.SelectedGear"
PARK_LOCK = "Vehicle.Powertrain.Transmission.IsParkLockEngaged"
PARKING_BRAKE = "Vehicle.Chassis.ParkingBrake.IsEngaged"
ODOMETER = "Vehicle.TraveledDistance"
AUTONOMY = "Vehicle.ADAS.ActiveAutonomyLevel"
LATITUDE = "Vehicle.CurrentLocation.Latitude"
LONGITUDE = "Vehicle.CurrentLocation.Longitude"
HEADING = "Vehicle.CurrentLocation.Heading"
ACCURACY = "Vehicle.CurrentLocation.HorizontalAccuracy"
FIX_TIME = "Vehicle.CurrentLocation.Timestamp"
CHARGE = "Vehicle.Powertrain.TractionBattery.StateOfCharge.Displayed"
FUEL = "Vehicle.Powertrain.FuelSystem.RelativeLevel"
SERVICE_DUE = "Vehicle.Service.IsServiceDue"
RANGE = "Vehicle.Powertrain.Range"
DAY_NIGHT = "Vehicle.Cabin.Infotainment.HMI.DayNightMode"
LOW_VOLTAGE = "Vehicle.LowVoltageSystemState"
IS_CHARGING = "Vehicle.Powertrain.TractionBattery.Charging.IsCharging"
DRIVER_POSITION = "Vehicle.Cabin.DriverPosition"
PASSENGER_SEAT = "Vehicle.Cabin.Seat.Row1.PassengerSide.OccupancyStatus"

POSITION_PATHS = frozenset({LATITUDE, LONGITUDE, HEADING, ACCURACY, FIX_TIME})
"""Precise positions: never stored, never logged; they live in memory only."""

GEAR_NEUTRAL, GEAR_PARK, GEAR_DRIVE = 0, 126, 127

NOT_AVAILABLE = "viss-inline:Data-not-available"
"""What VISS v3 sends in place of a value that the vehicle does not have."""


class Kind(Enum):
    """How a value's text is read."""

    FLOAT = auto()
    INT = auto()
    BOOL = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Signal:
    """One leaf of the vocabulary.

    Args:
        lowest, highest: inclusive limits of a number, in the signal's own unit.
        allowed: the values of an enumerated text; empty means any.
    """

    path: str
    kind: Kind
    lowest: float = -math.inf
    highest: float = math.inf
    allowed: frozenset[str] = frozenset()


def _number(path: str, kind: Kind, lowest: float, highest: float) -> Signal:
    return Signal(f"Vehicle.{path}", kind, lowest, highest)


def _text(path: str, *allowed: str) -> Signal:
    return Signal(f"Vehicle.{path}", Kind.TEXT, allowed=frozenset(allowed))


_UINT32 = 2**32 - 1
_ROWS = ("Row1", "Row2")
_SEATS = ("DriverSide", "Middle", "PassengerSide")
_LEVELS = tuple(f"SAE_{n}" for n in range(6)) + tuple(f"SAE_{n}_DISENGAGING" for n in range(2, 6))

_NUMBERS = (
    ("Speed", Kind.FLOAT, -500, 500),
    ("Powertrain.Transmission.SelectedGear", Kind.INT, -128, 127),
    ("Powertrain.Transmission.CurrentGear", Kind.INT, -128, 127),
    ("Powertrain.TractionBattery.StateOfCharge.Current", Kind.FLOAT, 0, 100),
    ("Powertrain.TractionBattery.StateOfCharge.Displayed", Kind.FLOAT, 0, 100),
    ("Powertrain.TractionBattery.Charging.TimeToComplete", Kind.INT, 0, _UINT32),
    ("Powertrain.FuelSystem.RelativeLevel", Kind.INT, 0, 100),
    ("Powertrain.Range", Kind.INT, 0, _UINT32),
    ("TraveledDistance", Kind.INT, 0, _UINT32),
    ("Service.DistanceToService", Kind.FLOAT, -1e6, 1e6),
    ("Service.TimeToService", Kind.INT, -(2**31), 2**31 - 1),
    ("CurrentLocation.Latitude", Kind.FLOAT, -90, 90),
    ("CurrentLocation.Longitude", Kind.FLOAT, -180, 180),
    ("CurrentLocation.Heading", Kind.FLOAT, 0, 360),
    ("CurrentLocation.HorizontalAccuracy", Kind.FLOAT, 0, 1e6),
)
_BOOLEANS = (
    "IsMoving",
    "IsBrokenDown",
    "Powertrain.Transmission.IsParkLockEngaged",
    "Chassis.ParkingBrake.IsEngaged",
    "Powertrain.TractionBattery.Charging.IsCharging",
    "Powertrain.TractionBattery.Charging.ChargingPort.AnyPosition.IsChargingCableConnected",
    "Service.IsServiceDue",
)
_TEXTS = (
    _text("LowVoltageSystemState", "UNDEFINED", "LOCK", "OFF", "ACC", "ON", "START"),
    _text("CurrentLocation.Timestamp"),
    _text("Cabin.DriverPosition", "LEFT", "MIDDLE", "RIGHT"),
    _text("ADAS.ActiveAutonomyLevel", *_LEVELS),
    _text("Cabin.Infotainment.HMI.CurrentLanguage"),
    _text("Cabin.Infotainment.HMI.DayNightMode", "DAY", "NIGHT"),
    *(
        _text(f"Cabin.Seat.{row}.{seat}.OccupancyStatus", "UNKNOWN", "OCCUPIED", "EMPTY")
        for row in _ROWS
        for seat in _SEATS
    ),
)

SIGNALS: Mapping[str, Signal] = {
    signal.path: signal
    for signal in (
        *(_number(*row) for row in _NUMBERS),
        *(Signal(f"Vehicle.{path}", Kind.BOOL) for path in _BOOLEANS),
        *_TEXTS,
    )
}
"""The vocabulary, by VSS 6.0 path."""


@dataclass(frozen=True, slots=True)
class Older:
    """An older name.

    Args:
        last: the last VSS major version that used ``path``.
        scale: what a number is multiplied by to reach the present unit.
        words: what a boolean's or number's text becomes where the signal is an enumeration now.
        asked: False where versions up to ``last`` have the present name already, and this one is a relic.
    """

    path: str
    last: int
    now: str
    scale: float = 1
    words: tuple[tuple[str, str], ...] = ()
    asked: bool = True


_OCCUPIED = (("true", "OCCUPIED"), ("false", "EMPTY"))
# Version 3 counts seats from the left: whose side that is depends on where the driver sits.
_ON_SOME_SIDE = (("true", "UNKNOWN"), ("false", "UNKNOWN"))
# And the driver's place likewise, as a number: the first is on the left, the side of others is not told.
_POSITIONS = (("1", "LEFT"), *((str(n), NOT_AVAILABLE) for n in range(2, 6)))
_BATTERY = "Vehicle.Powertrain.TractionBattery"
_CABLE = f"{_BATTERY}.Charging.ChargingPort.AnyPosition.IsChargingCableConnected"

OLDER: tuple[Older, ...] = (
    Older("Vehicle.ServiceDue", 3, "Vehicle.Service.IsServiceDue"),
    Older("Vehicle.DistanceToService", 3, "Vehicle.Service.DistanceToService"),
    Older("Vehicle.TimeToService", 3, "Vehicle.Service.TimeToService"),
    Older(
        "Vehicle.Powertrain.Battery.StateOfCharge.Current",
        3,
        f"{_BATTERY}.StateOfCharge.Current",
        asked=False,
    ),
    Older(
        "Vehicle.Powertrain.Battery.StateOfCharge.Displayed",
        3,
        f"{_BATTERY}.StateOfCharge.Displayed",
        asked=False,
    ),
    Older(
        "Vehicle.Powertrain.Battery.Charging.IsCharging", 3, f"{_BATTERY}.Charging.IsCharging", asked=False
    ),
    Older("Vehicle.TravelledDistance", 3, ODOMETER, scale=1000),
    Older("Vehicle.TraveledDistance", 5, ODOMETER, scale=1000),
    Older("Vehicle.Powertrain.FuelSystem.Level", 3, "Vehicle.Powertrain.FuelSystem.RelativeLevel"),
    Older(f"{_BATTERY}.Charging.IsChargingCableConnected", 5, _CABLE),
    Older("Vehicle.Cabin.DriverPosition", 3, "Vehicle.Cabin.DriverPosition", words=_POSITIONS),
    *(
        Older(
            f"Vehicle.Cabin.Seat.{row}.Pos{n}.IsOccupied",
            3,
            f"Vehicle.Cabin.Seat.{row}.{seat}.OccupancyStatus",
            words=_OCCUPIED if seat == "Middle" else _ON_SOME_SIDE,
        )
        for row in _ROWS
        for n, seat in enumerate(_SEATS, 1)
    ),
    *(
        Older(
            f"Vehicle.Cabin.Seat.{row}.{seat}.IsOccupied",
            5,
            f"Vehicle.Cabin.Seat.{row}.{seat}.OccupancyStatus",
            words=_OCCUPIED,
        )
        for row in _ROWS
        for seat in _SEATS
    ),
)
"""What a version up to ``last`` calls a signal. The odometer was a float in km before version 6."""

_BY_OLD_NAME = {old.path: old for old in OLDER}


class BadValue(Exception):
    """The text is no value of the signal; says why."""


def resolve(path: str, vss_version: int) -> tuple[Signal, Older | None] | None:
    """The signal that ``path`` means in a VSS major version; None if that version has no such signal."""
    old = _BY_OLD_NAME.get(path)
    if old and vss_version <= old.last:
        return SIGNALS[old.now], old
    signal = SIGNALS.get(path)
    return (signal, None) if signal else None


def name_in(path: str, vss_version: int) -> str:
    """What a VSS major version calls the signal of a 6.0 path."""
    names = [old for old in OLDER if old.now == path and old.asked and vss_version <= old.last]
    return min(names, key=lambda old: old.last).path if names else path


def parse(signal: Signal, text: str, old: Older | None = None) -> Value | None:
    """A value from the text that VISS carries; None where the vehicle says that it does not know.

    Raises:
        BadValue: the text is not of the signal's kind, or lies outside its limits.
    """
    if old and old.words:
        text = dict(old.words).get(text.lower(), text)
    if text == NOT_AVAILABLE:
        return None
    if signal.kind is Kind.BOOL:
        return _boolean(text)
    if signal.kind is Kind.TEXT:
        return _word(signal, text)
    return _limited(signal, text, old.scale if old else 1)


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise BadValue("is neither true nor false")
    return text.lower() == "true"


def _word(signal: Signal, text: str) -> str:
    if signal.allowed and text not in signal.allowed:
        raise BadValue("is none of the signal's words")
    if signal.path == FIX_TIME:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise BadValue("is no ISO 8601 time") from None
    return text


_IS_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII).fullmatch
"""What no two programs read differently; Python itself reads ``1_0``, and the digits of every script."""


def _limited(signal: Signal, text: str, scale: float) -> int | float:
    if not _IS_NUMBER(text):
        raise BadValue("is not a number")
    number = float(text) * scale
    if not signal.lowest <= number <= signal.highest:  # also refuses NaN
        raise BadValue("lies outside the signal's limits")
    if signal.kind is Kind.FLOAT:
        return number
    if number != int(number) and scale == 1:
        raise BadValue("is not a whole number")
    return int(number)
