"""Slices of delivery: hours where clocks change, pages, what is folded, and CSV that no spreadsheet runs."""

import csv
import io
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from adserver.billing.delivery import (
    FOLDED,
    By,
    Delivery,
    Slice,
    Tally,
    Wish,
    added,
    as_csv,
    bounds_ms,
    by_key,
    by_time,
    check,
    fold,
    page,
)
from adserver.billing.impression import EventKind
from adserver.billing.report import Count
from adserver.booking.terms import GoalUnit
from kernel.clock import to_ms
from kernel.errors import Invalid

PARIS = ZoneInfo("Europe/Paris")


def shown(moment: str, number: int = 1) -> Count:
    quarter = to_ms(datetime.fromisoformat(moment).replace(tzinfo=UTC)) // 900_000
    return Count(quarter, EventKind.IMPRESSION, number, 10 * number)


def test_an_hour_that_comes_twice_is_two_and_one_that_is_left_out_is_none():
    counts = [shown(f"2026-10-24T{hour}:15") for hour in ("22", "23")]
    counts += [shown("2026-10-25T00:45", 2), shown("2026-10-25T01:00", 3), shown("2026-10-25T02:30")]
    hours = by_time(counts, Wish(By.HOUR), PARIS)
    assert [(one.key, one.impressions, one.spent_micros) for one in hours] == [
        ("2026-10-25T00:00+02:00", 1, 10),
        ("2026-10-25T01:00+02:00", 1, 10),
        ("2026-10-25T02:00+02:00", 2, 20),
        ("2026-10-25T02:00+01:00", 3, 30),
        ("2026-10-25T03:00+01:00", 1, 10),
    ]
    (day,) = by_time(counts, Wish(By.DAY), PARIS)
    assert (day.key, day.impressions) == ("2026-10-25", 8)
    spring = by_time([shown("2026-03-29T00:30"), shown("2026-03-29T01:30")], Wish(By.HOUR), PARIS)
    assert [one.key for one in spring] == ["2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"]


def test_days_that_are_asked_for_are_those_of_the_zone():
    counts = [shown("2026-06-14T21:45"), shown("2026-06-14T22:00", 2), shown("2026-06-15T22:00", 4)]
    wish = Wish(By.HOUR, date(2026, 6, 15), date(2026, 6, 15))
    assert [one.impressions for one in by_time(counts, wish, PARIS)] == [2]
    assert [one.impressions for one in by_time(counts, wish, ZoneInfo("Asia/Kathmandu"))] == [3]
    assert bounds_ms(Wish(By.CREATIVE, date(2026, 3, 29), date(2026, 3, 29)), PARIS) == (
        to_ms(datetime(2026, 3, 28, 23, tzinfo=UTC)),
        to_ms(datetime(2026, 3, 29, 22, tzinfo=UTC)),
    )
    assert bounds_ms(Wish(), PARIS) == (None, None)


def test_what_is_done_with_a_card_has_its_column():
    kinds = [EventKind.CARD_SHOWN, EventKind.TAP, EventKind.NAVIGATE, EventKind.CALL, EventKind.COUPON_SAVED]
    tallies = [Tally("plc", kind, n, 7 if n == 1 else 0) for n, kind in enumerate(kinds, 1)]
    tallies += [Tally("", EventKind.EXPIRED, 9), Tally("", EventKind.PLANNED, 9)]
    assert by_key(tallies, lambda key: key.upper()) == [
        Slice("plc", "PLC", cards=1, taps=2, navigations=3, calls=4, coupons=5, spent_micros=7)
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], []),
        ([3], [3]),
        ([10, 12], [10, 12]),
        # Two that together are enough stand for themselves; else the next seldom one goes with them.
        ([6, 5, 40], [11, 40]),
        ([1, 40, 30], [31, 40]),
        ([1, 2, 3], [6]),
    ],
)
def test_places_where_it_was_shown_seldom_are_told_together(before, after):
    slices = [Slice(f"p{n}", impressions=number, spent_micros=number) for n, number in enumerate(before)]
    folded = fold(slices)
    assert sorted(one.shown for one in folded) == sorted(after)
    assert added(folded) == added(slices)
    assert [one.key for one in folded].count(FOLDED) == (len(after) < len(before))


def test_pages_follow_each_other_and_leave_nothing_out():
    slices = [Slice(f"k{n}") for n in range(5)]
    found, after = [], ""
    while True:
        part, after = page(slices, Wish(after=after, limit=2))
        found += part
        if not after:
            break
    assert found == slices
    with pytest.raises(Invalid, match="not there"):
        page(slices, Wish(after="gone"))


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (Wish(zone="Europe/Atlantis"), "timezone-unknown"),
        (Wish(limit=0), "page-out-of-range"),
        (Wish(limit=1001), "page-out-of-range"),
        (Wish(By.PLACE, first=date(2026, 6, 1)), "places-of-days"),
        (Wish(first=date(2026, 6, 2), last=date(2026, 6, 1)), "days-reversed"),
    ],
)
def test_what_cannot_be_told(wish, code):
    with pytest.raises(Invalid) as refused:
        check(wish)
    assert refused.value.code == code


@pytest.mark.parametrize("name", ["=1+1", "+33 1", "-2", "@SUM(A1)", "\tx", "\r=1", " =1", "＝1"])
def test_a_name_is_no_formula_in_a_spreadsheet(name):
    told = Delivery(By.PLACE, "UTC", "EUR", Slice(""), (Slice("plc", f"{name}"),))
    (row,) = list(csv.reader(io.StringIO("".join(as_csv(told)), newline="")))[1:]
    assert row[1] == f"'{name}"


def test_csv_is_written_in_parts_and_says_what_there_is():
    slices = tuple(Slice(f"k{n}", 'Chez "Léa", Rennes', impressions=n) for n in range(1201))
    parts = list(
        as_csv(
            Delivery(
                By.CREATIVE, "UTC", "CHF", added(slices), slices, goal_unit=GoalUnit.IMPRESSIONS, goal=5000
            )
        )
    )
    assert len(parts) == 4
    head, *rows = csv.reader(io.StringIO("".join(parts), newline=""))
    assert head[:4] == ["creative", "name", "impressions", "completes"]
    assert head[-5:] == ["spent_micros", "currency", "goal_unit", "toward_goal", "goal"]
    assert rows[7] == ["k7", 'Chez "Léa", Rennes', "7", *["0"] * 8, "CHF", "impressions", "7", "5000"]
    assert len(rows) == 1201
