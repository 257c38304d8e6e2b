"""Kept decisions over HTTP: JSON, and pages in two languages."""

from adserver.serving.trace import trace_id_of
from tests.adserver.house import avail
from tests.adserver.web import OPERATOR, as_advertiser, browser


async def decided(house, name="a1"):
    await house.decide(avail(name, house.clock.now()))
    await house.keep_traces.flush()
    return trace_id_of(name)


async def test_the_api_tells_each_what_is_its(house):
    mine, other = await house.running(), await house.running()
    trace_id = await decided(house)
    async with browser(house) as web:
        whole = (await web.get(f"/v1/decisions/{trace_id}", headers=OPERATOR)).json()
        assert (whole["same"], len(whole["verdicts"]), whole["cell"]) == (True, 2, "48.12,-1.68")
        own = await web.get(f"/v1/decisions/{trace_id}", headers=as_advertiser(mine.advertiser_id))
        assert own.headers["cache-control"] == "no-store"
        assert [one["line_item_id"] for one in own.json()["verdicts"]] == [mine.line_item.line_item_id]
        assert other.advertiser_id not in own.text
        listed = (await web.get("/v1/decisions", headers=as_advertiser(other.advertiser_id))).json()
        assert [one["trace_id"] for one in listed["decisions"]] == [trace_id]
        assert mine.advertiser_id not in str(listed)
        unknown = await web.get("/v1/decisions/dec_none", headers=OPERATOR)
        assert (unknown.status_code, unknown.json()["code"]) == (404, "decision-unknown")
        assert (await web.get(f"/v1/decisions/{trace_id}")).status_code in {401, 403}


async def test_the_pages_speak_both_languages(house):
    campaign = await house.running()
    paused = await house.running()
    await house.change(paused.advertiser_id, paused.campaign_id, "pause")
    trace_id = await decided(house)
    async with browser(house) as web:
        for cookie, same, refused, paused_said in (
            ("en", "the same comes of it", "Passed over", "Paused"),
            ("fr", "le même résultat", "Écartés", "En pause"),
        ):
            headers = OPERATOR | {"Accept-Language": cookie}
            index = await web.get("/advertiser/decisions", headers=headers)
            assert trace_id in index.text
            assert refused in index.text
            page = await web.get(f"/advertiser/decisions/{trace_id}", headers=headers)
            assert same in page.text
            assert f'{paused_said} <code class="muted small">paused</code>' in page.text
        own = await web.get(
            f"/advertiser/decisions/{trace_id}", headers=as_advertiser(campaign.advertiser_id)
        )
        assert ">paused</code>" not in own.text
        empty = await web.get("/advertiser/decisions", headers=as_advertiser("adv_nobody"))
        assert "No decisions yet" in empty.text


async def test_an_advertiser_reads_its_own_time_and_an_operator_that_of_all(house):
    campaign = await house.running()
    trace_id = await decided(house)
    zone = house.read.advertiser(campaign.advertiser_id).timezone
    assert zone != "UTC"
    async with browser(house) as web:
        for path in ("", f"/{trace_id}"):
            own = await web.get(f"/advertiser/decisions{path}", headers=as_advertiser(campaign.advertiser_id))
            assert f'data-zone="{zone}"' in own.text
            assert 'data-zone="UTC"' not in own.text
            of_all = await web.get(f"/advertiser/decisions{path}", headers=OPERATOR)
            assert 'data-zone="UTC"' in of_all.text
