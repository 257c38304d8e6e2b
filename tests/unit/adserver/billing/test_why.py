"""Why is it not serving: from what decisions said since yesterday, with what to do about it."""

from datetime import timedelta

import pytest

from adserver.billing.pace import Pace
from adserver.billing.why import REFUSED, SETTLING, counted, main_refusal
from adserver.booking.cap import FrequencyCap
from adserver.booking.submit_creative import Submission
from adserver.booking.targeting import Bounds, Daypart, Powertrain, Targeting
from adserver.booking.terms import Goal, GoalUnit
from adserver.serving.avail import Format, Location
from adserver.serving.heard import LOCATED
from adserver.serving.reason import CHOSEN, PASSED_OVER, Reason
from tests.adserver.house import avail, card_avail
from tests.adserver.web import as_advertiser, browser

FAR = Location(43.6, 1.44)
NIGHT = Targeting(dayparts=(Daypart((), "23:00", "23:30"),))


async def why(house, campaign):
    return (await house.report(None, campaign.campaign_id)).overview.why


def test_every_reason_that_its_advertiser_cannot_see_has_a_sentence_and_a_remedy():
    assert set(REFUSED) == PASSED_OVER
    assert all(found.fix for found in REFUSED.values())
    assert len({found.code for found in REFUSED.values()}) == len(REFUSED)


def test_the_most_frequent_refusal_is_the_reason():
    assert (
        main_refusal({"pod-full": 3, "frequency-cap": 5, CHOSEN: 90, "out-of-reach": 70})
        is Reason.FREQUENCY_CAP
    )
    assert main_refusal({"pod-full": 3, "frequency-cap": 3}) is Reason.POD_FULL
    assert main_refusal({CHOSEN: 1}) is None
    assert counted({"pod-full": 1, CHOSEN: 2, LOCATED: 9}) == [
        ("It was chosen.", 2),
        ("Cars came near, but others came first: nearer or better paid.", 1),
    ]


async def test_no_break_then_no_consent_then_nobody_near(house, clock):
    campaign = await house.running()
    assert (await why(house, campaign)).code == "no-break"
    await house.serve(avail("a1", clock.now(), location=None))
    found = await why(house, campaign)
    assert found.code == "no-consent"
    assert found.sentence.endswith("until one does, nothing can be near.")
    await house.serve(avail("a2", clock.now(), location=FAR))
    # Of those that passed before it could be shown nothing follows.
    assert (await why(house, campaign)).code == "just-begun"
    clock.advance(SETTLING.total_seconds() - 1)
    assert (await why(house, campaign)).code == "just-begun"
    clock.advance(1)
    found = await why(house, campaign)
    assert (found.code, found.values) == ("nobody-near", {"radius": "5"})
    # Two days later nobody has come again.
    clock.advance(2 * 86_400)
    campaign = await house.running(ends_at=clock.now() + timedelta(days=9))
    assert (await why(house, campaign)).code == "no-break"


async def test_cars_in_other_countries_and_cards_for_films_are_no_cars_near(house, clock):
    """What was near and could never be for it is not said to have been nowhere."""
    abroad = await house.running(markets=("BE",))
    films = await house.running(spot=True, card=False, cpm_micros=0, cpv_micros=100_000)
    for n in range(2):
        await house.serve(card_avail(f"a{n}", clock.now()))
    clock.advance(SETTLING.total_seconds())
    told = await why(house, abroad)
    assert (told.code, told.fix) == ("nobody-near", "Add countries, places or areas, or widen its radius.")
    assert told.text.endswith("within its countries.")
    told = await why(house, films)
    assert told.code == "nobody-near"
    assert "On free cards it is not shown" in told.text
    # A break of a car here is another matter.
    await house.serve(avail("b", clock.now()))
    assert (await why(house, films)).code == "chosen"
    assert (await why(house, abroad)).code == "nobody-near"


async def test_one_that_was_booked_just_now_is_not_told_to_look_for_other_places(house, clock):
    """Its card is approved, its film is not ready yet, and cars were elsewhere before."""
    await house.serve(avail("a", clock.now(), location=FAR))
    campaign = await house.running(spot=False)
    mine = campaign.advertiser_id, campaign.campaign_id
    assert (await why(house, campaign)).fix == "Look again in some minutes."
    await house.submit(*mine, Submission("Test drive", "", "upl_accfilm"), owner="acc")
    told = await why(house, campaign)
    assert (told.code, told.fix) == (
        "just-begun",
        "Look again in some minutes; one of its creatives is still being prepared.",
    )
    # Where a car has come near, that is what is said of it.
    await house.serve(card_avail("b", clock.now()))
    assert (await why(house, campaign)).code == "chosen"


async def test_one_that_begins_later_has_just_begun_then(house, clock):
    start = clock.now() + timedelta(hours=2)
    campaign = await house.running(starts_at=start, ends_at=start + timedelta(days=9))
    assert (await why(house, campaign)).code == "not-started"
    clock.advance(2 * 3600)
    await house.serve(avail("a", clock.now(), location=FAR))
    assert (await why(house, campaign)).code == "just-begun"


async def test_nobody_is_told_to_outbid_a_promotion_of_its_own(house, clock):
    """A card is one, as a break has one of each advertiser: others came first only where they are others."""
    first = await house.running(spot=False)
    second = await house.book(first.advertiser_id, house.order())
    await house.submit(second.advertiser_id, second.campaign_id, Submission("Come", "Again"), owner="acc")
    other = await house.running(spot=False, cpm_micros=1_000_000)
    (fill,) = (await house.serve(card_avail("a", clock.now()))).fills
    beaten = second if fill.line_item_id == first.line_item.line_item_id else first
    assert (await why(house, beaten)).code == "another-of-yours"
    assert (await why(house, other)).code == "others-came-first"


