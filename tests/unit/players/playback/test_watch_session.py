"""The event stream: what silence changes is pushed without an event. Time is moved by the waiting itself."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace

import msgspec
import pytest

from kernel.errors import NotFound
from media.house_format import SEGMENT_MS, position_at
from players.feed import signals
from players.feed.evidence import LOW_VOLTAGE
from players.feed.head_unit import Technique
from players.feed.record_switch import LOGGER
from players.playback.pull_playlist import Channel
from players.playback.session import Grant, open_grant
from players.ports import Notice
from tests.players.house import DRIVING, PARKED


class Timeline:
    """A push whose inbox passes the time: waiting moves the clock, and what was planned happens then."""

    def __init__(self, house, *, patient: bool = False) -> None:
        """``patient``: no time passes while a card is being chosen."""
        self.house, self.patient = house, patient
        self.plan: list[tuple[float, Callable[[], Awaitable[Notice | None]]]] = []
        self.began = house.clock.now_ms()

    def at(self, second: float, act: Callable[[], Awaitable[Notice | None]]) -> None:
        self.plan.append((second, act))

    @asynccontextmanager
    async def listen(self, _vehicle_id: str):
        yield self

    async def get(self, timeout_s: float) -> Notice | None:
        if self.patient:
            await _cards_chosen()
        passed = (self.house.clock.now_ms() - self.began) / 1000
        if self.plan and self.plan[0][0] <= passed + timeout_s:
            second, act = self.plan.pop(0)
            self.house.clock.advance(max(0.0, second - passed))
            return await act()
        self.house.clock.advance(timeout_s)
        await asyncio.sleep(0)
        return None

    def tell(self, second: float, feed, values: dict[str, str]) -> None:
        async def act() -> Notice:
            await self.house.tell(feed, values)
            return Notice("state")

        self.at(second, act)


async def _cards_chosen() -> None:
    for task in asyncio.all_tasks():
        if task.get_coro().__qualname__ == "_Watch._choose":
            await task


async def opened_and_grant(house) -> tuple[str, Grant]:
    opened = await house.opened()
    return opened.session_id, open_grant(house.signer, opened.grant, house.clock.now_ms())


async def seen(house, timeline, grant: Grant, until_s: float) -> list[tuple[float, str, object]]:
    """(second, event, document) until ``until_s`` have passed."""
    found = []
    async with aclosing(replace(house.watch_session, push=timeline)(grant)) as stream:
        async for event in stream:
            second = (house.clock.now_ms() - timeline.began) / 1000
            if second > until_s:
                break
            found.append((second, event.name, msgspec.json.decode(event.data) if event.data else None))
    return found


def states(found) -> list[tuple[float, str, bool]]:
    return [
        (second, data["driving_state"], data["video"]["permitted"])
        for second, name, data in found
        if name == "state"
    ]


async def test_everything_that_is_so_comes_first(house):
    _, grant = await opened_and_grant(house)
    found = await seen(house, Timeline(house), grant, 1)
    assert [(name, data and data.get("driving_state")) for _, name, data in found] == [
        ("state", "unknown"),
        ("card", None),
    ]


async def test_a_state_that_goes_stale_is_pushed_without_an_event(house):
    _, grant = await opened_and_grant(house)
    feed, timeline = house.feed(), Timeline(house)
    for second in range(1, 6):
        timeline.tell(second, feed, PARKED)
    found = states(await seen(house, timeline, grant, 30))
    # Settled after 3 s; renewed every 2 s; the last word was at 5 s, so at 8.001 s it is over.
    assert found == [
        (0, "unknown", False), (1, "idling", False), (4, "parked", True), (6, "parked", True),
        (8, "parked", True), (8.001, "unknown", False),
    ]  # fmt: skip


async def test_unlocking_needs_no_event_either(house):
    """The agreement completes between two samples of a feed that sends every 1.6 s."""
    _, grant = await opened_and_grant(house)
    feed, timeline = house.feed(), Timeline(house)
    for second in (1, 2.6, 4.2):
        timeline.tell(second, feed, PARKED)
    assert (4.2, "parked", True) in states(await seen(house, timeline, grant, 5))


async def test_a_moving_sample_is_pushed_at_once_and_ends_the_lease(house):
    _, grant = await opened_and_grant(house)
    feed, timeline = house.feed(), Timeline(house)
    await house.park(feed)
    timeline.began = house.clock.now_ms()
    timeline.tell(0.7, feed, DRIVING)
    found = await seen(house, timeline, grant, 2)
    assert states(found) == [(0, "parked", True), (0.7, "moving", False)]
    held, ended = (data for _, name, data in found if name == "state")
    assert held["lease_expires_at_ms"] == held["at_ms"] + 5_000
    assert (ended["lease_expires_at_ms"], ended["lease"]) == (ended["at_ms"], "")
    assert ended["video"] == {
        "permitted": False,
        "reason": "vehicle-moving",
        "rule": "is-moving",
        "source": "Code de la route R412-6-2",
        "policy": "FR",
    }


async def test_in_germany_the_picture_goes_with_the_start_of_the_engine_and_the_screen_is_told_why(house):
    _, grant = await opened_and_grant(house)
    await house.change_market("veh_1", "DE", "test")
    feed, timeline = house.feed(), Timeline(house)
    for _ in range(5):
        house.clock.advance(1)
        await house.tell(feed, {**PARKED, LOW_VOLTAGE: "ACC"})
    timeline.began = house.clock.now_ms()
    timeline.tell(0.7, feed, {LOW_VOLTAGE: "START"})
    found = [data for _, name, data in await seen(house, timeline, grant, 2) if name == "state"]
    assert [one["video"]["reason"] for one in found] == ["", "needs-engine-off"]
    assert (found[1]["driving_state"], found[1]["lease"], found[1]["video"]["policy"]) == ("parked", "", "DE")


async def test_an_audio_only_player_is_promised_no_picture_and_gets_no_lease(house):
    opened = await house.opened(Technique.AUDIO_ONLY)
    await house.park(house.feed())
    grant = open_grant(house.signer, opened.grant, house.clock.now_ms())
    told = next(data for _, name, data in await seen(house, Timeline(house), grant, 1) if name == "state")
    assert told["driving_state"] == "parked"
    assert (told["video"]["permitted"], told["video"]["reason"]) == (False, "player-audio-only")
    assert (told["lease"], told["lease_expires_at_ms"]) == ("", told["at_ms"])


async def test_a_switch_by_silence_leaves_a_record(house, caplog):
    _, grant = await opened_and_grant(house)
    feed, timeline = house.feed(), Timeline(house)
    for second in (1, 2.6, 4.2):
        timeline.tell(second, feed, PARKED)
    await seen(house, timeline, grant, 30)
    found = [one.switch for one in caplog.records if one.name == LOGGER]
    assert [(one["cause"], one["driving_state"], one["rule"]) for one in found] == [
        ("report", "idling", "agreeing-for-less-than-three-seconds"),
        ("report", "parked", "gear-in-park"),
        ("silence", "unknown", "speed-stale"),
    ]
    by_silence = found[2]
    assert by_silence["signals"][signals.SPEED] == {"fact": "zero", "age_ms": 3_001}
    assert (by_silence["vehicle_id"], by_silence["session_id"]) == ("veh_1", grant.session_id)
    assert (by_silence["market"], by_silence["source"]) == ("FR", "Code de la route R412-6-2")
    assert house.switched["speed-stale"] == 1


async def test_several_screens_of_a_vehicle_record_a_switch_by_silence_once(house, caplog):
    grants = [(await opened_and_grant(house))[1] for _ in range(3)]
    await house.park(house.feed())
    caplog.clear()
    async with AsyncExitStack() as stack:
        watched = replace(house.watch_session, push=Timeline(house))
        streams = [await stack.enter_async_context(aclosing(watched(grant))) for grant in grants]
        for stream in streams:
            assert msgspec.json.decode((await anext(stream)).data)["driving_state"] == "parked"
        house.clock.advance(4)
        for stream in streams:
            while b'"unknown"' not in (await anext(stream)).data:
                pass
    found = [(one.switch["rule"], one.switch["session_id"]) for one in caplog.records if one.name == LOGGER]
    assert found == [("speed-stale", grants[0].session_id)]
    assert house.switched["speed-stale"] == 1


async def test_a_quiet_stream_is_kept_open(house):
    _, grant = await opened_and_grant(house)
    found = await seen(house, Timeline(house), grant, 35)
    assert [second for second, name, _ in found if name == "ping"] == [10, 20, 30]


async def test_a_break_is_pushed_once(house):
    sid, grant = await opened_and_grant(house)
    await house.heard()
    house.clock.advance(10 * SEGMENT_MS / 1000)
    timeline = Timeline(house)

    async def pull() -> Notice:
        screen = await house.sessions.screen("veh_1", sid)
        await house.plan_break(screen.session, screen.state, next_break(house), listed=True)
        return Notice("break", sid)

    timeline.at(1, pull)
    found = [data for _, name, data in await seen(house, timeline, grant, 12) if name == "break"]
    assert len(found) == 1
    (told,) = found
    first, second = told["fills"]
    assert second["starts_at_ms"] == first["ends_at_ms"] == told["starts_at_ms"] + 3 * SEGMENT_MS
    assert told["ends_at_ms"] == told["starts_at_ms"] + 8 * SEGMENT_MS
    assert first["card"]["headline"] == "Coffee"
    assert first["beacon"].startswith("beacon-")


async def test_a_card_beside_a_break_goes_with_the_consent_and_the_break_goes_on(house):
    """What has begun is played to its end; but the place that chose it is shown no longer."""
    opened = await house.opened()
    await house.heard()
    grant = open_grant(house.signer, opened.grant, house.clock.now_ms())
    house.at(48.11, -1.68)
    house.clock.advance(18 * SEGMENT_MS / 1000)
    await house.pull(Channel("ch1"), opened.session_id, "a128", opened.grant)
    house.clock.advance(8 * SEGMENT_MS / 1000)
    async with house.pushing(), aclosing(house.watch_session(grant)) as stream:
        before = await _next_break_told(stream)
        assert before["fills"][0]["card"]["headline"] == "Coffee"
        await house.set_consent("veh_1", shares_location=False)
        after = await _next_break_told(stream)
    assert [fill["card"] for fill in after["fills"]] == [
        {**fill["card"], "headline": "", "body": "", "place_id": "", "place_name": "", "distance_m": None}
        for fill in before["fills"]
    ]
    for name in ("fill_id", "starts_at_ms", "ends_at_ms", "beacon"):
        assert [fill[name] for fill in after["fills"]] == [fill[name] for fill in before["fills"]]


async def _next_break_told(stream):
    while (event := await asyncio.wait_for(anext(stream), 2)).name != "break":
        pass
    return msgspec.json.decode(event.data)


def next_break(house):
    now = position_at(house.clock.now_ms())
    slots = house.lineups.channels["ch1"].schedule.slots(now, now + 30)
    return next(slot for slot in slots if slot.kind == "break")


async def test_cards_come_only_where_the_place_is_known_and_go_again(house):
    _, grant = await opened_and_grant(house)
    await house.heard()
    timeline = Timeline(house)

    async def arrive() -> Notice:
        house.at(48.11, -1.68)
        return Notice("state")

    timeline.at(7, arrive)
    found = [
        (second, data) for second, name, data in await seen(house, timeline, grant, 150) if name == "card"
    ]
    assert found[0] == (0, None)
    assert found[1][1]["card"]["headline"] == "Coffee"
    assert found[1][0] >= 7
    # The position is forgotten after a minute, and the last card a minute after it was chosen.
    assert found[-1][1] is None
    assert found[-1][0] <= 7 + 60 + 60 + 10


async def test_a_card_out_of_reach_gives_way_to_the_next_without_a_gap(house):
    _, grant = await opened_and_grant(house)
    await house.heard()
    house.at(48.11, -1.68)
    house.ads.reach_ends_at = 48.2
    timeline = Timeline(house, patient=True)

    async def leave() -> Notice:
        house.at(48.21, -1.68)
        return Notice("state")

    async def reach_the_next() -> Notice:
        house.ads.reach_ends_at = 90
        return Notice("state")

    timeline.at(7, leave)
    timeline.at(12, reach_the_next)
    events = await seen(house, timeline, grant, 40)
    found = [(second, data) for second, name, data in events if name == "card"]
    shown = [(second, data["fill_id"]) for second, data in found if data]
    assert found[0] == (0, None)
    assert len(shown) == 2
    assert len(found) == 3
    assert shown[0][1] != shown[1][1]
    # Looked for each five seconds, and told at the next look at the latest.
    assert 7 <= shown[1][0] <= 20


async def test_a_screen_is_told_at_once_that_no_place_is_known_any_more(house):
    _, grant = await opened_and_grant(house)
    timeline = Timeline(house)

    async def withdraw() -> Notice:
        await house.set_consent("veh_1", shares_location=False)
        return Notice("state")

    timeline.at(1.5, withdraw)
    found = await seen(house, timeline, grant, 4)
    assert [(at, data["place"]) for at, name, data in found if name == "state"] == [(0, True), (1.5, False)]


async def test_where_cards_are_locked_while_driving_they_go_with_the_picture(house):
    """Those of a break too: its promotions are heard to their end."""
    opened = await house.opened()
    grant = open_grant(house.signer, opened.grant, house.clock.now_ms())
    await house.change_market("veh_1", "US", "op_1")
    feed = house.feed()
    await house.park(feed)
    screen = await house.sessions.screen("veh_1", opened.session_id)
    house.at(48.11, -1.68)
    assert await house.choose_card(screen.session, screen.state)
    assert await house.plan_break(screen.session, screen.state, next_break(house), listed=True)
    report = (await house.read_report(grant)).report
    assert (report.state.cards, report.card.card.headline) == ("now", "Coffee")
    assert [fill.card.headline for one in report.breaks for fill in one.fills] == ["Coffee", "Coffee"]

    timeline = Timeline(house)
    timeline.tell(0.2, feed, DRIVING)
    found = [(name, data) for _, name, data in await seen(house, timeline, grant, 0.5)]
    report = (await house.read_report(grant)).report
    assert (report.state.driving_state, report.state.cards, report.card) == ("moving", "no", None)
    cards = [fill.card for one in report.breaks for fill in one.fills]
    assert [(card.headline, card.place_name) for card in cards] == [("", ""), ("", "")]
    assert all(card.advertiser for card in cards)
    for topic, shown in (("state", ["now", "no"]), ("card", ["Coffee", None]), ("break", ["Coffee", ""])):
        assert [_shown_of(data) for name, data in found if name == topic] == shown


def _shown_of(data):
    if data and "cards" in data:
        return data["cards"]
    one = data["fills"][0] if data and "fills" in data else data
    return one and one["card"]["headline"]


async def test_a_card_that_is_not_locked_stands_while_driving_and_unheard(house):
    """In France, say: and so it is told."""
    opened = await house.opened()
    grant = open_grant(house.signer, opened.grant, house.clock.now_ms())
    await house.heard()
    house.at(48.11, -1.68)
    screen = await house.sessions.screen("veh_1", opened.session_id)
    await house.choose_card(screen.session, screen.state)
    report = (await house.read_report(grant)).report
    assert (report.state.driving_state, report.state.cards) == ("moving", "always")
    house.clock.advance(20)
    report = (await house.read_report(grant)).report
    assert (report.state.driving_state, report.state.cards) == ("unknown", "always")
    assert report.card.card.headline == "Coffee"


async def test_a_car_that_was_never_heard_has_no_cards_whatever_its_market(house):
    """Its market is looked up with its first report; until then no other market's rule speaks for it."""
    opened = await house.opened()
    grant = open_grant(house.signer, opened.grant, house.clock.now_ms())
    house.at(48.11, -1.68)
    screen = await house.sessions.screen("veh_1", opened.session_id)
    assert await house.choose_card(screen.session, screen.state) is None
    state = (await house.read_report(grant)).report.state
    assert (state.driving_state, state.cards, state.calls) == ("unknown", "no", False)


