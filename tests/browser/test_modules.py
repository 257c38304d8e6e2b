"""The dash's own judgement, module by module, in the engine that runs it."""

from typing import Any

import pytest
from playwright.async_api import Page, Request, Route, expect

from tests.browser.conftest import until

WORDS = """
    const parked = {
        video: {permitted: true, reason: '', rule: 'gear-in-park'}, lease_expires_at_ms: 15000, at_ms: 10000,
    };
    const moving = {
        video: {permitted: false, reason: 'vehicle-moving', rule: 'is-moving'},
        lease_expires_at_ms: 0, at_ms: 0,
    };
    const {Permission} = await load('permission');
    let t = 0, slept = 0;
    const p = new Permission(() => t, () => t + slept);
    const permitted = (ms) => { t = ms; return p.verdict().permitted; };
"""


@pytest.fixture
async def run(page: Page, site: str):
    """Runs the body of an async function in a page; ``load(name)`` imports a module of the dash."""
    await page.goto(f"{site}/dash")

    async def run(body: str) -> Any:
        return await page.evaluate(
            f"async () => {{ const load = (name) => import(`/static/players/${{name}}.js`); {body} }}"
        )

    return run


async def test_nothing_is_permitted_before_the_server_has_spoken(run: Any) -> None:
    assert await run(f"{WORDS} p.link(true); return permitted(0)") is False


async def test_the_servers_word_permits_while_its_lease_lasts(run: Any) -> None:
    steps = f"{WORDS} p.link(true); p.hear(parked); return [0, 4999, 5000].map(permitted)"
    assert await run(steps) == [True, True, False]


async def test_a_lease_is_never_believed_beyond_five_seconds(run: Any) -> None:
    long = "p.link(true); p.hear({...parked, lease_expires_at_ms: 9e9}); return permitted(5000)"
    assert await run(f"{WORDS} {long}") is False


async def test_a_served_playlist_renews_a_permission_but_cannot_give_one(run: Any) -> None:
    renewed = "p.link(true); p.hear(parked); t = 4000; p.renew(4000); return permitted(8999)"
    assert await run(f"{WORDS} {renewed}") is True
    assert await run(f"{WORDS} p.link(true); p.hear(moving); p.renew(0); return permitted(0)") is False


async def test_a_playlist_that_was_held_up_counts_from_when_it_was_asked_for(run: Any) -> None:
    renewed = "p.link(true); p.hear(parked); t = 4900; p.renew(1000); return [5900, 6000].map(permitted)"
    assert await run(f"{WORDS} {renewed}") == [True, False]
    ended = "p.link(true); p.hear(parked); t = 4900; p.renew(-4000); return permitted(4900)"
    assert await run(f"{WORDS} {ended}") is True  # and takes nothing away


async def test_a_word_that_was_held_up_counts_from_when_it_was_said(run: Any) -> None:
    said = "const say = (at) => p.hear({...parked, at_ms: at, lease_expires_at_ms: at + 5000});"
    steps = (
        f"{said} p.link(true); t = 100; say(10000); t = 7000; say(12000); return [7168, 7170].map(permitted)"
    )
    assert await run(WORDS + steps) == [True, False]
    late = "p.link(true); t = 100; say(10000); t = 8000; say(12000); return permitted(8000)"
    assert await run(WORDS + said + late) is False


async def test_what_is_said_in_time_permits_for_days_whatever_the_clocks_drift(run: Any) -> None:
    steps = """
        p.link(true);
        for (let at = 0; at < 1e8; at += 2000) {
            t = at * 1.001;
            p.hear({...parked, at_ms: at, lease_expires_at_ms: at + 5000});
            if (!permitted(t + 2000)) return at;
        }
        return 'all the time';
    """
    assert await run(WORDS + steps) == "all the time"


async def test_a_screen_that_slept_waits_for_a_fresh_word(run: Any) -> None:
    steps = """
        p.link(true); p.hear(parked); const before = permitted(100);
        slept = 60000;
        const after = [permitted(200), p.lapsed, permitted(300)];
        p.hear({...parked, at_ms: 70200, lease_expires_at_ms: 75200});
        return [before, ...after, permitted(400), permitted(5200)];
    """
    assert await run(WORDS + steps) == [True, False, True, False, True, True]


async def test_moving_withdraws_at_once(run: Any) -> None:
    verdict = await run(f"{WORDS} p.link(true); p.hear(parked); p.hear(moving); return p.verdict()")
    assert verdict == {"permitted": False, "reason": "vehicle-moving", "rule": "is-moving"}


