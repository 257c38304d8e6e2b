from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import from_ms, iso_z, timezones, to_ms


@given(st.integers(min_value=0, max_value=4_102_444_800_000))
def test_milliseconds_round_trip(ms):
    assert to_ms(from_ms(ms)) == ms


def test_iso_z_is_utc_with_milliseconds():
    paris = timezone(timedelta(hours=2))
    assert iso_z(datetime(2026, 7, 1, 12, 0, 0, 5_999, tzinfo=paris)) == "2026-07-01T10:00:00.005Z"
    assert to_ms(datetime(1970, 1, 1, tzinfo=UTC)) == 0


def test_zones_are_known_by_their_iana_names():
    assert {"Europe/Paris", "Pacific/Apia", "UTC"} <= timezones()
    assert "Mars" not in timezones()
    assert timezones() is timezones()  # looked for once
