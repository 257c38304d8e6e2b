"""The structure, without the DTD itself: tests/real holds the same document to that."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from content.guide.listing import INTERLUDE_MS
from content.guide.xmltv import Extent, Site, document
from content.library.programme import Advisory, Category, Credit, CreditRole
from content.library.rights import Rights, RightsWindow, Territories
from kernel.clock import to_ms
from media.house_format import SEGMENT_MS, position_at, starts_at_ms
from tests.unit.content.guide.conftest import BASE, programme, written

SITE = Site("https://tv.example")
# What the DTD says of the order of a programme's elements, as far as they are written.
ORDER = [
    "title",
    "sub-title",
    "desc",
    "credits",
    "date",
    "category",
    "language",
    "icon",
    "episode-num",
    "previously-shown",
    "rating",
]


def parsed(*channels, now=None, days=1, past_days=0, market=""):
    extent = Extent(now or starts(), days, past_days, market)
    return ElementTree.fromstring(b"".join(document(channels, SITE, extent)))


def starts() -> int:
    return starts_at_ms(BASE)


FULL = programme(
    "film",
    title="Le phare & <l'île>",
    series_title="Côtes",
    season=2,
    episode=7,
    year=2024,
    category=Category.DOCUMENTARY,
    advisory=Advisory.FROM_12,
    language="fr",
    credits=(
        Credit(CreditRole.PRESENTER, "Paul"),
        Credit(CreditRole.ACTOR, "Ada"),
        Credit(CreditRole.DIRECTOR, "Jeanne"),
        Credit(CreditRole.WRITER, "Émile"),
    ),
)


def test_a_programme_says_all_that_is_known_of_it():
    tv = parsed(written(("film1", 100), ("", 16), ("film1", 50), programmes=[FULL]))
    [shown] = tv.findall("programme")
    assert [child.tag for child in shown] == [
        "title", "sub-title", "desc", "credits", "date", "category", "category", "language", "icon",
        "episode-num", "episode-num", "rating",
    ]  # fmt: skip
    assert (shown.findtext("title"), shown.findtext("sub-title")) == ("Côtes", "Le phare & <l'île>")
    assert shown.find("title").get("lang") == "fr"
    assert [(c.tag, c.text) for c in shown.find("credits")] == [
        ("director", "Jeanne"),
        ("actor", "Ada"),
        ("writer", "Émile"),
        ("presenter", "Paul"),
    ]
    assert {c.get("lang"): c.text for c in shown.findall("category")} == {
        "en": "Documentary",
        "fr": "Documentaire",
    }
    assert {n.get("system"): n.text for n in shown.findall("episode-num")} == {
        "xmltv_ns": "1.6.",
        "onscreen": "S2E7",
    }
    assert (shown.find("rating").get("system"), shown.findtext("rating/value")) == ("CSA", "-12")
    assert shown.find("icon").get("src") == "https://tv.example/v1/assets/ast_film/poster.jpg"
    assert shown.get("channel") == tv.find("channel").get("id") == "atelier.tv.example"


def test_times_carry_the_channels_offset_of_that_day():
    """Airings of an hour around the autumn change: the hour after 02:00 comes twice."""
    begin = position_at(to_ms(datetime(2026, 10, 24, 22, 0, tzinfo=UTC)))
    hour = 3600 * 1000 // 1920
    lineup = written(("x1", begin - BASE), *[(f"a{n}", hour) for n in range(6)])
    tv = parsed(lineup, now=to_ms(datetime(2026, 10, 25, 9, 0, tzinfo=UTC)))
    times = [p.get("start") for p in tv.findall("programme") if p.findtext("title") == "A"]
    assert [t[8:] for t in times] == [
        "000000 +0200",
        "010000 +0200",
        "020000 +0200",
        "020000 +0100",
        "030000 +0100",
        "040000 +0100",
    ]
    stops = [p.get("stop") for p in tv.findall("programme") if p.findtext("title") == "A"]
    assert stops[:-1] == times[1:]


def test_what_was_on_within_the_day_before_is_shown_again():
    tv = parsed(written(("a1", 10), ("b1", 10), ("a2", 10)))
    again = [(p.findtext("title"), p.find("previously-shown")) for p in tv.findall("programme")]
    assert [title for title, shown in again if shown is not None] == ["A"]
    first = tv.find("programme")
    assert again[2][1].get("start") == first.get("start")


def test_what_no_xml_may_hold_is_left_out():
    bad = programme("a", title="Bell\x07 and \ud800 and \ufffe", synopsis="Line\nline\x00")
    tv = parsed(written(("a1", 10), programmes=[bad]))
    assert tv.findtext("programme/title") == "Bell and  and "
    assert tv.findtext("programme/desc") == "Line\nline"


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("https://tv.example", "atelier.tv.example"),
        ("http://127.0.0.1:8000", "atelier.roadcast.localhost"),
        ("http://localhost:8000", "atelier.roadcast.localhost"),
        ("http://[::1]:8000", "atelier.roadcast.localhost"),
    ],
)
def test_a_channels_name_is_that_of_a_host(base_url, name):
    assert Site(base_url).channel_id("atelier") == name
    assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", name)


def test_no_more_is_written_than_was_asked_for():
    day = 86_400_000 // 1920
    lineup = written(*[(f"a{n}", day // 2) for n in range(60)])
    one, three = (len(parsed(lineup, days=days).findall("programme")) for days in (1, 3))
    assert 1 <= one <= 3
    assert three - one == 4
    wide = parsed(lineup, now=starts() + 5 * 86_400_000, past_days=2)
    assert len(wide.findall("programme")) == three + 1  # the first one had no day before it


def test_a_long_document_comes_in_pieces():
    many = programme("a", synopsis="A long story. " * 60)
    loops = [written(*[(f"a{n}", 10) for n in range(3_000)], programmes=[many]) for _ in range(2)]
    pieces = list(document(loops, SITE, Extent(starts(), 1)))
    assert len(pieces) > 20
    assert max(map(len, pieces)) < 40_000
    tv = ElementTree.fromstring(b"".join(pieces))
    assert [child.tag for child in tv][:2] == ["channel", "channel"]
    for shown in tv.findall("programme"):
        ranks = [ORDER.index(child.tag) for child in shown]
        assert ranks == sorted(ranks)


def test_what_may_not_be_seen_in_a_market_is_not_in_its_document():
    here = programme("a", rights=Rights(territories=Territories(("FR",))))
    over = programme("b", rights=Rights(RightsWindow(until_ms=starts())))
    lineup = written(("a1", 10), ("b1", 10), ("c1", 10), programmes=[here, over])
    for market, found in (("FR", ["A", "C"]), ("BE", ["C"]), ("", ["C"])):
        shown = parsed(lineup, market=market).findall("programme")
        assert [one.findtext("title") for one in shown] == found
    titled = written(("a1", 10), territories=("BE",), programmes=[here])
    titled.schedule.slots_ = tuple(replace(one, territories=("BE",)) for one in titled.schedule.slots_)
    assert parsed(titled, market="FR").findall("programme") == []


def test_what_was_never_seen_in_a_market_is_not_shown_again_there():
    lineup = written(("a1", 10), ("b1", 10), ("a2", 10), programmes=[programme("a")])
    lineup.schedule.slots_ = tuple(
        replace(one, territories=("BE",)) if one.start == BASE else one for one in lineup.schedule.slots_
    )
    assert parsed(lineup, market="BE").find("programme/previously-shown") is not None
    assert parsed(lineup, market="FR").find("programme/previously-shown") is None


def test_a_long_gap_between_programmes_is_an_interlude_in_both_languages():
    long = INTERLUDE_MS // SEGMENT_MS + 1
    lineup = written(
        ("a1", 10), ("x1", long, True), ("b1", 10), ("", 160), ("y1", 10, True), ("c1", 10), ("z1", 999, True)
    )  # fmt: skip
    shown = parsed(lineup).findall("programme")
    assert [one.findtext("title") for one in shown] == ["A", "Interlude", "B", "C"]
    assert [(title.get("lang"), title.text) for title in shown[1]] == [
        ("en", "Interlude"),
        ("fr", "Intermède"),
    ]
    assert [shown[n].get("stop") for n in (0, 1)] == [shown[n].get("start") for n in (1, 2)]
    elsewhere = programme("b", rights=Rights(territories=Territories(("BE",))))
    lineup = written(("a1", 10), ("b1", long, False), ("c1", 10), programmes=[elsewhere])
    assert [one.findtext("title") for one in parsed(lineup, market="FR").findall("programme")] == [
        "A",
        "Interlude",
        "C",
    ]
