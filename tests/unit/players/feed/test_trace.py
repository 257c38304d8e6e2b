"""Reading recorded drives and replaying them."""

from itertools import pairwise

import pytest

from geotarget.distance import geodesic_m
from kernel.errors import Invalid, TooLarge
from players.feed import signals, trace
from players.feed.trace import parked, read, samples, shifted

CSV = b"""Date,Time,Soc,Speed,Mode,LAT,LON
04/22/2021,08:42:50,97.74,0.0,N,33.986153,-6.724960
04/22/2021,08:42:51,97.74,0.0,N,33.986153,-6.724960
04/22/2021,08:42:52,97.70,0.0,N,33.986153,-6.724960
04/22/2021,08:42:53,97.70,12.5,D,33.986190,-6.724960
04/22/2021,08:42:55,97.68,25.0,D,33.986300,-6.724900
"""
GPX = b"""<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
<trkpt lat="48.0" lon="-1.6"><time>2026-01-01T10:00:00Z</time></trkpt>
<trkpt lat="48.0001" lon="-1.6"><time>2026-01-01T10:00:01Z</time></trkpt>
<trkpt lat="48.0001" lon="-1.6"><time>2026-01-01T10:00:02Z</time></trkpt>
</trkseg></trk></gpx>"""


def test_csv():
    drive = read(CSV)
    assert drive.duration_ms == 5_000
    assert [point.gear for point in drive.points] == [0, 0, 0, 127, 127]
    assert drive.points[-1].speed_kmh == 25.0
    assert drive.points[-1].charge_percent == 97.68


def test_csv_with_other_names_in_another_order():
    drive = read(
        b"\xef\xbb\xbflongitude,Timestamp,latitude\n-1.6,2026-01-01T10:00:00Z,48\n-1.6,2026-01-01T10:00:02Z,48\n"
    )
    assert [(point.at_ms, point.latitude, point.gear) for point in drive.points] == [
        (0, 48, None),
        (2_000, 48, None),
    ]


def test_gpx_speeds_come_from_the_way_made():
    drive = read(GPX)
    assert [round(point.speed_kmh) for point in drive.points] == [0, 40, 0]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "trace-empty"),
        (b"\xef\xbb\xbf \n", "trace-empty"),
        (b"\xff\xfe\x00", "trace-malformed"),
        (b"Date,Time,LAT,LON\n", "trace-empty"),
        (b"a,b\n1,2\n", "trace-without-columns"),
        (CSV.replace(b"25.0", b"fast"), "trace-malformed"),
        (CSV.replace(b"25.0", b"nan"), "trace-speed-impossible"),
        (CSV.replace(b"33.986300", b"133.98"), "trace-place-impossible"),
        (CSV.replace(b"25.0,D", b"25.0,X"), "trace-malformed"),
        (CSV.replace(b"08:42:55", b"08:42:53"), "trace-time-not-rising"),
        (CSV + b"04/22/2021,08:43\n", "trace-malformed"),
        (GPX[:200], "trace-malformed"),
        (GPX.replace(b"<time>2026-01-01T10:00:01Z</time>", b""), "trace-without-times"),
        (b"<kml/>", "trace-empty"),
    ],
)
def test_what_is_no_trace(data, code):
    with pytest.raises(Invalid) as caught:
        read(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (CSV.replace(b"25.0,D", b"25.0,X"), "Line 6 does"),
        (CSV.replace(b"33.986300", b"133.98"), "Line 6 lies"),
        (CSV.replace(b"04/22/2021,08:42:55", b"\n04/22/2021,08:42:53"), "Line 7 is"),
        (CSV.replace(b"25.0", b"inf"), "Line 6 has no real speed"),
        (GPX.replace(b"<time>2026-01-01T10:00:01Z</time>", b""), "Point 2 has"),
        (GPX.replace(b"10:00:02Z", b"10:00:01Z"), "Point 3 is"),
        (GPX.replace(b'lat="48.0001"', b'lat="98.0001"'), "Point 2 lies"),
    ],
)
def test_where_it_is_wrong(data, where):
    with pytest.raises(Invalid) as caught:
        read(data)
    assert caught.value.detail.startswith(where)


def test_limits(monkeypatch):
    monkeypatch.setattr(trace, "POINTS_LIMIT", 4)
    with pytest.raises(TooLarge, match="trace-too-long"):
        read(CSV)
    monkeypatch.setattr(trace, "SIZE_LIMIT_BYTES", 100)
    with pytest.raises(TooLarge, match="trace-too-large"):
        read(CSV)


def test_a_shift_is_rigid():
    drive = read(CSV)
    moved = shifted(drive, 48.117, -1.677)
    assert (moved.points[0].latitude, moved.points[0].longitude) == pytest.approx((48.117, -1.677))
    for (a, b), (c, d) in zip(pairwise(drive.points), pairwise(moved.points), strict=True):
        before = geodesic_m(a.latitude, a.longitude, b.latitude, b.longitude)
        assert geodesic_m(c.latitude, c.longitude, d.latitude, d.longitude) == pytest.approx(
            before, rel=0.005
        )


def test_parked_ends_and_stops():
    drive = parked(read(CSV), 3_000, 2_000, stops_ms=2_000)
    gears = [(point.at_ms, point.gear, point.brake) for point in drive.points]
    assert gears == [
        *((ms, 126, True) for ms in range(0, 6_000, 1_000)),
        (6_000, 127, False), (8_000, 127, False), (9_000, 126, True), (10_000, 126, True),
    ]  # fmt: skip
    assert [point.gear for point in parked(read(CSV), 0, 0).points] == [0, 0, 0, 127, 127]


def test_samples_say_what_is_known_only():
    told = {one.path: one.text for one in samples(read(CSV).points[-1], 5)}
    assert told[signals.SPEED] == "25.0"
    assert told[signals.IS_MOVING] == "true"
    assert told[signals.SELECTED_GEAR] == "127"
    assert signals.PARKING_BRAKE not in told
    assert {one.vehicle_ms for one in samples(read(GPX).points[0], 7)} == {7}