async def test_a_notice_takes_a_card_away_before_any_look_and_gives_none_back(house):
    opened = await house.opened()
    grant = open_grant(house.signer, opened.grant, house.clock.now_ms())
    await house.change_market("veh_1", "US", "op_1")
    feed = house.feed()
    await house.park(feed)
    french = msgspec.structs.replace(feed.state, markets=("FR",), agreement=None)
    american = msgspec.structs.replace(french, markets=("US",))
    timeline = Timeline(house)
    for second, state in ((0.2, american), (0.4, french)):
        timeline.at(second, lambda state=state: _warned_of(state))
    found = [data["cards"] for _, name, data in await seen(house, timeline, grant, 0.45) if name == "state"]
    assert found == ["now", "no", "no"], "each as of its own market, and the cards of neither come back"


async def _warned_of(state) -> Notice:
    return Notice("warning", data=state.encode())


async def test_a_lock_is_told_before_any_look(house):
    """Where Redis is busy, the notice itself takes the picture away."""
    _, grant = await opened_and_grant(house)
    feed, timeline, locked = house.feed(), Timeline(house), asyncio.Event()
    for second in range(1, 7):
        timeline.tell(second, feed, PARKED)

    async def leave() -> Notice:
        await house.tell(feed, DRIVING)
        locked.set()
        return Notice("state", data=feed.state.encode())

    timeline.at(6.5, leave)
    looks = house.watch_session.read_report

    class Blind:
        signer = looks.signer

        async def __call__(self, grant: Grant):
            assert not locked.is_set(), "it looked before it told"
            return await looks(grant)

    told = []
    async with aclosing(replace(house.watch_session, push=timeline, read_report=Blind())(grant)) as stream:
        async for event in stream:
            told += [msgspec.json.decode(event.data)] if event.name == "state" else []
            if locked.is_set():
                break
    assert [(one["driving_state"], one["video"]["permitted"]) for one in told[-2:]] == [
        ("parked", True),
        ("moving", False),
    ]
    assert told[-1]["lease"] == ""
    assert told[-1]["lease_expires_at_ms"] == told[-1]["at_ms"] == house.clock.now_ms()


