"""Coupons on every engine: given once, redeemed once, whoever races for them."""

import multiprocessing
import threading
from collections import Counter

import pytest

from adserver.adapters import sql_coupons
from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.adapters.sql_coupons import SqlCoupons
from adserver.adapters.tables import metadata
from adserver.booking.advertiser import Advertiser
from adserver.coupons.coupon import Coupon, Outcome, fold
from kernel.errors import Invalid
from server.engines.database import open_database

RACERS = 64
COUPON = Coupon("crv_1", "li_1", "cmp_1", "adv_1", "Free coffee", "", 1_000_000, 10, 1)
SHARED = Coupon("crv_2", "li_1", "cmp_1", "adv_1", "Less", "", 1_000_000, 100, 1, shared_code="SUMMER")


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path) -> str:
    """As the product opens them."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres").url.render_as_string(hide_password=False)
    return f"sqlite:///{tmp_path / 'coupons.db'}"


@pytest.fixture
def kept(url):
    engine = open_database(url)
    metadata.create_all(engine)
    SqlCampaigns(engine).add_advertiser(Advertiser("adv_1", "Garage", 1))
    SqlCampaigns(engine).add_advertiser(Advertiser("adv_2", "Café", 1))
    add(engine, COUPON)
    add(engine, SHARED)
    yield SqlCoupons(engine)
    engine.dispose()


def add(engine, coupon, codes=()):
    with engine.begin() as connection:
        sql_coupons.write(connection, coupon, codes)


def give(kept, coupon, holder, code="AAAA-0000-0001", at_ms=5):
    return kept.give(coupon, [holder], code, "owed", at_ms, 1_000)


def raced(number, one):
    """What each of so many threads, let go at once, comes back with."""
    gate, found = threading.Barrier(number), []

    def run(n):
        gate.wait()
        found.append(one(n))

    threads = [threading.Thread(target=run, args=(n,)) for n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_one_comes_back_as_it_went(kept):
    assert kept.get("crv_1") == COUPON
    assert kept.get("crv_9") is None
    saved = give(kept, COUPON, "h1")
    assert (saved.code, saved.number, saved.advertiser, saved.owed_to) == (
        "AAAA-0000-0001",
        1,
        "Garage",
        "owed",
    )
    assert kept.held("crv_1", ["h0", "h1"]) == saved
    assert kept.held("crv_1", ["h2"]) is None
    assert kept.wallet(["h1"], 9) == [saved]


def test_sixty_four_tills_redeem_one_code_once(kept):
    give(kept, COUPON, "h1")
    code = fold("AAAA-0000-0001")
    found = raced(RACERS, lambda n: kept.redeem("adv_1", code, f"till{n}", "", 100 + n))
    assert Counter(one.outcome for one in found) == {Outcome.WON: 1, Outcome.REDEEMED: RACERS - 1}
    (won,) = (one.saved for one in found if one.outcome is Outcome.WON)
    assert {one.saved.redeemed_ms for one in found} == {won.redeemed_ms}, "all learn when"
    assert [one.redeemed_by for one in kept.untold(won.redeemed_ms, 9)] == [won.redeemed_by]
    assert kept.untold(won.redeemed_ms - 1, 9) == []
    kept.told([won])
    assert kept.untold(10**15, 9) == []


def test_a_code_for_all_is_redeemed_as_often_as_it_was_saved(kept):
    for n in range(20):
        give(kept, SHARED, f"h{n}")
    found = raced(32, lambda n: kept.redeem("adv_1", "SUMMER", "till", f"R-{n}", 100))
    assert Counter(one.outcome for one in found) == {Outcome.WON: 20, Outcome.REDEEMED: 12}
    assert len({one.saved.number for one in found if one.outcome is Outcome.WON}) == 20


def test_the_same_sale_at_the_same_moment_is_one(kept):
    for n in range(8):
        give(kept, SHARED, f"h{n}")
    found = raced(8, lambda _: kept.redeem("adv_1", "SUMMER", "till", "R-1", 100))
    assert Counter(one.outcome for one in found) == {Outcome.WON: 1, Outcome.REPEATED: 7}


def test_no_more_codes_are_given_than_there_are_and_one_to_each(kept):
    found = raced(32, lambda n: give(kept, COUPON, f"h{n % 16}", f"CODE-{n:08}"))
    given = [one for one in found if one is not None]
    by_number = {one.number: one.code for one in given}
    assert sorted(by_number) == list(range(1, 11))
    assert len(set(by_number.values())) == 10
    assert kept.get("crv_1").saved == 10
    (standing, _) = kept.standings("cmp_1", 10)
    assert (standing.saved, standing.redeemed, standing.expired) == (10, 0, 0)


def test_own_codes_are_given_in_order(kept):
    pool = Coupon("crv_3", "li_1", "cmp_1", "adv_1", "Own", "", 1_000_000, 2, 1, pooled=True)
    add(kept._engine, pool, ["OWN-0001-A", "OWN-0002-B"])
    assert [give(kept, pool, holder).code for holder in ("h1", "h2")] == ["OWN-0001-A", "OWN-0002-B"]
    assert give(kept, pool, "h3") is None


def test_a_code_of_ones_own_is_of_one_coupon(kept):
    def offered(number, codes=(), shared="", advertiser="adv_1"):
        new = Coupon(
            f"crv_{number}", "li_1", "cmp_1", advertiser, "Own", "", 1_000_000, 2, 1, 0, shared, bool(codes)
        )
        add(kept._engine, new, codes)

    offered(3, ["OWN-0001-A", "OWN-0002-B"])
    for codes, shared in ((["NEW-0001-A", "own 0002 b"], ""), (["SUM-MER-0"], ""), ([], "OWN-0001-A")):
        if codes == ["SUM-MER-0"]:
            offered(4, [], "SUMMER0")
        with pytest.raises(Invalid, match="coupon-codes-taken"):
            offered(5, codes, shared)
    assert kept.get("crv_5") is None
    offered(5, [], "SUMMER0")
    offered(6, ["OWN-0001-A"], advertiser="adv_2")


def test_another_advertisers_code_is_known_and_not_redeemed(kept):
    give(kept, COUPON, "h1")
    assert kept.redeem("adv_2", fold("AAAA-0000-0001"), "till", "", 100) is None
    assert kept.known_elsewhere("adv_2", fold("AAAA-0000-0001"))
    assert not kept.known_elsewhere("adv_1", fold("AAAA-0000-0001"))
    assert not kept.known_elsewhere("adv_2", "NEVER")


def test_what_is_over_is_not_redeemed(kept):
    give(kept, COUPON, "h1")
    found = kept.redeem("adv_1", fold("AAAA-0000-0001"), "till", "", 1_000)
    assert (found.outcome, found.saved.expires_ms) == (Outcome.EXPIRED, 1_000)


def test_whose_it_was_is_forgotten_and_the_code_stays_good(kept):
    give(kept, COUPON, "h1")
    give(kept, COUPON, "h2", "AAAA-0000-0002")
    kept.forget(["h1"])
    assert kept.wallet(["h1"], 9) == []
    assert kept.expire(1_001) == 1
    assert kept.wallet(["h2"], 9) == []
    assert kept.redeem("adv_1", fold("AAAA-0000-0001"), "till", "", 100).outcome is Outcome.WON


def _till(url, number, barrier, results):
    engine = open_database(url)
    barrier.wait()
    results.put(SqlCoupons(engine).redeem("adv_1", "AAAA00000001", f"till{number}", "", 100).outcome.value)
    engine.dispose()


def test_processes_redeem_one_code_once(kept, url):
    give(kept, COUPON, "h1")
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(4), context.Queue()
    tills = [context.Process(target=_till, args=(url, n, barrier, results)) for n in range(4)]
    for till in tills:
        till.start()
    found = Counter(results.get(timeout=60) for _ in tills)
    for till in tills:
        till.join()
    assert found == {"won": 1, "redeemed": 3}
