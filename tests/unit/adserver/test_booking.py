"""The advertiser's pages."""

import re
from dataclasses import replace
from html import unescape

import msgspec
import pytest

from adserver.billing.impression import EventKind
from adserver.booking.campaign import Approach, CreativeState, Priority
from geotarget.area import Disc, make_area
from geotarget.fence import Fence
from geotarget.place import Category as PlaceCategory
from media.source import FoundKind
from tests.adserver.house import avail, card_avail, place
from tests.adserver.web import OPERATOR, as_advertiser, browser

NEW = "/advertiser/campaigns/new"


@pytest.fixture
async def web(house):
    house.places = [place("Garage du Nord", 48.12, -1.68, brand="Renault"), place("Borne Sud", 48.10, -1.67)]
    async with browser(house) as client:
        yield client


def typed(house, **changes):
    return {
        "name": "Portes ouvertes",
        "category": "automotive",
        "timezone": "Europe/Paris",
        "starts": "2026-06-15T12:00",
        "ends": "2026-06-20T18:30",
        "budget": "250,50",
        "currency": "EUR",
        "price": "12",
        "radius_km": "5",
        "cap_count": "4",
        "cap_window_s": "3600",
        "headline": "Café offert",
        "body": "Samedi & dimanche",
        "words": "",
        "place_category": "",
        "latitude": "48.1",
        "longitude": "-1.7",
        "within_km": "50",
        "place_id": house.places[0].place_id,
        "do": "book",
    } | changes


def error_beside(page, field):
    block = re.search(rf'<label for="{field}">.*?class="error">(.*?)</span>', page, re.S)
    return unescape(block[1]).strip() if block else ""


async def test_the_list_is_empty_and_says_what_to_do(house, web):
    me = as_advertiser(house.register("Garage").advertiser_id)
    page = (await web.get("/advertiser", headers=me)).text
    assert "No campaigns yet" in page
    assert NEW in page


async def test_which_places_a_car_is_sent_to_is_chosen_on_the_form(house, web):
    advertiser = house.register("Garage")
    me = as_advertiser(advertiser.advertiser_id)
    for none in ("soon", "-5", "٥"):
        wrong = await web.post(NEW, headers=me, data=typed(house, detour_max_min=none))
        said = error_beside(wrong.text, "detour_max_min")
        assert said == "Type the detour as a whole number of minutes."
    wrong = await web.post(NEW, headers=me, data=typed(house, detour_max_min="500", anyway=["closed"]))
    assert "0 for any" in error_beside(wrong.text, "detour_max_min")
    assert 'value="closed" checked' in wrong.text
    booked = await web.post(
        NEW, headers=me, data=typed(house, detour_max_min="15", anyway=["behind", "closed"])
    )
    assert booked.status_code == 303, unescape(booked.text)
    (campaign,) = house.read(advertiser.advertiser_id)
    assert campaign.line_item.approach == Approach(ahead=False, open_on_arrival=False, detour_max_min=15)
    page = (await web.get(booked.headers["location"], headers=me)).text
    assert "within its range, a detour of 15 min at most" in page


