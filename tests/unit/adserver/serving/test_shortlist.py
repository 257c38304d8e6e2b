"""Which of many are weighed, against the same told by sorting them all."""

import random
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from adserver.booking.campaign import CampaignState, Creative, CreativeState, LineItem
from adserver.booking.targeting import EVERYBODY, Targeting
from adserver.serving.avail import Avail, Format
from adserver.serving.offer import Offer
from adserver.serving.shortlist import Shortlist
from kernel.clock import to_ms

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
NOW_MS = to_ms(NOW)
SPOT = frozenset({Format.VIDEO, Format.AUDIO})
GERMAN = Targeting(languages=("de",))
AVAIL = Avail("a", "car", 16, SPOT, NOW, market="FR", language="fr")
ITEM = LineItem(
    "li", "cmp", "adv", "A", NOW_MS - 1, NOW_MS + 10**6, 10**9, 12_000_000, "EUR", 1_000, ("plc",)
)
FILM = Creative("film", "li", "cmp", "adv", "F", SPOT, CreativeState.APPROVED, "H", "", 0, "ast", segments=8)


def offer(state=CampaignState.ACTIVE, exhausted=False, **changes):
    return Offer(msgspec.structs.replace(ITEM, **changes), state, "A", (FILM,), exhausted)


def drawn(chance):
    return offer(
        state=chance.choice([CampaignState.ACTIVE] * 4 + [CampaignState.PAUSED]),
        exhausted=chance.random() < 0.1,
        starts_ms=NOW_MS + chance.choice([-5, 0, 0, 5]),
        ends_ms=NOW_MS + chance.choice([0, 1, 1, 10, 10]),
        markets=chance.choice([(), (), (), ("FR", "BE"), ("DE",)]),
        targeting=chance.choice([EVERYBODY, EVERYBODY, GERMAN, Targeting(languages=("fr",))]),
    )


def able(one, now_ms, avail):
    item = one.line_item
    asked = avail is None or (
        (not item.markets or avail.market in item.markets)
        and (not item.targeting.languages or avail.language in item.targeting.languages)
    )
    running = one.state is CampaignState.ACTIVE and not one.exhausted
    return running and item.starts_ms <= now_ms < item.ends_ms and asked


@pytest.mark.parametrize("avail", [None, AVAIL, msgspec.structs.replace(AVAIL, market="DE")])
def test_it_is_what_sorting_them_all_would_tell(avail):
    chance = random.Random(7)
    for _ in range(60):
        offers = [drawn(chance) for _ in range(chance.randint(0, 40))]
        shortlist = Shortlist(offers)
        rows = np.array(chance.sample(range(len(offers)), chance.randint(0, len(offers))), dtype=np.intp)
        keys = np.array([float(chance.randint(0, 9)) for _ in rows])
        for now_ms in (NOW_MS, NOW_MS - 1, NOW_MS + 1, NOW_MS + 20, NOW_MS):
            limit = chance.randint(1, 20)
            idle = [not able(offers[row], now_ms, avail) for row in rows]
            wanted = sorted(range(len(rows)), key=lambda n, idle=idle, keys=keys: (idle[n], keys[n]))[:limit]
            found = shortlist.first(rows, keys, limit, now_ms, avail).tolist()
            assert [(idle[n], keys[n]) for n in found] == [(idle[n], keys[n]) for n in wanted]
            assert len(set(found)) == len(found)


def test_the_same_wish_is_judged_once_and_only_until_there_are_enough(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "adserver.serving.shortlist.unsuited", lambda targeting, *_: asked.append(targeting) and None
    )
    offers = [offer(targeting=GERMAN if n < 30 else Targeting(languages=("it",))) for n in range(60)]
    rows = np.arange(60)
    assert Shortlist(offers).first(rows, rows * 1.0, 20, NOW_MS, AVAIL).tolist() == list(range(20))
    assert asked == [GERMAN]