async def test_a_notice_never_permits(house):
    """Nor does one that is old: what it holds is told only where it withholds."""
    _, grant = await opened_and_grant(house)
    feed = house.feed()
    for _ in range(6):
        await house.tell(feed, PARKED)
        house.clock.advance(1)
    parked = Notice("state", data=feed.state.encode())
    await house.tell(feed, DRIVING)
    timeline = Timeline(house)

    async def late() -> Notice:
        return parked

    timeline.at(0.1, late)
    found = states(await seen(house, timeline, grant, 2))
    assert found
    assert all(not permitted for _, _, permitted in found)


async def test_a_slow_ad_server_does_not_delay_a_lock(house):
    _, grant = await opened_and_grant(house)
    feed, timeline = house.feed(), Timeline(house)
    await house.park(feed)
    house.at(48.11, -1.68)
    house.ads.delay_s = 0.8
    timeline.began = house.clock.now_ms()
    timeline.tell(0.7, feed, DRIVING)
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert (0.7, "moving", False) in states(await seen(house, timeline, grant, 1))
    assert loop.time() - started < 0.7


async def test_the_stream_ends_with_the_session(house):
    _, grant = await opened_and_grant(house)
    house.clock.advance(12 * 3600 - 15)
    timeline = Timeline(house)
    found = await seen(house, timeline, grant, 100)
    assert found[-1][0] <= 15