async def test_areas_are_searched_ticked_booked_and_unticked(house, web):
    disc = Disc(48.1, -1.7, 9_000)
    house.areas = [
        make_area("dep", name, name, disc) for name in ("Ille-et-Vilaine", "Côtes-d’Armor", "Finistère")
    ]
    vilaine, armor = house.areas[0].area_id, house.areas[1].area_id
    advertiser = house.register("Garage")
    me = as_advertiser(advertiser.advertiser_id)
    form = typed(house, place_id="")
    found = await web.post(
        NEW, headers=me, data=form | {"do": "search-areas", "area_words": "COTES", "area_id": [vilaine]}
    )
    assert found.status_code == 200
    assert f'value="{vilaine}" checked' in found.text
    assert f'value="{armor}"' in found.text
    assert "Finistère" not in found.text
    nothing = await web.post(NEW, headers=me, data=form | {"do": "search-areas", "area_words": "Paris"})
    assert "No area matches." in nothing.text
    booked = await web.post(NEW, headers=me, data=form | {"area_id": [vilaine, armor]})
    assert booked.status_code == 303, unescape(booked.text)
    (campaign,) = house.read(advertiser.advertiser_id)
    assert campaign.line_item.area_ids == (vilaine, armor)
    assert campaign.line_item.place_ids == ()
    page = (await web.get(booked.headers["location"], headers=me)).text
    assert "Côtes-d’Armor" in page
    edit = {
        "revision": "1",
        "zone": "Europe/Paris",
        "with_areas": "1",
        "area_id": armor,
        "name": "Portes ouvertes",
    }
    edit |= {"ends": "2026-06-20T18:30", "budget": "250.50", "price": "12", "radius_km": "5"}
    saved = await web.post(f"{booked.headers['location']}/edit", headers=me, data=edit)
    assert saved.status_code == 303, unescape(saved.text)
    (campaign,) = house.read(advertiser.advertiser_id)
    assert campaign.line_item.area_ids == (armor,)
    gone = await web.post(NEW, headers=me, data=form | {"area_id": ["are_none"]})
    assert gone.status_code == 422
    assert "Unknown areas: 1" in unescape(gone.text)


async def test_booking_from_the_form_to_the_first_impression(house, web):
    advertiser = house.register("Garage")
    me = as_advertiser(advertiser.advertiser_id)
    form = await web.get(NEW, headers=me)
    assert form.status_code == 200
    assert 'value="2026-06-15T13:00"' in form.text  # the next hour in Paris
    booked = await web.post(NEW, headers=me, data=typed(house, upload_id="upl_acc1", upload_name="spot.mp4"))
    assert booked.status_code == 303, unescape(booked.text)
    (campaign,) = house.read(advertiser.advertiser_id)
    assert campaign.line_item.budget_micros == 250_500_000
    assert campaign.line_item.flight.start.isoformat() == "2026-06-15T10:00:00+00:00"
    assert campaign.line_item.flight.end.isoformat() == "2026-06-20T16:30:00+00:00"
    assert "preparing" in (await web.get(booked.headers["location"], headers=me)).text
    house.media.finish("ast_acc1")
    await house.advance()
    served = await house.serve(avail(at=house.clock.now()))
    answer = await web.post(f"/v1/beacons/{served.fills[0].beacon}/impression")
    assert answer.status_code == 204
    await house.post()
    page = unescape((await web.get(booked.headers["location"], headers=me)).text)
    assert "It is serving." in page
    assert "2026-06-15" in page
    assert "€0.01" in page
    assert "Garage du Nord" in page
    assert "Portes ouvertes" in (await web.get("/advertiser", headers=me)).text


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"ends": "2026-06-15T11:00"}, "ends", "ends before it starts"),
        ({"ends": ""}, "ends", "Type a date"),
        ({"ends": "9999-12-31T00:00"}, "ends", "too late"),
        ({"starts": "0900-01-01T00:00"}, "starts", "too early"),
        ({"budget": ""}, "budget", "no budget"),
        ({"budget": "0.50"}, "budget", "too small"),
        ({"budget": "1000000000"}, "budget", "at most 1,000,000"),
        ({"budget": "1000000.01"}, "budget", "too large"),
        ({"budget": "lots"}, "budget", "amount of money"),
        ({"budget": "999999999999999999999"}, "budget", "too large"),
        ({"budget": "1\u202f000\u202f000,01"}, "budget", "too large"),
        ({"price": "999999999999999999999"}, "price", "out of range"),
        ({"price": ""}, "price", "no price"),
        ({"price": "0.01"}, "price", "out of range"),
        ({"radius_km": "0.01"}, "radius_km", "out of range"),
        ({"radius_km": "nan"}, "radius_km", "number of kilometres"),
        ({"currency": "XXX"}, "currency", "not offered"),
        ({"name": " "}, "name", "no name"),
        ({"headline": ""}, "headline", "no headline"),
        ({"body": "x" * 161}, "body", "too long"),
        ({"cap_count": "-1"}, "cap_count", "whole number"),
        ({"cap_count": "9" * 20}, "cap_count", "Allow 1 to 1000"),
        ({"timezone": "Mars/Olympus"}, "timezone", "timezone from the list"),
    ],
)
async def test_an_error_stands_beside_its_field_and_what_was_typed_stays(house, web, changes, field, says):
    me = as_advertiser(house.register("Garage").advertiser_id)
    answer = await web.post(NEW, headers=me, data=typed(house, upload_id="upl_acc1", **changes))
    assert answer.status_code == 422
    assert says in error_beside(answer.text, field)
    page = unescape(answer.text)
    for name, value in (typed(house) | changes).items():
        if name not in {"do", "category", "cap_window_s", "place_category", "within_km", "currency"}:
            assert f'value="{value}"' in page, name
    assert 'value="upl_acc1"' in page
    assert house.read(None) == []


