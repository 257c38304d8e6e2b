"""Values as Eclipse KUKSA's client types hold them, encoded as a VISS gateway would, and read back here."""

import json
from datetime import UTC, datetime

import pytest
from kuksa_client.grpc import Datapoint, DataType

from players.feed import signals
from players.feed.signals import parse, resolve
from players.feed.viss import decode

AT = datetime(2026, 6, 1, 10, 0, 0, 120_000, tzinfo=UTC)


def event(path: str, point: Datapoint) -> str:
    """The gateway's part: KUKSA has typed values, VISS has text."""
    value = point.value
    text = str(value).lower() if isinstance(value, bool) else str(value)
    ts = point.timestamp.isoformat().replace("+00:00", "Z")
    data = {"path": path, "dp": {"value": text, "ts": ts}}
    return json.dumps({"action": "subscription", "subscriptionId": "1", "data": data, "ts": ts})


@pytest.mark.parametrize(
    ("path", "value", "version", "read"),
    [
        (signals.SPEED, 42.5, 6, 42.5),
        (signals.SPEED, 0.0, 4, 0.0),
        (signals.SPEED, -7.25, 4, -7.25),
        (signals.SELECTED_GEAR, 126, 6, 126),
        (signals.SELECTED_GEAR, -1, 4, -1),
        (signals.IS_MOVING, True, 6, True),
        (signals.PARKING_BRAKE, False, 4, False),
        (signals.CHARGE, 79.5999984741211, 6, 79.5999984741211),
        (signals.CHARGE, 1e-05, 6, 1e-05),
        (signals.ODOMETER, 12345.5, 4, 12_345_500),
        (signals.ODOMETER, 12_345_500, 6, 12_345_500),
        (signals.AUTONOMY, "SAE_3", 6, "SAE_3"),
        ("Vehicle.Cabin.Seat.Row1.DriverSide.IsOccupied", True, 4, "OCCUPIED"),
    ],
)
def test_a_value_arrives_as_it_was(path, value, version, read):
    (sample,) = decode(event(path, Datapoint(value, AT))).samples
    signal, old = resolve(sample.path, version)
    assert parse(signal, sample.text, old) == read
    assert sample.vehicle_ms == 1_780_308_000_120


def test_these_are_kuksas_own_types():
    """They make the messages of its databroker, and are not ours by the same name."""
    message = Datapoint(42.5, AT).v2_to_message(DataType.FLOAT)
    assert type(message).DESCRIPTOR.full_name == "kuksa.val.v2.Datapoint"
    assert message.value.float == 42.5