async def test_a_lost_session_is_refused_before_the_first_event(house, aredis):
    _, grant = await opened_and_grant(house)
    await aredis.flushall()
    with pytest.raises(NotFound, match="session-unknown"):
        await seen(house, Timeline(house), grant, 1)


async def test_over_real_pub_sub_a_lock_arrives_at_once(house):
    opened = await house.opened()
    grant = open_grant(house.signer, opened.grant, house.clock.now_ms())
    feed = house.feed()
    await house.park(feed)
    async with house.pushing(), aclosing(house.watch_session(grant)) as stream:
        first = await anext(stream)
        assert msgspec.json.decode(first.data)["driving_state"] == "parked"
        assert (await anext(stream)).name == "card"
        house.clock.advance(0.3)
        await house.tell(feed, DRIVING)
        event = await asyncio.wait_for(anext(stream), 2)
        assert msgspec.json.decode(event.data)["driving_state"] == "moving"


async def test_a_screen_goes_dark_before_its_cars_state_is_written(house, monkeypatch):
    """However long Redis takes: the screens of the process that hears the car are warned."""
    opened = await house.opened()
    grant = open_grant(house.signer, opened.grant, house.clock.now_ms())
    feed = house.feed()
    await house.park(feed)
    house.report = replace(house.report, warn=house.push.warn)
    async with house.pushing(), aclosing(house.watch_session(grant)) as stream:
        assert msgspec.json.decode((await anext(stream)).data)["driving_state"] == "parked"
        assert (await anext(stream)).name == "card"
        monkeypatch.setattr(house.states, "swap", lambda *_, **__: asyncio.Event().wait())
        house.clock.advance(0.3)
        telling = asyncio.create_task(house.tell(feed, DRIVING))
        event = await asyncio.wait_for(anext(stream), 5)
        state = msgspec.json.decode(event.data)
        assert (state["driving_state"], state["video"]["permitted"]) == ("moving", False)
        assert not telling.done()
        telling.cancel()