async def test_no_place_is_an_error(house, web):
    me = as_advertiser(house.register("Garage").advertiser_id)
    answer = await web.post(NEW, headers=me, data=typed(house, place_id=""))
    assert answer.status_code == 422
    assert "has no places" in answer.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Unknown places: 1, such as “plc_gone”. Choose places from the search."),
        ("fr", "Lieux inconnus : 1, comme « plc_gone ». Choisissez des lieux dans la recherche."),
    ],
)
async def test_a_place_that_is_gone_is_said(house, web, language, said):
    me = as_advertiser(house.register("Garage").advertiser_id) | {"Accept-Language": language}
    page = await web.post(NEW, headers=me, data=typed(house, place_id="plc_gone"))
    assert said in unescape(page.text).replace("\u00a0", " ")


async def test_places_are_searched_and_a_whole_search_is_taken(house, web):
    advertiser = house.register("Garage")
    me = as_advertiser(advertiser.advertiser_id)
    search = await web.post(NEW, headers=me, data=typed(house, do="search", words="renault", place_id=""))
    assert "1 place matches" in search.text
    assert "Garage du Nord" in search.text
    assert "Borne Sud" not in search.text
    taken = await web.post(NEW, headers=me, data=typed(house, do="take-all", place_id=""))
    assert "All 2 places" in taken.text
    place_set = unescape(re.search(r'name="place_set" value="(.*?)"', taken.text)[1])
    assert (
        await web.post(NEW, headers=me, data=typed(house, place_set=place_set, place_id=""))
    ).status_code == 303
    (campaign,) = house.read(advertiser.advertiser_id)
    assert set(campaign.line_item.place_ids) == {p.place_id for p in house.places}
    bad = await web.post(NEW, headers=me, data=typed(house, do="search", latitude="91"))
    assert "does not lie between" in unescape(bad.text)


@pytest.mark.parametrize(("language", "said"), [("en", "Other place"), ("fr", "Autre lieu")])
async def test_a_place_of_no_kind_has_proper_words(house, web, language, said):
    house.places = [replace(house.places[0], category=PlaceCategory.POI)]
    me = as_advertiser(house.register("Garage").advertiser_id) | {"Accept-Language": language}
    found = await web.post(NEW, headers=me, data=typed(house, do="search"))
    assert said in unescape(found.text)
    assert ">Poi" not in found.text
    booked = await web.post(NEW, headers=me, data=typed(house))
    page = await web.get(booked.headers["location"], headers=me)
    assert said in unescape(page.text)


async def test_pause_resume_end_and_no_way_back(house, web):
    campaign = await house.running()
    me, at = as_advertiser(campaign.advertiser_id), f"/advertiser/campaigns/{campaign.campaign_id}"
    assert (await web.post(f"{at}/pause", headers=me)).status_code == 303
    assert "It is paused." in (await web.get(at, headers=me)).text
    assert (await web.post(f"{at}/resume", headers=me)).status_code == 303
    assert (await web.post(f"{at}/end", headers=me)).status_code == 303
    assert (await web.post(f"{at}/resume", headers=me)).status_code == 422
    assert (await web.post(f"{at}/explode", headers=me)).status_code == 404


