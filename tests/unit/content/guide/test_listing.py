import pytest

from content.guide.listing import DAY_MS, INTERLUDE_MS, Asker, Interlude, between, now_next, titles
from content.library.programme import Kind
from content.library.rights import Rights, RightsWindow, Territories
from media.house_format import SEGMENT_MS, starts_at_ms
from tests.unit.content.guide.conftest import BASE, programme, written


def at(offset: int) -> int:
    return starts_at_ms(BASE + offset)


def test_now_and_next_go_by_airings():
    lineup = written(("film1", 100), ("", 16), ("film1", 50), ("", 16), ("news1", 30))
    found = now_next(lineup, Asker(at(105)), 2)
    assert [(e.title, e.starts_at_ms, e.ends_at_ms) for e in found.entries] == [
        ("Film", at(0), at(166)),
        ("News", at(182), at(212)),
    ]
    assert found.entries[0].poster_url == "/v1/assets/ast_film/poster.jpg"
    assert (found.channel_id, found.timezone, found.logo_url) == (
        "chn",
        "Europe/Paris",
        "/v1/channels/chn/logo.svg",
    )


def test_between_airings_the_first_entry_lies_ahead():
    [entry] = now_next(written(("a1", 10), ("", 16), ("b1", 10)), Asker(at(12)), 1).entries
    assert (entry.title, entry.starts_at_ms) == ("B", at(26))


def test_a_channel_without_programmes_has_an_empty_guide():
    assert now_next(written(), Asker(at(0)), 5).entries == []


def test_fillers_and_what_nobody_knows_are_left_out():
    lineup = written(
        ("a1", 10), ("logo1", 2), ("b1", 10), programmes=[programme("logo", kind=Kind.IDENT), programme("b")]
    )
    del lineup.programmes["a"]
    assert [e.title for e in now_next(lineup, Asker(at(0)), 5).entries] == ["B"]


def test_an_episode_goes_under_its_series():
    assert titles(programme("one", series_title="Harbours")) == ("Harbours", "One")
    assert titles(programme("one")) == ("One", "")


def test_a_range_is_cut_where_it_is_too_long_and_says_where_it_goes_on():
    lineup = written(*[(f"a{n}", 10) for n in range(8)])
    first = between(lineup, Asker(at(0)), at(5), at(80), 3)
    assert [e.starts_at_ms for e in first.entries] == [at(0), at(10), at(20)]
    assert first.more_from_ms == at(30)
    rest = between(lineup, Asker(at(0)), first.more_from_ms, at(80), 5)
    assert [e.starts_at_ms for e in rest.entries] == [at(n) for n in (30, 40, 50, 60, 70)]
    assert rest.more_from_ms is None


def test_nobody_knows_what_aired_before_what_is_remembered():
    lineup = written(("a1", 10), ("b1", 10), ("c1", 10), known_from=BASE + 10)
    assert [e.title for e in between(lineup, Asker(at(0)), at(0), at(30), 9).entries] == ["B", "C"]
    assert between(lineup, Asker(at(0)), at(0), at(5), 9).entries == []


FRANCE = Rights(territories=Territories(("FR",)))


@pytest.mark.parametrize(
    ("rights", "market", "why"),
    [
        (Rights(), "", ""),
        (FRANCE, "FR", ""),
        (FRANCE, "BE", "rights-territory-excluded"),
        (FRANCE, "", "rights-territory-unknown"),
        (Rights(RightsWindow(until_ms=at(0))), "FR", "rights-ended"),
        (Rights(RightsWindow(from_ms=at(1))), "FR", "rights-not-begun"),
    ],
)
def test_what_cannot_be_seen_says_why(rights, market, why):
    lineup = written(("a1", 10), programmes=[programme("a", rights=rights)])
    [entry] = now_next(lineup, Asker(at(0), market), 1).entries
    assert (entry.title, entry.unavailable) == ("A", why)


def again(now_ms: int, rights: Rights, market: str = "FR"):
    lineup = written(("a1", 10), ("b1", 10), programmes=[programme("a", rights=rights)])
    return between(lineup, Asker(now_ms, market), at(0), at(10), 1).entries[0].replay


def test_what_has_begun_may_be_started_over_for_as_long_as_agreed():
    rights = Rights(catch_up_days=2)
    assert again(at(0) - 1, rights) is None
    found = again(at(0), rights)
    assert (found.until_ms, found.path) == (at(10) + 2 * DAY_MS, f"/play/airing/chn-{BASE}")
    assert again(at(10) + 2 * DAY_MS - 1, rights) == found
    assert again(at(10) + 2 * DAY_MS, rights) is None


def test_it_is_not_where_it_was_not_agreed():
    assert again(at(5), Rights()) is None
    assert again(at(5), Rights(territories=Territories(("FR",)), catch_up_days=2), market="BE") is None
    ends = RightsWindow(until_ms=at(20))
    assert again(at(15), Rights(ends, catch_up_days=2)).until_ms == at(20)
    assert again(at(20), Rights(ends, catch_up_days=2)) is None


LONG = INTERLUDE_MS // SEGMENT_MS + 1


def test_fill_is_no_entry_even_where_it_is_a_programme():
    lineup = written(("a1", 10), ("b1", 20, True), ("c1", 10))
    assert [e.title for e in now_next(lineup, Asker(at(12)), 5).entries] == ["C"]
    assert now_next(lineup, Asker(at(12)), 1).interludes == []


def test_an_interlude_is_what_lasts_longer_than_any_break():
    lineup = written(("a1", 10), ("x1", LONG, True), ("b1", 10), ("", 160), ("c1", 10))
    told = now_next(lineup, Asker(at(5)), 3)
    assert [e.title for e in told.entries] == ["A", "B", "C"]
    assert told.interludes == [Interlude(at(10), at(10 + LONG))]
    # From within it is told from its beginning, so that who hears it some seconds later is in it too.
    assert now_next(lineup, Asker(at(12)), 1).interludes == [Interlude(at(10), at(10 + LONG))]


def test_of_a_long_interlude_its_beginning_is_not_looked_for():
    lineup = written(("a1", 10), ("x1", 5 * LONG, True), ("b1", 10))
    now = 10 + 3 * LONG
    told = now_next(lineup, Asker(at(now)), 1).interludes
    assert told == [Interlude(at(now) - INTERLUDE_MS, at(10 + 5 * LONG))]


def test_a_day_has_the_part_of_an_interlude_that_lies_in_it():
    lineup = written(("a1", 10), ("x1", 3 * LONG, True), ("b1", 10), ("y1", 3 * LONG, True))
    since, until = at(10 + LONG), at(10 + 5 * LONG)
    told = between(lineup, Asker(at(0)), since, until, 9)
    assert told.interludes == [Interlude(since, at(10 + 3 * LONG)), Interlude(at(20 + 3 * LONG), until)]
    cut = between(lineup, Asker(at(0)), at(0), until, 1)
    assert (cut.more_from_ms, cut.interludes) == (at(10 + 3 * LONG), [Interlude(at(10), at(10 + 3 * LONG))])


def test_a_channel_of_fill_alone_is_one_interlude():
    told = between(written(), Asker(at(0)), at(0), at(1_000), 9)
    assert (told.entries, told.interludes) == ([], [Interlude(at(0), at(1_000))])
