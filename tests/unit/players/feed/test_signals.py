"""The vocabulary: values, limits, and what older versions called them."""

import pytest

from players.feed import signals
from players.feed.signals import BadValue, name_in, parse, resolve


def value(path: str, text: str, version: int = 6):
    signal, old = resolve(path, version)
    return signal.path, parse(signal, text, old)


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (signals.SPEED, "42.5", 42.5),
        (signals.SPEED, "-3", -3.0),
        (signals.SPEED, "-.5", -0.5),
        (signals.SPEED, "+1.e1", 10.0),
        (signals.SPEED, "42E-1", 4.2),
        (signals.IS_MOVING, "true", True),
        (signals.IS_MOVING, "False", False),
        (signals.SELECTED_GEAR, "126", 126),
        (signals.ODOMETER, "123456", 123456),
        (signals.AUTONOMY, "SAE_3_DISENGAGING", "SAE_3_DISENGAGING"),
        (signals.FIX_TIME, "2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"),
        (signals.SPEED, signals.NOT_AVAILABLE, None),
    ],
)
def test_values(path, text, expected):
    found = value(path, text)[1]
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (signals.SPEED, "fast"), (signals.SPEED, "nan"), (signals.SPEED, "inf"), (signals.SPEED, "501"),
        (signals.SPEED, ""), (signals.IS_MOVING, "1"), (signals.SELECTED_GEAR, "1.5"),
        (signals.SELECTED_GEAR, "128"), (signals.ODOMETER, "-1"), (signals.LATITUDE, "91"),
        (signals.LONGITUDE, "-180.1"), (signals.AUTONOMY, "SAE_9"), (signals.FIX_TIME, "noon"),
        (signals.SPEED, "1_0"), (signals.SPEED, "\N{ARABIC-INDIC DIGIT THREE}"), (signals.SPEED, " 5 "),
        (signals.SPEED, "5\n"),
        (signals.SPEED, "0x10"), (signals.SPEED, "."), (signals.SPEED, "1e"),
        (signals.SELECTED_GEAR, "\N{FULLWIDTH DIGIT ONE}26"),
    ],
)  # fmt: skip
def test_what_is_no_value(path, text):
    with pytest.raises(BadValue):
        value(path, text)


def test_the_odometer_was_in_kilometres_before_version_6():
    assert value("Vehicle.TraveledDistance", "12.5", 5) == (signals.ODOMETER, 12_500)
    assert value("Vehicle.TravelledDistance", "12.5", 3) == (signals.ODOMETER, 12_500)
    assert value("Vehicle.TraveledDistance", "12500", 6) == (signals.ODOMETER, 12_500)


@pytest.mark.parametrize(("position", "seat", "told"), [
    ("Pos1", "DriverSide", "UNKNOWN"), ("Pos2", "Middle", "OCCUPIED"), ("Pos3", "PassengerSide", "UNKNOWN"),
])  # fmt: skip
def test_a_seat_of_version_3_is_on_a_side_that_it_does_not_tell(position, seat, told):
    """Counted from the left: the third is the driver's own in Britain, and proves no passenger."""
    path = f"Vehicle.Cabin.Seat.Row1.{position}.IsOccupied"
    assert value(path, "true", 3) == (f"Vehicle.Cabin.Seat.Row1.{seat}.OccupancyStatus", told)
    assert resolve(path, 4) is None


@pytest.mark.parametrize(("text", "told"), [("1", "LEFT"), ("2", None), ("3", None)])
def test_the_drivers_place_was_a_number_in_version_3(text, told):
    """An unsigned number, 1 for left-hand drive; whether 2 is the middle or the right is nowhere told."""
    assert value("Vehicle.Cabin.DriverPosition", text, 3) == ("Vehicle.Cabin.DriverPosition", told)
    with pytest.raises(BadValue):
        value("Vehicle.Cabin.DriverPosition", text, 4)


@pytest.mark.parametrize("version", [4, 5])
def test_an_occupied_seat_of_versions_4_and_5(version):
    """Release 5.1 has it still, and no OccupancyStatus: a vehicle of that version is asked for it."""
    path, now = (
        f"Vehicle.Cabin.Seat.Row1.PassengerSide.{name}" for name in ("IsOccupied", "OccupancyStatus")
    )
    assert value(path, "true", version) == (now, "OCCUPIED")
    assert value(path, "False", version)[1] == "EMPTY"
    assert name_in(now, version) == path
    assert (resolve(path, 6), name_in(now, 6)) == (None, now)


def test_a_charging_cable_of_version_5_goes_by_the_old_name_and_the_new():
    """Deprecated in 5.0, and gone in 6.0."""
    battery = "Vehicle.Powertrain.TractionBattery.Charging"
    now = f"{battery}.ChargingPort.AnyPosition.IsChargingCableConnected"
    assert value(f"{battery}.IsChargingCableConnected", "true", 5) == value(now, "true", 5) == (now, True)


def test_version_3_is_asked_for_the_traction_battery_and_may_say_battery():
    """Renamed in 3.0: COVESA's changelog."""
    assert name_in(signals.CHARGE, 3) == signals.CHARGE
    assert value("Vehicle.Powertrain.Battery.StateOfCharge.Displayed", "50", 3) == (signals.CHARGE, 50.0)


def test_an_unknown_path_is_none():
    assert resolve("Vehicle.Toaster", 6) is None


@pytest.mark.parametrize("old", signals.OLDER)
def test_every_old_name_leads_to_a_signal_and_back(old):
    found = resolve(old.path, old.last)
    assert found is not None
    assert found[0].path == old.now
    assert resolve(name_in(old.now, old.last), old.last)[0].path == old.now
    assert name_in(old.now, 6) == old.now
