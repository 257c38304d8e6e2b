"""A creative from its upload to the air, and what stops it."""

import pytest

from adserver.booking.campaign import CampaignAction, CreativeAction, CreativeState
from adserver.booking.submit_creative import CREATIVES_LIMIT, Submission
from adserver.serving.avail import Format
from kernel.errors import Conflict, Invalid, NotFound
from tests.adserver.house import avail


async def submitted(house, **submission):
    campaign = await house.running(spot=False, card=False)
    mine = campaign.advertiser_id, campaign.campaign_id
    return await house.submit(*mine, Submission(**({"headline": "Hello"} | submission)), owner="acc")


async def state_of(house, creative):
    await house.advance()
    return house.campaigns.creative(creative.creative_id)


async def test_a_film_waits_for_its_media_then_serves(house):
    creative = await submitted(house, upload_id="upl_acc")
    assert (await state_of(house, creative)).state is CreativeState.PREPARING
    assert (await house.serve(avail("a1", house.clock.now()))).refusals[0].reason == "creative-not-ready"
    house.media.finish("ast_acc", segments=8)
    ready = await state_of(house, creative)
    assert (ready.state, ready.segments, ready.duration_ms) == (CreativeState.APPROVED, 8, 15_000)
    assert ready.formats == {Format.VIDEO, Format.AUDIO}
    assert len((await house.serve(avail("a2", house.clock.now()))).fills) == 1
    assert await house.advance() == 0


async def test_a_silent_film_is_refused_for_its_break_may_be_heard_on_the_road(house):
    creative = await submitted(house, upload_id="upl_acc")
    house.media.finish("ast_acc", sound=False)
    found = await state_of(house, creative)
    assert (found.state, found.reasons) == (CreativeState.FAILED, ("creative-silent",))
    parked = await house.serve(avail("a1", house.clock.now()))
    assert (parked.fills, parked.refusals[0].reason) == ((), "creative-not-ready")


@pytest.mark.parametrize(
    ("duration_ms", "state"), [(60_500, CreativeState.APPROVED), (60_501, CreativeState.FAILED)]
)
async def test_sixty_seconds_are_the_most(house, duration_ms, state):
    creative = await submitted(house, upload_id="upl_acc")
    house.media.finish("ast_acc", 32, duration_ms)
    found = await state_of(house, creative)
    assert found.state is state
    assert found.reasons == (() if state is CreativeState.APPROVED else ("creative-too-long",))


async def test_a_film_that_is_known_to_be_too_long_is_refused_as_it_is_handed_in(house):
    house.media.length_ms = 94_000
    with pytest.raises(Invalid) as caught:
        await submitted(house, upload_id="upl_acc")
    assert caught.value.code == "media-over-length"
    assert caught.value.detail == "The file plays for 94 s; at most 60 s are taken here."
    (campaign,) = house.read(None)
    assert campaign.creatives == ()


async def test_media_that_fails_or_vanishes_fails_the_creative_with_its_reasons(house):
    failing, vanishing = (
        await submitted(house, upload_id="upl_acc1"),
        await submitted(house, upload_id="upl_acc2"),
    )
    house.media.fail("ast_acc1", "media-broken")
    del house.media.assets["ast_acc2"]
    assert (await state_of(house, failing)).reasons == ("media-broken",)
    assert (await state_of(house, vanishing)).reasons == ("media-missing",)


async def test_with_review_nothing_serves_by_itself(house):
    for verb in (house.submit, house.advance):
        object.__setattr__(verb, "auto_approve", False)
    creative = await submitted(house, upload_id="upl_acc")
    house.media.finish("ast_acc")
    assert (await state_of(house, creative)).state is CreativeState.REVIEW
    approved = await house.review(creative.creative_id, CreativeAction.APPROVE)
    assert approved.state is CreativeState.APPROVED
    rejected = await house.review(creative.creative_id, CreativeAction.REJECT, " Too loud. ")
    assert (rejected.state, rejected.reasons) == (CreativeState.REJECTED, ("Too loud.",))
    assert (await house.serve(avail("a1", house.clock.now()))).fills == ()
    assert house.announced.count("demand") >= 4


@pytest.mark.parametrize(
    ("submission", "code"),
    [
        ({"headline": " "}, "card-headline-missing"),
        ({"headline": "x" * 61}, "card-text-too-long"),
        ({"body": "x" * 161}, "card-text-too-long"),
    ],
)
async def test_text_that_no_card_can_carry(house, submission, code):
    with pytest.raises(Invalid) as caught:
        await submitted(house, **submission)
    assert caught.value.code == code
    assert caught.value.fields


async def test_somebody_elses_upload_is_unknown(house):
    with pytest.raises(NotFound):
        await submitted(house, upload_id="upl_other")


async def test_an_ended_or_full_campaign_takes_no_more(house):
    campaign = await house.running(spot=False)
    mine = campaign.advertiser_id, campaign.campaign_id
    for _ in range(CREATIVES_LIMIT - 1):
        await house.submit(*mine, Submission("More"), owner="acc")
    with pytest.raises(Conflict) as caught:
        await house.submit(*mine, Submission("More"), owner="acc")
    assert caught.value.code == "creatives-too-many"
    ended = await house.running(spot=False)
    await house.change(ended.advertiser_id, ended.campaign_id, CampaignAction.END)
    with pytest.raises(Conflict) as caught:
        await house.submit(ended.advertiser_id, ended.campaign_id, Submission("More"), owner="acc")
    assert caught.value.code == "campaign-state"