async def test_after_a_warning_nothing_older_brings_the_picture_back(house):
    """What is kept says parked until the warned state is written; and then what is newer counts."""
    _, grant = await opened_and_grant(house)
    feed, timeline = house.feed(), Timeline(house)
    for second in range(1, 6):
        timeline.tell(second, feed, PARKED)

    async def warn() -> Notice:
        """The sample came, and its state is on its way to Redis."""
        reading = feed.state.readings[signals.SPEED]
        now_ms = house.clock.now_ms()
        moving = msgspec.structs.replace(reading, value=40.0, vehicle_ms=now_ms, received_ms=now_ms)
        state = msgspec.structs.replace(
            feed.state, readings={**feed.state.readings, signals.SPEED: moving}, agreement=None
        )
        return Notice("warning", data=state.encode())

    timeline.at(5.5, warn)
    # Something else has the stream look meanwhile.
    timeline.at(5.6, lambda: _noticed("state"))
    for second in (6.5, 7.5, 8.5, 9.5, 10.5):
        timeline.tell(second, feed, PARKED)
    found = states(await seen(house, timeline, grant, 10.9))
    assert (4, "parked", True) in found
    warned = found.index((5.5, "moving", False))
    # The warned state was never written: what was told afterwards is newer, and counts.
    assert found[warned + 1] == (6.5, "parked", True)