async def test_an_older_word_never_gives_back_what_a_newer_one_took(run: Any) -> None:
    """A slow answer that says `permitted`, said before the push that withdrew it."""
    steps = """
        const newest = [];
        const say = (word, at) => newest.push(p.hear({...word, at_ms: at, lease_expires_at_ms: at + 5000}));
        p.link(true); t = 100; say(parked, 10000);
        t = 1300; say(moving, 11200); const after = [permitted(1300)];
        t = 3300; say(parked, 11100); after.push(permitted(3300));
        say(parked, 13200); after.push(permitted(3400));
        say(moving, 13100); after.push(permitted(3500));  // in doubt it takes away
        say(parked, 13150); after.push(permitted(3600));
        say(parked, 13500); return [[...after, permitted(3700)], newest];
    """
    permitted, newest = await run(WORDS + steps)
    assert permitted == [False, False, True, False, False, True]
    assert newest == [True, True, False, True, False, False, True]


async def test_a_lost_push_channel_withdraws_after_four_seconds_whatever_is_renewed(run: Any) -> None:
    steps = """
        p.link(true); p.hear(parked); p.link(false);
        const renewed = (ms) => { t = ms; p.renew(ms); return permitted(ms); };
        return [renewed(4000), renewed(4001), (p.link(true), renewed(4002))];
    """
    assert await run(WORDS + steps) == [True, False, True]


METER = """
    const {BreakMeter} = await load('beacons'); const told = [];
    const m = new BreakMeter((beacon, event) => told.push(event));
    m.learn({fills: [{fill_id: 'f', starts_at_ms: 10000, ends_at_ms: 20000, beacon: 'b', card: {}}]});
    const play = (from, to) => { for (let at = from; at <= to; at += 100) m.at(at); };
"""
STAGES = ["start", "firstQuartile", "midpoint", "thirdQuartile", "complete"]


async def test_a_whole_spot_tells_its_five_stages_once_and_in_order(run: Any) -> None:
    assert await run(f"{METER} play(9000, 21000); play(9000, 21000); return told") == STAGES


async def test_joining_at_sixty_per_cent_is_a_start_and_no_quartile(run: Any) -> None:
    assert await run(f"{METER} play(16000, 21000); return told") == ["start"]


async def test_leaving_in_the_middle_completes_nothing(run: Any) -> None:
    assert await run(f"{METER} play(9000, 14000); m.at(null); return told") == STAGES[:2]


async def test_a_leap_over_the_middle_is_not_playback(run: Any) -> None:
    assert await run(f"{METER} play(9000, 11000); play(18000, 21000); return told") == STAGES[:1]


async def test_a_pause_in_the_spot_loses_nothing(run: Any) -> None:
    assert await run(f"{METER} play(9000, 14000); m.at(null); play(14000, 21000); return told") == STAGES


async def test_the_spot_on_air_is_known_even_while_the_sound_is_stalled(run: Any) -> None:
    assert await run(
        f"{METER} return [9999, 10000, 19999, 20000].map((at) => m.onAir(at)?.fill_id ?? null)"
    ) == [
        None,
        "f",
        "f",
        None,
    ]


async def test_silence_is_no_start(run: Any) -> None:
    assert await run(f"{METER} m.at(null); return told") == []


async def test_a_card_counts_after_a_second_in_sight_and_once(run: Any) -> None:
    told = await run("""
        const {CardWatch} = await load('beacons');
        const told = [];
        const w = new CardWatch((b, e) => told.push([b, e]));
        const card = {fill_id: 'c', beacon: 'b'};
        w.look(card, true, 0); w.look(card, true, 900); w.look(card, false, 950);
        w.look(card, true, 1000); w.look(card, true, 1900); const before = told.length;
        w.look(card, true, 2000); w.look(card, true, 9000); return [before, told];
    """)
    assert told == [0, [["b", "card-shown"]]]


async def test_a_page_that_starts_anew_in_the_spot_tells_nothing_twice(run: Any) -> None:
    first = await run(f"{METER} play(9000, 15500); return told")
    assert first == STAGES[:3]
    again = await run(f"{METER} play(16500, 21000); return told")
    assert again == STAGES[3:]
    assert await run(f"{METER} play(9000, 21000); return told") == []


async def test_turning_the_sound_off_in_a_spot_is_told_once(run: Any) -> None:
    steps = "m.mute(9500); play(9600, 12000); m.mute(null); m.mute(12000); m.mute(12100); m.mute(25000);"
    assert await run(f"{METER} {steps} return told") == ["start", "mute"]


OUTBOX = """
    const {Outbox} = await load('beacons');
    const box = new Outbox();
    const kept = () => JSON.parse(localStorage.getItem('roadcast.beacons')).length;
"""


def told(request: Request) -> list[tuple[str, str]]:
    return [(one["beacon"], one["event"]) for one in request.post_data_json["events"]]