async def test_an_operator_reviews_what_does_not_serve_by_itself(house, web):
    object.__setattr__(house.submit, "auto_approve", False)
    campaign = await house.running(spot=False)
    me = as_advertiser(campaign.advertiser_id)
    assert (await house.serve(card_avail("c1", house.clock.now()))).fills == ()
    assert (await web.get("/advertiser/review", headers=me)).status_code == 403
    at = f"/advertiser/review/{campaign.creatives[0].creative_id}"
    assert "Come by" in (await web.get("/advertiser/review", headers=OPERATOR)).text
    assert "needs a reason" in (await web.post(f"{at}/reject", headers=OPERATOR)).text
    assert (await web.post(f"{at}/approve", headers=me)).status_code == 403
    assert (await web.post(f"{at}/approve", headers=OPERATOR)).status_code == 303
    assert "Nothing waits" in (await web.get("/advertiser/review", headers=OPERATOR)).text
    (fill,) = (await house.serve(card_avail("c2", house.clock.now()))).fills
    assert (await web.post(f"/v1/beacons/{fill.beacon}/{EventKind.CARD_SHOWN}")).status_code == 204


async def test_an_operator_books_in_another_order_and_an_advertiser_is_told_whom_to_ask(house, web):
    advertiser = house.register("Garage")
    me = as_advertiser(advertiser.advertiser_id)
    operator = {"X-Role": f"operator {advertiser.advertiser_id}"}
    wanted = typed(house, priority="sponsorship")
    assert '<select id="priority"' in (await web.get(NEW, headers=operator)).text
    page = (await web.get(NEW, headers=me)).text
    assert '<select id="priority"' not in page
    assert "as a sponsor, ask whoever runs this installation" in page
    refused = await web.post(NEW, headers=me, data=wanted)
    assert refused.status_code == 403
    assert house.read(advertiser.advertiser_id) == []
    assert (await web.post(NEW, headers=operator, data=wanted)).status_code == 303
    (campaign,) = house.read(advertiser.advertiser_id)
    assert campaign.line_item.priority is Priority.SPONSORSHIP
    # What is no priority is as ever.
    assert (await web.post(NEW, headers=me, data=typed(house, priority="first"))).status_code == 303


async def test_an_operator_without_advertiser_cannot_book(web):
    answer = await web.get(NEW, headers=OPERATOR)
    assert answer.status_code == 403
    assert "belongs to no advertiser" in answer.text


async def test_the_pages_speak_french_throughout(house, web):
    campaign = await house.running()
    me = as_advertiser(campaign.advertiser_id) | {"Accept-Language": "fr"}
    for path in ("/advertiser", NEW, f"/advertiser/campaigns/{campaign.campaign_id}"):
        page = (await web.get(path, headers=me)).text
        assert 'lang="fr"' in page
        assert "campagne" in page.lower()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Cars came near, but had no break for its films or no free card for its card."),
        ("fr", "Des voitures sont passées à proximité, mais sans coupure pour ses films ni carte libre"),
    ],
)
async def test_the_list_says_why_as_the_campaigns_own_page_does(house, web, language, said):
    campaign = await house.running(spot=False)
    await house.serve(avail(at=house.clock.now()))
    me = as_advertiser(campaign.advertiser_id) | {"Accept-Language": language}
    for path in ("/advertiser", f"/advertiser/campaigns/{campaign.campaign_id}"):
        assert said in unescape((await web.get(path, headers=me)).text), path


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The file is not a film or sound in a form that is understood. Export it as MP4,"),
        ("fr", "Le fichier n’est pas un film ou un son dans un format compris. Exportez-le en MP4,"),
    ],
)
async def test_a_film_that_is_none_is_refused_on_the_form_and_nothing_is_booked(house, web, language, said):
    advertiser = house.register("Garage")
    me = as_advertiser(advertiser.advertiser_id) | {"Accept-Language": language}
    house.media.kind = FoundKind.NO_MEDIA
    form = typed(house, upload_id="upl_acc1", upload_name="text.mp4")
    answer = await web.post(NEW, headers=me, data=form)
    assert answer.status_code == 422
    assert said in error_beside(answer.text, "file")
    assert 'name="upload_id" value=""' in answer.text  # the refused file is gone
    assert 'value="Portes ouvertes"' in answer.text
    assert house.read(None) == []
    house.media.kind = FoundKind.MEDIA
    booked = await web.post(NEW, headers=me, data=form | {"upload_id": "upl_acc2"})
    (campaign,) = house.read(advertiser.advertiser_id)
    assert booked.headers["location"] == f"/advertiser/campaigns/{campaign.campaign_id}"
    assert len(campaign.creatives) == 2