async def _noticed(kind: str) -> Notice:
    return Notice(kind)


async def test_a_break_planned_by_a_pull_reaches_the_stream(house):
    opened = await house.opened()
    grant = open_grant(house.signer, opened.grant, house.clock.now_ms())
    async with house.pushing(), aclosing(house.watch_session(grant)) as stream:
        assert [(await anext(stream)).name for _ in range(2)] == ["state", "card"]
        house.clock.advance(18 * SEGMENT_MS / 1000)
        await house.pull(Channel("ch1"), opened.session_id, "a128", opened.grant)
        for _ in range(3):
            event = await asyncio.wait_for(anext(stream), 2)
            if event.name == "break":
                break
        assert event.name == "break"


async def test_day_and_night_are_told_as_they_change_and_outlast_silence(house):
    """Nothing else changes with them; and a screen whose feed was cut off at night does not turn bright."""
    _, grant = await opened_and_grant(house)
    feed, timeline = house.feed(), Timeline(house)
    await house.park(feed)
    timeline.began = house.clock.now_ms()
    timeline.tell(0.5, feed, {**PARKED, signals.DAY_NIGHT: "DAY"})
    timeline.tell(1, feed, {**PARKED, signals.DAY_NIGHT: "NIGHT"})
    found = [
        (second, data) for second, name, data in await seen(house, timeline, grant, 12) if name == "state"
    ]
    assert [(second, data["day_night"]) for second, data in found[:3]] == [
        (0, ""),
        (0.5, "day"),
        (1, "night"),
    ]
    assert all(data["video"]["permitted"] for _, data in found[:3])
    assert (found[-1][1]["driving_state"], found[-1][1]["day_night"]) == ("unknown", "night")
