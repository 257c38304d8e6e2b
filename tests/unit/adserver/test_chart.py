"""The chart: where columns stand, how high they are, and when there is none."""

from datetime import date, timedelta

import msgspec

from adserver.billing.delivery import By, Delivery, Slice
from adserver.booking.campaign import LineItem
from adserver.web.chart import chart, newest

DAY_MS = 86_400_000
ITEM = LineItem("li", "cmp", "adv", "n", 0, 10 * DAY_MS, 1000, 1000, "EUR", 5000, ("p",))


def day(n: int, spent: int, shown: int = 1) -> Slice:
    return Slice((date(2026, 6, 1) + timedelta(days=n)).isoformat(), impressions=shown, spent_micros=spent)


def test_days_without_delivery_leave_a_gap():
    drawn = chart([day(0, 50), day(3, 200)], By.DAY, ITEM)
    assert [(column.x, column.height) for column in drawn.columns] == [(0, 30), (450, 120)]
    assert (drawn.width, drawn.most, drawn.plan_micros, drawn.plan_y) == (150, 200, 100, 60)


def test_hours_stand_evenly_where_clocks_change():
    keys = ("2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00", "2026-10-25T03:00+01:00")
    drawn = chart([Slice(key, impressions=1) for key in keys], By.HOUR, ITEM)
    assert [column.x for column in drawn.columns] == [0, 200, 400]
    assert (drawn.money, drawn.plan_y) == (False, None)


def test_only_the_newest_are_drawn_and_a_plan_out_of_sight_is_not():
    drawn = chart([day(n, 1) for n in range(90)], By.DAY, ITEM)
    assert (len(drawn.columns), drawn.columns[-1].slice.key) == (60, day(89, 1).key)
    assert drawn.plan_y is None


def test_nothing_delivered_and_what_is_no_time_have_none():
    assert chart([], By.DAY, ITEM) is None
    assert chart([Slice("2026-06-01", taps=1)], By.DAY, ITEM) is None
    assert chart([Slice("plc", impressions=1)], By.PLACE, ITEM) is None


def test_the_page_lists_what_matters_most():
    days = tuple(day(n, 1) for n in range(150))
    told = Delivery(By.DAY, "UTC", "EUR", Slice(""), days)
    assert newest(told) == list(days[50:])
    places = tuple(Slice(f"p{n}", impressions=n) for n in range(3))
    assert [one.key for one in newest(msgspec.structs.replace(told, by=By.PLACE, slices=places))] == [
        "p2",
        "p1",
        "p0",
    ]
