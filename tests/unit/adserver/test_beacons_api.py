"""Beacons over HTTP, one by one and many at once; and the report as a file."""

import csv
import io
from datetime import timedelta

import pytest

from kernel.clock import iso_z
from tests.adserver.house import avail
from tests.adserver.web import as_advertiser, browser


@pytest.fixture
async def web(house):
    async with browser(house) as client:
        yield client


async def running(house):
    campaign = await house.running(card=False)
    return campaign, (await house.serve(avail("a1", house.clock.now()))).fills[0]


async def test_what_a_player_is_told(house, web):
    _, fill = await running(house)
    at = f"/v1/beacons/{fill.beacon}"
    for event, status, said in (
        ("firstQuartile", 204, "held"),
        ("start", 204, "counted"),
        ("start", 204, "repeated"),
    ):
        house.clock.advance(0 if event == "start" else 10)
        answer = await web.post(f"{at}/{event}")
        assert (answer.status_code, answer.headers["roadcast-outcome"]) == (status, said)
    early = await web.post(f"{at}/complete")
    assert (early.status_code, early.json()["code"]) == (422, "event-implausible")
    given_up = await web.post(f"{at}/notUsed")
    assert (given_up.status_code, given_up.json()["code"]) == (409, "fill-contradicted")


async def test_a_pixel_counts_and_looking_whether_it_is_there_does_not(house, web):
    campaign, fill = await running(house)
    assert (await web.head(f"/v1/beacons/{fill.beacon}/start")).status_code == 204
    await house.post()
    assert house.ledger.spent() == {}
    assert (await web.get(f"/v1/beacons/{fill.beacon}/start")).status_code == 204
    await house.post()
    assert house.ledger.spent() == {campaign.line_item.line_item_id: 10_000}


async def test_what_is_fetched_ahead_or_by_a_robot_counts_nothing(house, web):
    campaign, fill = await running(house)
    at = f"/v1/beacons/{fill.beacon}/start"
    ahead = await web.get(at, headers={"Sec-Purpose": "prefetch"})
    robot = await web.post(at, headers={"User-Agent": "examplebot/1.0"})
    batch = {"events": [{"beacon": fill.beacon, "event": "start"}]}
    many = await web.post("/v1/beacons", json=batch, headers={"User-Agent": "examplebot/1.0"})
    told = [(answer.status_code, answer.json()["code"]) for answer in (ahead, robot, many)]
    assert told == [(403, "traffic-ahead"), (403, "traffic-robot"), (403, "traffic-robot")]
    assert house.told == {("unknown", "traffic-ahead"): 1, ("unknown", "traffic-robot"): 2}
    await house.post()
    assert house.ledger.spent() == {}
    await web.get(at)
    await house.post()
    assert house.ledger.spent() == {campaign.line_item.line_item_id: 10_000}


async def test_a_batch_after_a_tunnel(house, web):
    _, fill = await running(house)
    began = house.clock.now()
    house.clock.advance(3600)
    names = ["start", "firstQuartile", "midpoint", "thirdQuartile", "complete"]
    events = [
        {"beacon": fill.beacon, "event": name, "at": iso_z(began + timedelta(seconds=3.84 * n))}
        for n, name in enumerate(names)
    ]
    body = {
        "sent_at": iso_z(house.clock.now()),
        "events": [*reversed(events), {"beacon": "x", "event": "start"}],
    }
    answer = await web.post("/v1/beacons", json=body)
    assert answer.status_code == 200
    *results, refused = answer.json()["results"]
    told = [(result["event_id"], result["outcome"]) for result in results]
    assert told == [(f"{fill.fill_id}:{name}", "counted") for name in reversed(names)]
    assert (refused["outcome"], refused["code"], refused["event_id"]) == ("refused", "beacon-invalid", "")
    again = (await web.post("/v1/beacons", json=body)).json()["results"]
    assert {result["outcome"] for result in again} == {"repeated", "refused"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"events": [{"beacon": "b", "event": "start"}] * 201}, 422, "too-many-events"),
        (
            {"events": [{"beacon": "b", "event": "start", "at": "2026-06-15T10:00:00"}]},
            422,
            "time-without-zone",
        ),
        ({"events": [], "x": "y" * 300_000}, 413, "body-too-large"),
        ({"events": {}}, 422, ""),
        ({}, 422, ""),
    ],
)
async def test_batches_that_are_not_taken(web, body, status, code):
    answer = await web.post("/v1/beacons", json=body)
    assert answer.status_code == status
    assert code in answer.json()["code"]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_the_ends_of_time(house, web, at):
    campaign, fill = await running(house)
    events = [{"beacon": fill.beacon, "event": "start", "at": at}]
    (result,) = (await web.post("/v1/beacons", json={"events": events})).json()["results"]
    assert result["outcome"] == "refused"
    await house.post()
    assert (await house.report(None, campaign.campaign_id)).total.impressions == 0


async def test_the_report_as_a_file_by_day(house, web):
    campaign, fill = await running(house)
    me = as_advertiser(campaign.advertiser_id)
    await web.post(f"/v1/beacons/{fill.beacon}/start")
    await house.post()
    at = f"/v1/campaigns/{campaign.campaign_id}/report"
    answer = await web.get(f"{at}.csv", headers=me)
    assert answer.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(answer.text))
    told = (await web.get(at, headers=me)).json()
    (day,), pace = told["days"], told["overview"]["pace"]
    assert row == {name: str(value) for name, value in day.items()} | {
        "currency": "EUR", "goal_unit": "spend", "toward_goal": "10000", "goal": "100000000", "done": "10000",
        "done_permille": "0", "planned_permille": str(pace["planned_permille"]), "pass_permille": "1000",
        "vehicles": "", "frequency_hundredths": "",
    }  # fmt: skip
    assert (row["day"], row["planned"], row["impressions"], row["spent_micros"]) == (
        "2026-06-15", "1", "1", "10000",
    )  # fmt: skip
    none = await web.get(f"{at}.csv?from=2026-06-16&to=2026-06-17", headers=me)
    assert list(csv.DictReader(io.StringIO(none.text))) == []
    assert (await web.get(f"{at}.csv", headers=as_advertiser("adv_other"))).status_code == 404
    for query, code in (
        ("from=yesterday", "day-malformed"),
        ("from=2026-06-02&to=2026-06-01", "days-reversed"),
        ("from=2025-01-01&to=2026-06-01", "days-too-many"),
    ):
        refused = await web.get(f"{at}?{query}", headers=me)
        assert (refused.status_code, refused.json()["code"]) == (422, code)


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_the_page_shows_how_far_the_spots_came(house, web, language):
    campaign, fill = await running(house)
    me = as_advertiser(campaign.advertiser_id) | {"Cookie": f"lang={language}"}
    page = f"/advertiser/campaigns/{campaign.campaign_id}"
    assert 'id="funnel"' not in (await web.get(page, headers=me)).text
    await house.serve(avail("a2", house.clock.now()))
    for _ in range(2):
        await web.post(f"/v1/beacons/{fill.beacon}/start")
    house.clock.advance(601)
    await house.release()
    await house.post()
    text = (await web.get(page, headers=me)).text
    assert {"en": "played to the end", "fr": "lu jusqu’au bout"}[language] in text
    numbers = [part.partition("</tr>")[0] for part in text.split("data-stage=")[1:]]
    assert [number.split('class="number">')[1].partition("<")[0] for number in numbers] == list("2110000")
    assert "50&#8239;%" in numbers[2]
    assert 'data-fact="expired">1<' in text