async def test_an_upload_that_is_gone_books_nothing(house, web):
    me = as_advertiser(house.register("Garage").advertiser_id)
    answer = await web.post(NEW, headers=me, data=typed(house, upload_id="upl_other"))
    assert answer.status_code == 422
    assert "There is no such upload." in error_beside(answer.text, "file")
    assert house.read(None) == []


async def test_an_order_that_is_refused_leaves_its_film_to_be_sent_again(house, web):
    me = as_advertiser(house.register("Garage").advertiser_id)
    form = typed(house, upload_id="upl_acc1", place_id="plc_gone")
    answer = await web.post(NEW, headers=me, data=form)
    assert 'name="upload_id" value="upl_acc1"' in answer.text
    assert house.media.assets == {}


async def test_a_film_too_long_for_its_place_is_refused_in_words_on_the_page_and_by_the_api(house, web):
    campaign = await house.running(spot=False, card=False)
    me = as_advertiser(campaign.advertiser_id)
    house.media.length_ms = 94_000
    form = {"headline": "Bonjour", "upload_id": "upl_acc1", "upload_name": "long.mp4"}
    at = f"/advertiser/campaigns/{campaign.campaign_id}/creatives"
    page = await web.post(at, headers=me, data=form)
    assert page.status_code == 422
    assert "The file plays for 94 s; at most 60 s are taken here. Cut it." in unescape(page.text)
    assert 'name="upload_id" value=""' in page.text  # the refused file is gone
    french = await web.post(at, headers=me | {"Accept-Language": "fr"}, data=form)
    assert "Le fichier dure 94 s ; au plus 60 s sont acceptées ici." in unescape(french.text).replace(
        "\u202f", " "
    )
    sent = {"headline": "Bonjour", "upload_id": "upl_acc1"}
    answer = await web.post(f"/v1/campaigns/{campaign.campaign_id}/creatives", headers=me, json=sent)
    assert (answer.status_code, answer.json()["code"]) == (422, "media-over-length")


async def test_a_creative_may_be_somebody_elses_tag(house, web):
    campaign = await house.running(spot=False, card=False)
    me = as_advertiser(campaign.advertiser_id) | {"Accept-Language": "fr"}
    at = f"/advertiser/campaigns/{campaign.campaign_id}"
    form = {"headline": "Bonjour", "upload_id": "", "upload_name": "", "tag_url": "ftp://tag.example"}
    page = await web.post(f"{at}/creatives", headers=me, data=form)
    assert page.status_code == 422
    assert "Ce n’est pas l’adresse d’une balise." in unescape(page.text)
    assert 'value="ftp://tag.example"' in page.text
    added = await web.post(
        f"{at}/creatives", headers=me, data=form | {"tag_url": " https://tag.example/<a> "}
    )
    assert added.status_code == 303
    page = (await web.get(at, headers=me)).text
    assert "De la balise https://tag.example/&lt;a&gt;" in page
    assert "data-asset" not in page
    (creative,) = house.campaigns.get(campaign.campaign_id, None).creatives
    failed = msgspec.structs.replace(creative, state=CreativeState.FAILED, reasons=("tag-empty",))
    assert house.campaigns.replace_creative(failed, creative.state)
    assert "La balise ne mène à aucune publicité." in unescape((await web.get(at, headers=me)).text)
    sent = {"headline": "Hello", "tag_url": "https://tag.example"}
    answer = await web.post(f"/v1/campaigns/{campaign.campaign_id}/creatives", headers=me, json=sent)
    assert (answer.status_code, answer.json()["tag_url"]) == (201, "https://tag.example")