async def test_beacons_wait_out_a_dead_zone_and_are_told_with_their_own_times(run: Any, page: Page) -> None:
    tries: list[dict[str, Any]] = []
    reached = False

    async def answer(route: Route) -> None:
        tries.append(route.request.post_data_json)
        await (route.fulfill(json={"results": []}) if reached else route.abort())

    await page.route("**/v1/beacons", answer)
    queue = "box.add('t1', 'start'); box.add('t1', 'start'); box.add('t1', 'complete');"
    assert await run(f"{OUTBOX} {queue} return kept()") == 2
    # As after a restart of the screen: what was kept is sent by the next page, when the server is there.
    await page.reload()
    reached = True
    await run(f"{OUTBOX} await box.flush()")
    assert await run(f"{OUTBOX} return kept()") == 0
    sent = tries[-1]
    assert [(one["beacon"], one["event"]) for one in sent["events"]] == [("t1", "start"), ("t1", "complete")]
    assert all(one["at"] < sent["sent_at"] for one in sent["events"])


async def test_a_refused_request_does_not_hold_up_the_next(run: Any, page: Page) -> None:
    await page.route("**/v1/beacons", lambda route: route.fulfill(status=422, json={"code": "too-many"}))
    await run(f"{OUTBOX} box.add('forged', 'start')")
    await until(page, "JSON.parse(localStorage.getItem('roadcast.beacons')).length === 0")


async def test_a_busy_server_is_asked_again(run: Any, page: Page) -> None:
    answers = [503, 429, 200]
    sent: list[list[tuple[str, str]]] = []

    async def answer(route: Route) -> None:
        sent.append(told(route.request))
        await route.fulfill(status=answers[len(sent) - 1], json={"results": []})

    await page.route("**/v1/beacons", answer)
    await run(f"{OUTBOX} box.add('b', 'start')")
    await until(page, "JSON.parse(localStorage.getItem('roadcast.beacons')).length === 0")
    assert sent == [[("b", "start")]] * 3


async def test_many_go_in_one_request_and_the_queue_is_bounded(run: Any, page: Page) -> None:
    sizes: list[int] = []

    async def answer(route: Route) -> None:
        sizes.append(len(told(route.request)))
        await (route.fulfill(json={"results": []}) if len(sizes) > 1 else route.abort())

    await page.route("**/v1/beacons", answer)
    added = "for (let n = 0; n < 600; n += 1) box.add(`b${n}`, 'start');"
    emptied = "while (kept()) { await box.flush(); await new Promise((done) => setTimeout(done, 20)); }"
    assert await run(f"{OUTBOX} {added} const most = kept(); {emptied} return most") == 500
    assert sizes == [1] + [50] * 10


async def test_what_waits_is_handed_over_as_the_page_goes(run: Any, page: Page) -> None:
    handed: list[list[tuple[str, str]]] = []

    async def answer(route: Route) -> None:
        if route.request.resource_type == "ping":
            handed.append(told(route.request))
        await route.abort()

    await page.route("**/v1/beacons", answer)
    await run(f"{OUTBOX} box.add('b', 'start')")
    await run(
        "window.dispatchEvent(new Event('pagehide')); await new Promise((done) => setTimeout(done, 300))"
    )
    assert handed == [[("b", "start")]]


DRIVE = """
    const {Drive} = await load('drive');
    const rows = [[0, 0, 0, 126], [10, 0, 0, 126], [11, 0.0001, 36, 127],
        [20, 0.001, 36, 127], [21, 0.001, 0, 126]];
    const drive = new Drive(rows.map(([t_s, lon, speed_kmh, gear]) => (
        {t_s, lat: 48, lon, speed_kmh, gear, parking_brake: gear === 126}
    )));
"""


async def test_a_parked_car_stands_still_until_it_leaves_park(run: Any) -> None:
    standing = "return [0, 5, 10].map((t) => drive.at(t)).map((c) => [c.lon, c.speed_kmh, c.gear])"
    assert await run(f"{DRIVE} {standing}") == [[0, 0, 126]] * 3
    leaving = await run(f"{DRIVE} return drive.at(10.5)")
    assert (leaving["gear"], leaving["speed_kmh"]) == (127, 18)
    assert (await run(f"{DRIVE} return drive.at(20.5)"))["gear"] == 127


async def test_a_drive_by_distance_ends_where_it_ends(run: Any) -> None:
    ends = "return [drive.timeAt(0) <= 10, drive.timeAt(drive.metres), drive.at(99).gear]"
    assert await run(f"{DRIVE} {ends}") == [True, 20, 126]
    assert 89 < await run(f"{DRIVE} return drive.at(15).heading") < 91


@pytest.mark.parametrize(
    ("until_ms", "left"), [(59_000, "59 s left"), (75_000, "1 min left"), (95_000, "2 min left")]
)
async def test_what_is_left_is_told_to_the_nearest_minute(
    run: Any, page: Page, until_ms: int, left: str
) -> None:
    shown = f"{{title: 'A song', next: null, from_ms: 0, until_ms: {until_ms}}}"
    await run(f"const {{showNow}} = await load('view'); showNow({shown}, 0);")
    await expect(page.locator("#now-left")).to_have_text(left)
