from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from content.channels.lineup import Lineups
from content.guide.read_guide import ReadGuide, day_bounds, zone_of
from kernel.errors import Invalid, NotFound
from media.house_format import position_at, starts_at_ms
from tests.unit.content.guide.conftest import BASE, written

HOUR_MS = 3_600_000


class At:
    """A clock that stands where ``BASE`` is."""

    def now_ms(self) -> int:
        return starts_at_ms(BASE)

    def now(self) -> datetime:
        return datetime.fromtimestamp(starts_at_ms(BASE) / 1000, UTC)


def guide(*channels) -> ReadGuide:
    return ReadGuide(lambda: Lineups({str(n): c for n, c in enumerate(channels)}, "0", {}), At())


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 29), "Europe/Paris", 23),
        (date(2026, 10, 25), "Europe/Paris", 25),
        (date(2024, 2, 29), "Europe/Paris", 24),
        (date(2026, 3, 8), "America/Havana", 23),  # its midnight is skipped
    ],
)
def test_a_day_is_as_long_as_its_clocks_make_it(day, zone, hours):
    begin, end = day_bounds(day, ZoneInfo(zone))
    assert end - begin == hours * HOUR_MS


def test_a_day_is_the_channels_unless_somebody_elses_is_asked_for():
    zone = ZoneInfo("Asia/Tokyo")
    today = At().now().astimezone(zone).date()
    first = position_at(day_bounds(today, zone)[0])
    slots = [("a1", 10), ("b1", first - BASE + 86_400_000 // 1920)] if first > BASE else [("a1", 50_000)]
    lineup = written(*slots, timezone="Asia/Tokyo")
    told = guide(lineup).day("0", None)
    begin, end = day_bounds(today, zone)
    assert told.timezone == "Asia/Tokyo"
    assert all(e.ends_at_ms > begin and e.starts_at_ms < end for e in told.entries)
    assert guide(lineup).day("0", today) == told
    later = guide(lineup).day("0", today, "America/Los_Angeles")
    assert later.entries[-1].ends_at_ms > day_bounds(today, ZoneInfo("America/Los_Angeles"))[0]


def test_all_channels_at_once_share_what_one_answer_holds(monkeypatch):
    monkeypatch.setattr("content.guide.read_guide.ENTRIES_LIMIT", 10)
    loops = [written(*[(f"a{n}", 10) for n in range(50)]) for _ in range(2)]
    assert [len(told.entries) for told in guide(*loops).now_everywhere(8)] == [5, 5]
    days = list(guide(*loops).day_everywhere(None))
    assert [(len(told.entries), told.more_from_ms) for told in days] == [(5, starts_at_ms(BASE + 50))] * 2


def test_lists_leave_out_channels_that_are_not_offered_in_the_market():
    told = guide(written(("a1", 10), territories=("FR",)), written(("b1", 10)))
    for market, found in (("FR", ["a", "b"]), ("BE", ["b"]), ("", ["b"])):
        assert [one.entries[0].programme_id for one in told.now_everywhere(1, market)] == found
        assert len(list(told.day_everywhere(None, "", market))) == len(found)


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda g, now: g("9"), "channel-unknown"),
        (lambda g, now: g("0", 0), "count-out-of-range"),
        (lambda g, now: g("0", 51), "count-out-of-range"),
        (lambda g, now: g("0", 1, "ZZ"), "market-unknown"),
        (lambda g, now: g.between("0", now, now), "range-empty"),
        (lambda g, now: g.between("0", now, now + 9 * 24 * HOUR_MS), "range-too-long"),
        (lambda g, now: g.between("0", now - 10 * 24 * HOUR_MS, now), "range-too-long"),
        (
            lambda g, now: g.between("0", now - 10 * 24 * HOUR_MS, now - 9 * 24 * HOUR_MS),
            "range-out-of-reach",
        ),
        (lambda g, now: g.day("0", date(1970, 1, 1)), "range-out-of-reach"),
        (lambda g, now: g.day("0", None, "Mars/Olympus"), "zone-unknown"),
    ],
)
def test_what_cannot_be_answered_is_refused(ask, code):
    with pytest.raises((Invalid, NotFound)) as refusal:
        ask(guide(written(("a1", 10))), starts_at_ms(BASE))
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "/etc/passwd", "Europe", "x" * 5_000, "a\0b", "é"]
)
def test_no_other_file_is_read_for_a_zone(name):
    with pytest.raises(Invalid):
        zone_of(name)
