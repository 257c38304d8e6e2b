import pytest

from adserver.booking.advertiser import Advertiser
from adserver.booking.campaign import Campaign, CampaignState, LineItem
from geotarget.place import Category, Place
from geotarget.spatial_index import PlaceIndex
from kernel.errors import Invalid
from players.feed import signals
from players.feed.acceptance import Sample
from players.feed.demo_drive import ROUTES
from players.feed.evidence import LOW_VOLTAGE
from players.feed.signals import GEAR_DRIVE, GEAR_PARK
from players.feed.viss import encode_event
from server.simulated import reaches_of, read_drive

BEGAN = 1_800_000_000_000
CSV = b"""timestamp,latitude,longitude,speed
2026-06-15T10:00:00Z,48.11,-1.68,0
2026-06-15T10:00:02Z,48.12,-1.68,30
"""


def test_a_file_becomes_a_drive_with_likely_gears():
    recorded = read_drive("Trip.CSV", CSV)
    assert recorded.told is None
    first, second = recorded.points
    assert (first.t_s, first.gear, first.parking_brake) == (0.0, GEAR_PARK, True)
    assert (second.t_s, second.gear, second.parking_brake) == (2.0, GEAR_DRIVE, False)
    assert (second.lat, second.lon, second.speed_kmh) == (48.12, -1.68, 30.0)


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "trace-empty"), (b" \n", "trace-empty"), (b"a,b\n", "trace-malformed")]
)
def test_what_calls_itself_gpx_is_not_told_of_columns(data, code):
    with pytest.raises(Invalid) as caught:
        read_drive("Trip.GPX", data)
    assert caught.value.code == code
    assert "column" not in str(caught.value)


def test_a_log_tells_itself_and_its_points_are_for_the_eye():
    log = viss_log(
        (0, {signals.SELECTED_GEAR: "126", LOW_VOLTAGE: "ACC"}),
        (100, {signals.SPEED: "0"}),
        (1000, {signals.LATITUDE: "48.2", signals.LONGITUDE: "-1.6", signals.SPEED: "20"}),
        (2000, {signals.SELECTED_GEAR: "127", signals.SPEED: "nan", signals.LATITUDE: "1000"}),
    )
    recorded = read_drive("Drive.ndjson", log)
    assert recorded.told[:3] == [
        (0.0, signals.SELECTED_GEAR, "126"),
        (0.0, LOW_VOLTAGE, "ACC"),
        (0.1, signals.SPEED, "0"),
    ]
    assert len(recorded.told) == 9
    assert [(one.t_s, one.lat, one.lon, one.speed_kmh, one.gear) for one in recorded.points] == [
        (0.0, 48.2, -1.6, 0.0, GEAR_PARK),
        (1.0, 48.2, -1.6, 20.0, GEAR_PARK),
        (2.0, 48.2, -1.6, 20.0, GEAR_DRIVE),
    ]


def test_a_log_without_places_is_drawn_where_the_first_drive_begins():
    (point,) = read_drive("x.log", viss_log((0, {signals.SPEED: "3"}))).points
    assert (point.lat, point.lon) == ROUTES[0].waypoints[0].spot


def viss_log(*messages: tuple[int, dict[str, str]]) -> bytes:
    """One event a line, at milliseconds since some moment."""
    return b"\n".join(
        encode_event(tuple(Sample(path, text, BEGAN + at) for path, text in values.items()), BEGAN + at)
        for at, values in messages
    )


@pytest.mark.parametrize("name", ["trip.txt", "trip", "trip.csv.exe"])
def test_other_files_are_refused_by_name(name):
    with pytest.raises(Invalid) as caught:
        read_drive(name, CSV)
    assert caught.value.code == "trace-unnamed"


def test_circles_tell_the_advertiser_and_the_place_but_not_the_campaign():
    item = LineItem("li", "cmp", "adv", "Secret plan", 0, 1, 1, 1, "EUR", 3000, ("plc",))

    class Booked:
        def newest(self, _advertiser_id, _limit):
            return [Campaign("cmp", "adv", "Secret plan", CampaignState.ACTIVE, 0, item)]

        def advertiser(self, advertiser_id):
            return Advertiser(advertiser_id, "Garage", 0)

    place = Place("plc", "test", "1", "Garage du Nord", "", Category.DEALER, 48.1, -1.6)
    (reach,) = reaches_of(Booked(), lambda: PlaceIndex([place]))()
    assert (reach.advertiser, reach.place_name, reach.radius_m) == ("Garage", "Garage du Nord", 3000)
    assert "Secret plan" not in str(reach)


def test_what_has_ended_reaches_nowhere():
    item = LineItem("li", "cmp", "adv", "Over", 0, 1, 1, 1, "EUR", 3000, ("plc",))

    class Booked:
        def newest(self, _advertiser_id, _limit):
            return [Campaign("cmp", "adv", "Over", CampaignState.ENDED, 0, item)]

    place = Place("plc", "test", "1", "Garage du Nord", "", Category.DEALER, 48.1, -1.6)
    assert reaches_of(Booked(), lambda: PlaceIndex([place]))() == []
