"""Which of many are weighed, against the same told by sorting them all."""

import random
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from adserver.billing.budget import Standing
from adserver.booking.campaign import CampaignState, Creative, CreativeState, LineItem, Priority
from adserver.booking.targeting import EVERYBODY, Targeting
from adserver.booking.terms import Goal, GoalUnit
from adserver.serving.avail import Avail, Format, Location
from adserver.serving.decision import fill
from adserver.serving.demand import Candidate
from adserver.serving.offer import Offer
from adserver.serving.shortlist import OTHERS_LIMIT, Shortlist
from adserver.serving.standings import Standings
from geotarget.place import Category, Place
from kernel.clock import from_ms, to_ms

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
NOW_MS = to_ms(NOW)
SPOT = frozenset({Format.VIDEO, Format.AUDIO})
GERMAN = Targeting(languages=("de",))
CARDS = frozenset({Format.CARD})
AVAIL = Avail("a", "car", 16, SPOT, NOW, Location(48.1, -1.7), market="FR", language="fr")
PLACE = Place("plc", "test", "1", "Here", "", Category.DEALER, 48.1, -1.7)
ITEM = LineItem(
    "li", "cmp", "adv", "A", NOW_MS - 1, NOW_MS + 10**6, 10**9, 12_000_000, "EUR", 1_000, ("plc",)
)
FILM = Creative("film", "li", "cmp", "adv", "F", SPOT, CreativeState.APPROVED, "H", "", 0, "ast", segments=8)


CARD = Creative("card", "li", "cmp", "adv", "C", CARDS, CreativeState.APPROVED, "H", "", 0)
CARD_AVAIL = msgspec.structs.replace(AVAIL, segments=0, formats=CARDS)


def offer(state=CampaignState.ACTIVE, exhausted=False, made=(FILM,), **changes):
    return Offer(msgspec.structs.replace(ITEM, **changes), state, "A", made, exhausted)


def film(segments):
    return msgspec.structs.replace(FILM, segments=segments)


def drawn(chance, n):
    return offer(
        line_item_id=f"li_{n}",
        state=chance.choice([CampaignState.ACTIVE] * 4 + [CampaignState.PAUSED]),
        exhausted=chance.random() < 0.1,
        made=chance.choice([(FILM,), (FILM, CARD), (film(17), FILM), (film(17),), (CARD,)]),
        priority=chance.choice([Priority.STANDARD, Priority.STANDARD, Priority.SPONSORSHIP]),
        starts_ms=NOW_MS + chance.choice([-5, 0, 0, 5]),
        ends_ms=NOW_MS + chance.choice([0, 1, 1, 10, 10]),
        markets=chance.choice([(), (), (), ("FR", "BE"), ("DE",)]),
        targeting=chance.choice([EVERYBODY, EVERYBODY, GERMAN, Targeting(languages=("fr",))]),
        goal=chance.choice([Goal(), Goal(GoalUnit.IMPRESSIONS, 10)]),
    )


def told(chance, offers):
    """What counters may say of them."""
    ids = [one.line_item.line_item_id for one in offers]
    return Standing(
        {one: chance.choice([0, 11_999, 12_000, 10**9]) for one in ids if chance.random() < 0.9},
        {one: chance.choice([9, 10]) for one in ids if chance.random() < 0.3},
        {one: chance.choice([0, 300_000]) for one in ids if chance.random() < 0.5},
    )


def index_of(offers):
    numbers = {one.line_item.line_item_id: row for row, one in enumerate(offers)}
    standings = Standings(offers, numbers)
    return Shortlist(offers, standings), standings


def able(one, avail, usage, roll):
    """The same, told by the checklists."""
    return not one.exhausted and bool(fill(avail, [Candidate(one, PLACE, 100.0)], usage, roll).fills)


@pytest.mark.parametrize("avail", [AVAIL, msgspec.structs.replace(AVAIL, market="DE"), CARD_AVAIL])
def test_it_is_what_asking_each_of_them_would_tell(avail):
    chance = random.Random(7)
    for _ in range(60):
        offers = [drawn(chance, n) for n in range(chance.randint(0, 40))]
        shortlist, standings = index_of(offers)
        standings.take(standings.items, told(chance, offers))
        usage = standings.usage(np.arange(len(offers)))
        rows = np.array(chance.sample(range(len(offers)), chance.randint(0, len(offers))), dtype=np.intp)
        roll = chance.random()
        for later in (0, -1, 1, 20, 0):
            now_ms, limit = NOW_MS + later, chance.randint(1, 20)
            asked = msgspec.structs.replace(avail, at=from_ms(now_ms))
            can = [able(offers[row], asked, usage, roll) for row in rows]
            ranked = sorted(range(len(rows)), key=lambda n, rows=rows: offers[rows[n]].rank)
            first, others = shortlist.first(rows, limit, now_ms, asked, roll)
            assert first.tolist() == [n for n in ranked if can[n]][:limit]
            if len(first) < limit:
                rest = [n for n in ranked if not can[n]]
                assert others.tolist() == rest[: max(OTHERS_LIMIT, limit - len(first))]


def test_the_same_wish_is_judged_once_and_only_until_there_are_enough(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "adserver.serving.shortlist.unsuited", lambda targeting, *_: asked.append(targeting) and None
    )
    wishes = [GERMAN if n < 30 else Targeting(languages=("it",)) for n in range(60)]
    shortlist, _ = index_of([offer(targeting=one, line_item_id=f"li_{n}") for n, one in enumerate(wishes)])
    first, others = shortlist.first(np.arange(60), 20, NOW_MS, AVAIL)
    assert (first.tolist(), others.tolist()) == (list(range(20)), [])
    assert asked == [GERMAN]


def test_what_is_told_for_one_kind_of_break_is_not_told_of_another():
    """What is remembered of a kind of break holds for that kind, and until a flight begins or ends."""
    shortlist, _ = index_of(
        [offer(made=(FILM,)), offer(made=(CARD,), line_item_id="li_1", ends_ms=NOW_MS + 5)]
    )
    both = np.arange(2)
    later = msgspec.structs.replace(CARD_AVAIL, at=from_ms(NOW_MS + 5))
    found = [
        shortlist.first(both, 9, NOW_MS, one)[0].tolist() for one in (AVAIL, CARD_AVAIL, later, CARD_AVAIL)
    ]
    assert found == [[0], [1], [], [1]]
    ahead = msgspec.structs.replace(CARD_AVAIL, expected_at=from_ms(NOW_MS + 5))
    assert shortlist.first(both, 9, NOW_MS, ahead)[0].tolist() == []