@pytest.mark.parametrize(
    ("order", "changes", "code"),
    [
        ({"targeting": NIGHT}, {"zones": ("Europe/Paris",)}, "outside-daypart"),
        ({"targeting": NIGHT}, {}, "local-time-unknown"),
        ({"targeting": Targeting(languages=("de",))}, {}, "language-not-booked"),
        ({"targeting": Targeting(powertrains=(Powertrain.ELECTRIC,))}, {}, "powertrain-unknown"),
        ({"targeting": Targeting(charge_percent=Bounds(None, 30))}, {}, "vehicle-state-not-shared"),
    ],
)
async def test_each_is_told_in_both_languages_with_a_remedy_and_without_a_name_of_others(
    house, clock, order, changes, code
):
    campaign = await house.running(**order)
    await house.serve(avail("a", clock.now(), **changes))
    me = as_advertiser(campaign.advertiser_id)
    async with browser(house) as web:
        found = (await web.get(f"/v1/campaigns/{campaign.campaign_id}/why", headers=me)).json()
    assert found["code"] == code
    english, french = found["sentences"]["en"], found["sentences"]["fr"]
    assert english.count(".") >= 2
    assert french.count(".") >= 2
    assert english != french


async def test_what_keeps_one_back_that_was_shown_before(house, clock):
    campaign = await house.running(
        spot=False, cap=FrequencyCap(1, 3600), ends_at=clock.now() + timedelta(days=9)
    )
    (fill,) = (await house.serve(card_avail("a0", clock.now()))).fills
    await house.record(fill.beacon, "card-shown")
    await house.post()
    assert (await why(house, campaign)).code == "serving"
    clock.advance(2 * 86_400)
    assert (await why(house, campaign)).code == "no-break"
    for n in range(3):
        await house.serve(avail(f"b{n}", clock.now(), segments=16))
    found = await why(house, campaign)
    assert (found.code, found.fix) == ("not-this-format", "Add a card, or a film with sound.")


@pytest.mark.parametrize(
    ("times", "code", "fix"),
    [
        (4, "serving-behind", "Allow it more often for one car, or widen its radius to reach more cars."),
        (1, "serving-few", "Widen its radius, or add places or areas, to reach more cars."),
    ],
)
async def test_serving_but_behind_its_plan(house, clock, times, code, fix):
    campaign = await house.running(
        spot=False,
        cap=FrequencyCap(1, 3600),
        starts_at=clock.now() - timedelta(days=5),
        ends_at=clock.now() + timedelta(days=5),
    )
    (fill,) = (await house.serve(card_avail("a0", clock.now()))).fills
    await house.record(fill.beacon, "card-shown")
    await house.post()
    for n in range(1, times):
        await house.serve(card_avail(f"a{n}", clock.now()))
    overview = (await house.report(None, campaign.campaign_id)).overview
    assert overview.pace == Pace("behind", GoalUnit.SPEND, 500, 0, 500)
    assert (overview.why.code, overview.why.fix) == (code, fix)
    assert overview.why.values["near"] == str(times)


async def test_the_api_says_it_in_both_languages_and_the_page_with_numbers(house):
    campaign = await house.running(spot=False)
    for n in range(2):
        await house.serve(avail(f"a{n}", house.clock.now(), formats=frozenset({Format.VIDEO})))
    me = as_advertiser(campaign.advertiser_id)
    async with browser(house) as web:
        found = (await web.get(f"/v1/campaigns/{campaign.campaign_id}/why", headers=me)).json()
        assert found["code"] == "not-this-format"
        assert found["said"] == {"format-not-offered": 2}
        assert found["sentences"]["en"].endswith("for its card. Add a card, or a film with sound.")
        assert found["sentences"]["fr"].endswith("pour sa carte. Ajoutez une carte, ou un film sonore.")
        page = await web.get(
            f"/advertiser/campaigns/{campaign.campaign_id}", headers=me | {"Cookie": "lang=fr"}
        )
        assert "Ajoutez une carte, ou un film sonore." in page.text
        assert '<strong class="number">2</strong>' in page.text
        other = as_advertiser(house.register("Another").advertiser_id)
        assert (await web.get(f"/v1/campaigns/{campaign.campaign_id}/why", headers=other)).status_code == 404


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "One of its creatives cannot be shown"), ("fr", "ne peut pas être diffusée")],
)
async def test_a_film_that_was_refused_is_told_beside_a_card_that_serves(house, language, words):
    campaign = await house.running(spot=False)
    mine = campaign.advertiser_id, campaign.campaign_id
    me = as_advertiser(campaign.advertiser_id) | {"Cookie": f"lang={language}"}
    at = f"/advertiser/campaigns/{campaign.campaign_id}"
    silent = await house.submit(*mine, Submission("Test drive", "", "upl_accfilm"), owner="acc")
    async with browser(house) as web:
        assert words not in (await web.get(at, headers=me)).text
        house.media.finish(silent.asset_id, sound=False)
        await house.advance()
        assert words in (await web.get(at, headers=me)).text


@pytest.mark.parametrize(("language", "goal"), [("en", "0 / 50,000"), ("fr", "0 / 50\u202f000")])
async def test_a_list_writes_numbers_as_its_pages_do(house, language, goal):
    campaign = await house.running(spot=False, goal=Goal(GoalUnit.IMPRESSIONS, 50_000))
    me = as_advertiser(campaign.advertiser_id) | {"Cookie": f"lang={language}"}
    async with browser(house) as web:
        assert goal in (await web.get("/advertiser", headers=me)).text