async def test_a_creative_without_a_headline_keeps_its_film(house, web):
    campaign = await house.running(spot=False, card=False)
    me = as_advertiser(campaign.advertiser_id)
    at = f"/advertiser/campaigns/{campaign.campaign_id}"
    assert 'name="headline" required' in (await web.get(at, headers=me)).text
    form = {"headline": " ", "upload_id": "upl_acc1", "upload_name": "spot.mp4"}
    page = (await web.post(f"{at}/creatives", headers=me, data=form)).text
    assert 'name="upload_id" value="upl_acc1"' in page
    assert "spot.mp4 ·" in page
    mended = await web.post(f"{at}/creatives", headers=me, data=form | {"headline": "Bonjour"})
    assert mended.status_code == 303


async def test_an_operator_sees_whose_each_campaign_is_and_an_advertiser_need_not(house, web):
    campaign = await house.running(spot=False)
    listed = (await web.get("/advertiser", headers=OPERATOR | {"Accept-Language": "en"})).text
    assert '<th scope="col">Advertiser</th>' in listed
    assert "<td>Garage</td>" in listed
    mine = as_advertiser(campaign.advertiser_id) | {"Accept-Language": "en"}
    assert "<td>Garage</td>" not in (await web.get("/advertiser", headers=mine)).text


async def test_what_of_its_areas_is_asked_is_chosen_on_the_form_shown_and_changed(house, web):
    area = make_area("t", "1", "Ville", Disc(48.1, -1.7, 5_000))
    house.areas = [area]
    me = as_advertiser(house.register("Garage").advertiser_id)
    there = {"area_id": area.area_id, "fence": "dwell"}
    searched = await web.post(NEW, headers=me, data=typed(house, do="search-areas", **there))
    assert 'value="dwell" selected' in searched.text
    for wrong in ("0", "61", "soon"):
        refused = await web.post(NEW, headers=me, data=typed(house, fence_min=wrong, **there))
        assert "1 to 60" in error_beside(refused.text, "fence_min")
    lost = await web.post(NEW, headers=me, data=typed(house, fence="exit"))
    assert "Choose an area" in error_beside(lost.text, "fence")
    booked = await web.post(NEW, headers=me, data=typed(house, fence_min="7", **there))
    assert booked.status_code == 303, unescape(booked.text)
    ((campaign, _),) = house.campaigns.bookable(house.clock.now_ms())
    approach = campaign.line_item.approach
    assert (approach.fence, approach.fence_min) == (Fence.DWELL, 7)
    at = f"/advertiser/campaigns/{campaign.campaign_id}"
    assert "after 7 min in it" in (await web.get(at, headers=me)).text
    french = await web.get(at, headers=me | {"Accept-Language": "fr"})
    assert "après 7 min dedans" in french.text
    edit = {"revision": "1", "zone": "UTC", "fence": "exit", "fence_min": "7", "area_id": area.area_id}
    edit |= {"name": "Portes ouvertes", "ends": "2026-06-20T16:30", "budget": "250.50", "cpm": "12"}
    edit |= {"radius_km": "5", "with_areas": "1"}
    changed = await web.post(f"{at}/edit", headers=me, data=edit)
    assert changed.status_code == 303, unescape(changed.text)
    assert "on leaving, within 7 min" in (await web.get(at, headers=me)).text
