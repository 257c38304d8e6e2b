from datetime import date
from zoneinfo import ZoneInfo

from content.channels.broadcast_days import BroadcastDays
from content.channels.kept_plan import kept
from content.channels.plan import Plan
from tests.content.planned import block, known

UTC = ZoneInfo("UTC")


def days(plan: Plan, zone: ZoneInfo = UTC) -> BroadcastDays:
    return BroadcastDays(kept(plan, known(a=40)), zone)


def test_a_day_lasts_until_the_next_date_that_has_blocks():
    dated = {"2026-06-01": (block("06:00", "a"),), "2026-06-03": (), "2026-06-05": (block("08:00", "a"),)}
    found = days(Plan(days=dated))
    first, last = found.start(date(2026, 6, 1)), found.start(date(2026, 6, 5))
    assert found.at(first).day == date(2026, 6, 1)
    assert (found.at(last - 1).start, found.at(last - 1).end) == (first, last)
    assert (found.at(first - 1).day, found.at(first - 1).end) == (None, first)
    assert (found.at(last).day, found.at(last).end) == (date(2026, 6, 5), None)


def test_a_date_without_blocks_takes_its_weekday_away():
    found = days(Plan(week={"mon": (block("06:00", "a"),)}, days={"2026-06-08": ()}))
    monday = found.start(date(2026, 6, 1))
    assert found.at(monday).end == found.start(date(2026, 6, 15))
    assert found.at(monday).field == "week.mon"


def test_a_date_that_the_calendar_has_not_is_skipped():
    """Samoa went from the 29th to the 31st of December 2011."""
    apia = ZoneInfo("Pacific/Apia")
    dated = {f"2011-12-{n}": (block("06:00", "a"),) for n in (29, 30, 31)}
    found = days(Plan(days=dated), apia)
    first = found.at(found.start(date(2011, 12, 29)))
    assert first.end == found.start(date(2011, 12, 31))
    assert first.end - first.start == 24 * 1875
