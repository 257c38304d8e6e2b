import pytest

from kernel.errors import Invalid
from players.signals import GEAR_DRIVE, GEAR_PARK
from server.simulated import read_drive

CSV = b"""timestamp,latitude,longitude,speed
2026-06-15T10:00:00Z,48.11,-1.68,0
2026-06-15T10:00:02Z,48.12,-1.68,30
"""


def test_a_file_becomes_a_drive_with_likely_gears():
    first, second = read_drive("Trip.CSV", CSV)
    assert (first.t_s, first.gear, first.parking_brake) == (0.0, GEAR_PARK, True)
    assert (second.t_s, second.gear, second.parking_brake) == (2.0, GEAR_DRIVE, False)
    assert (second.lat, second.lon, second.speed_kmh) == (48.12, -1.68, 30.0)


@pytest.mark.parametrize("name", ["trip.txt", "trip", "trip.csv.exe"])
def test_other_files_are_refused_by_name(name):
    with pytest.raises(Invalid) as caught:
        read_drive(name, CSV)
    assert caught.value.code == "trace-unnamed"
