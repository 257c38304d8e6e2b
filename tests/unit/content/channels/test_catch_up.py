"""Start-over and catch-up: within rights, and only of what really aired."""

import dataclasses

import msgspec
import pytest

from content.channels.catch_up import (
    DAY_MS,
    LOOK_BACK_MS,
    Available,
    CatchUpRefusal,
    FindAiring,
    ListCatchUp,
    availability,
)
from content.channels.lineup import ChannelLineup, Lineups
from content.channels.plan import BreakRules, FillRule, Plan
from content.channels.versioned_schedule import VersionedSchedule
from content.guide.airing import airings
from content.library.programme import Category, Kind, Programme
from content.library.rights import Rights, RightsWindow, Territories
from kernel.errors import NotFound, RoadcastError
from media.house_format import SEGMENT_MS, position_at, starts_at_ms
from media.timeline import Slot, SlotKind
from tests.content.planned import block, entries, known, schedule
from tests.media.loop import Loop, LoopItem

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


def programme(name: str = "one", days: int = 7, **more) -> Programme:
    rights = more.pop("rights", Rights(catch_up_days=days))
    made = Programme(f"prg_{name}", f"ast_{name}", name.title(), "", Category.OTHER, "fr", 0, rights=rights)
    return msgspec.structs.replace(made, **more)


def asked(now_ms: int, territory: str = "FR", **more) -> Available | CatchUpRefusal:
    """Of a programme that was on air from 1 h to 2 h."""
    return availability(programme(**more), HOUR_MS, 2 * HOUR_MS, now_ms, territory)


def test_from_its_beginning_until_the_days_have_passed():
    assert asked(HOUR_MS - 1) is CatchUpRefusal.NOT_AIRED
    until_ms = 2 * HOUR_MS + 7 * DAY_MS
    assert asked(HOUR_MS) == Available(until_ms, on_air=True)
    assert asked(2 * HOUR_MS) == Available(until_ms, on_air=False)
    assert asked(until_ms - 1) == Available(until_ms, on_air=False)
    assert asked(until_ms) is CatchUpRefusal.EXPIRED


def test_nothing_is_available_beyond_what_is_remembered():
    answer = asked(2 * HOUR_MS, days=30)
    assert answer == Available(2 * HOUR_MS + LOOK_BACK_MS, on_air=False)


def test_rights_decide():
    assert asked(HOUR_MS, days=0) is CatchUpRefusal.NEVER
    window = Rights(RightsWindow(None, 3 * HOUR_MS), catch_up_days=7)
    assert asked(2 * HOUR_MS, rights=window) == Available(3 * HOUR_MS, on_air=False)
    assert asked(3 * HOUR_MS, rights=window) is CatchUpRefusal.EXPIRED
    here = Rights(territories=Territories(("BE", "FR")), catch_up_days=7)
    assert isinstance(asked(HOUR_MS, "BE", rights=here), Available)
    assert asked(HOUR_MS, "DE", rights=here) is CatchUpRefusal.ELSEWHERE
    assert asked(HOUR_MS, "", rights=here) is CatchUpRefusal.ELSEWHERE
    assert asked(HOUR_MS, withdrawn_ms=1) is CatchUpRefusal.UNKNOWN
    assert asked(HOUR_MS, kind=Kind.FILLER) is CatchUpRefusal.UNKNOWN


@pytest.fixture
def start(clock) -> int:
    """The position on air."""
    return position_at(clock.now_ms())


@pytest.fixture
def lineups(start) -> Lineups:
    """A channel that has run for an hour: one (40), a break (10), two (30), again and again."""
    items = (
        LoopItem(40, "ast_one", 40, SlotKind.PROGRAMME, "prg_one"),
        LoopItem(10, "slate", 1, SlotKind.BREAK),
        LoopItem(30, "ast_two", 30, SlotKind.PROGRAMME, "prg_two"),
    )
    begun = start - 1_600
    programmes = {one.programme_id: one for one in (programme("one"), programme("two"))}
    channel = ChannelLineup("chn_1", "One", "one", Loop("chn_1", begun, items), programmes, known_from=begun)
    return Lineups({"chn_1": channel}, "chn_1", {})


def test_what_a_channel_showed_in_its_countries_is_not_watched_again_elsewhere(lineups, start, clock):
    channel = lineups.channels["chn_1"]
    shown = dataclasses.replace(channel.schedule.slots(start, start)[0], territories=("FR",))
    only = dataclasses.replace(channel, schedule=Always(shown))
    lineups = dataclasses.replace(lineups, channels={"chn_1": only})
    assert FindAiring(lambda: lineups)(shown.airing_id, clock.now_ms(), "FR").asset_id == "ast_one"
    assert refusal(lineups, shown.airing_id, clock.now_ms(), "BE") == "not-cleared-here"


class Always:
    """A schedule that shows one thing, and then the slate."""

    def __init__(self, shown: Slot) -> None:
        self.shown = shown

    def slots(self, first: int, last: int) -> tuple[Slot, ...]:
        if first >= self.shown.end:
            return (Slot(first, 100, "slate", 1, SlotKind.PROGRAMME, f"chn_1-{first}"),)
        return (self.shown,)


def refusal(lineups: Lineups, airing_id: str, now_ms: int, territory: str = "FR") -> str:
    with pytest.raises(RoadcastError) as caught:
        FindAiring(lambda: lineups)(airing_id, now_ms, territory)
    return caught.value.code


def test_what_aired_is_found(lineups, start, clock):
    now_ms = clock.now_ms()
    find = FindAiring(lambda: lineups)
    aired = find(f"chn_1-{start - 80}", now_ms, "FR")
    assert (aired.programme.programme_id, aired.asset_id) == ("prg_one", "ast_one")
    assert (aired.starts_ms, aired.ends_ms) == (starts_at_ms(start - 80), starts_at_ms(start - 40))
    assert find(f"chn_1-{start}", now_ms, "FR").starts_ms == starts_at_ms(start)  # on air now
    assert refusal(lineups, f"chn_1-{start + 50}", now_ms) == "not-aired-yet"
    assert refusal(lineups, f"chn_1-{start - 79}", now_ms) == "airing-unknown"  # nothing begins there
    assert refusal(lineups, f"chn_1-{start - 40}", now_ms) == "airing-unknown"  # a break
    assert refusal(lineups, f"chn_1-{start - 1_680}", now_ms) == "airing-unknown"  # before it was made
    assert refusal(lineups, f"chn_2-{start - 80}", now_ms) == "airing-unknown"
    for odd in ("", "chn_1", "chn_1-", "chn_1-x", "chn_1-٣", "chn_1-" + "9" * 11, "chn_1-" + "9" * 40):
        assert refusal(lineups, odd, now_ms) == "airing-unknown"
    assert refusal(lineups, f"chn_1-{start - 80}", now_ms + 8 * DAY_MS) == "catch-up-expired"


def test_what_a_newer_schedule_replaced_did_not_air(lineups, start, clock):
    """The old loop would have shown one there; what aired is what the newer version says."""
    new = Loop("chn_1", start - 60, (LoopItem(60, "ast_two", 60, SlotKind.PROGRAMME, "prg_two"),))
    old = lineups.channels["chn_1"]
    schedule = VersionedSchedule(((old.known_from, old.schedule), (start - 60, new)))
    channel = dataclasses.replace(old, schedule=schedule)
    edited = dataclasses.replace(lineups, channels={"chn_1": channel})
    now_ms = clock.now_ms()
    find = FindAiring(lambda: edited)
    assert find(f"chn_1-{start - 80}", now_ms, "FR").ends_ms == starts_at_ms(start - 60)  # cut short
    assert find(f"chn_1-{start - 60}", now_ms, "FR").programme.programme_id == "prg_two"
    assert refusal(edited, f"chn_1-{start - 30}", now_ms) == "airing-unknown"
    assert FindAiring(lambda: lineups)(f"chn_1-{start - 30}", now_ms, "FR")  # as it had been planned


class Parted:
    """A schedule whose one programme of 60 is cut by a break of 10 after 20, and then repeats."""

    def slots(self, first: int, last: int) -> tuple[Slot, ...]:
        found: list[Slot] = []
        lap = first // 70 * 70
        while not found or found[-1].end <= last:
            airing = f"chn_1-{lap}"
            parts = (
                Slot(lap, 20, "ast_one", 20, SlotKind.PROGRAMME, airing, "prg_one", 0, airing),
                Slot(lap + 20, 10, "slate", 1, SlotKind.BREAK, f"chn_1-{lap + 20}"),
                Slot(
                    lap + 30,
                    40,
                    "ast_one",
                    40,
                    SlotKind.PROGRAMME,
                    f"chn_1-{lap + 30}",
                    "prg_one",
                    20,
                    airing,
                ),
            )
            found += [slot for slot in parts if slot.end > first and slot.start <= last]
            lap += 70
        return tuple(found)


def test_a_programme_that_breaks_part_is_one_airing(clock):
    now = position_at(clock.now_ms()) // 70 * 70 + 50
    channel = ChannelLineup("chn_1", "One", "one", Parted(), {"prg_one": programme("one")})
    lineups = Lineups({"chn_1": channel}, "chn_1", {})
    now_ms = starts_at_ms(now)
    aired = FindAiring(lambda: lineups)(f"chn_1-{now - 50}", now_ms, "FR")
    assert (aired.starts_ms, aired.ends_ms) == (starts_at_ms(now - 50), starts_at_ms(now + 20))
    assert aired.duration_ms == 60 * SEGMENT_MS
    assert refusal(lineups, f"chn_1-{now - 20}", now_ms) == "airing-unknown"  # its second part begins nothing


def test_the_newest_airing_of_each_is_listed_that_on_air_first(lineups, start, clock):
    clock.advance(15 * SEGMENT_MS / 1000)
    listed = ListCatchUp(lambda: lineups, clock)("chn_1", "FR")
    assert [(one.airing_id, one.title, one.on_air) for one in listed] == [
        (f"chn_1-{start}", "One", True),
        (f"chn_1-{start - 30}", "Two", False),
    ]
    assert listed[1].until_ms == starts_at_ms(start) + 7 * DAY_MS
    with pytest.raises(NotFound, match="channel-unknown"):
        ListCatchUp(lambda: lineups, clock)("chn_2", "FR")


def test_a_list_is_believed_for_a_minute_and_no_longer_than_its_channel(lineups, start, clock):
    listing = ListCatchUp(lambda: lineups, clock)
    first = listing("chn_1", "FR")
    clock.advance(59)
    assert [one.airing_id for one in listing("chn_1", "FR")] == [one.airing_id for one in first]
    clock.advance(120)
    assert listing("chn_1", "FR")[0].airing_id != first[0].airing_id
    # The picture is taken anew every half minute: the same schedule is in it, and its list is still good.
    asked = Counting(lineups.channels["chn_1"].schedule)
    anew = {"chn_1": dataclasses.replace(lineups.channels["chn_1"], schedule=asked)}
    listing = ListCatchUp(
        lambda: dataclasses.replace(lineups, channels={"chn_1": dataclasses.replace(anew["chn_1"])}), clock
    )
    listed, looked = listing("chn_1", "FR"), len(asked.asked)
    assert listing("chn_1", "FR") == listed
    assert len(asked.asked) == looked
    here = anew["chn_1"].programmes
    anew["chn_1"] = dataclasses.replace(
        anew["chn_1"], programmes={**here, "prg_one": programme("one", withdrawn_ms=1)}
    )
    assert [one.programme_id for one in listing("chn_1", "FR")] == ["prg_two"]
    none = dataclasses.replace(lineups.channels["chn_1"], programmes={"prg_one": programme("one", days=0)})
    gone = ListCatchUp(lambda: dataclasses.replace(lineups, channels={"chn_1": none}), clock)
    assert gone("chn_1", "FR") == []


class Counting:
    """A schedule that notes where it is asked."""

    def __init__(self, schedule) -> None:
        self.schedule, self.asked = schedule, []

    def slots(self, first: int, last: int) -> tuple[Slot, ...]:
        self.asked.append((first, last))
        return self.schedule.slots(first, last)


def test_what_has_ended_is_remembered_and_its_rights_are_not(lineups, start, clock):
    channel = lineups.channels["chn_1"]
    counting = Counting(channel.schedule)
    held = {
        "lineups": dataclasses.replace(
            lineups, channels={"chn_1": dataclasses.replace(channel, schedule=counting)}
        )
    }
    find, now_ms = FindAiring(lambda: held["lineups"]), clock.now_ms()
    first = find(f"chn_1-{start - 80}", now_ms, "FR")
    asked = len(counting.asked)
    assert find(f"chn_1-{start - 80}", now_ms, "FR") == first
    assert len(counting.asked) == asked
    never = {key: programme(key.removeprefix("prg_"), days=0) for key in channel.programmes}
    changed = dataclasses.replace(held["lineups"].channels["chn_1"], programmes=never)
    held["lineups"] = dataclasses.replace(lineups, channels={"chn_1": changed})
    with pytest.raises(RoadcastError, match="catch-up-not-cleared"):
        find(f"chn_1-{start - 80}", now_ms, "FR")
    forgotten = dataclasses.replace(channel, known_from=start - 79)
    held["lineups"] = dataclasses.replace(lineups, channels={"chn_1": forgotten})
    with pytest.raises(RoadcastError, match="airing-unknown"):
        find(f"chn_1-{start - 80}", now_ms, "FR")


def planned_channel(clock, plan: Plan, facts) -> ChannelLineup:
    """A channel that has played ``plan`` for ever."""
    programmes = {name: msgspec.structs.replace(programme(name), programme_id=name) for name in facts}
    return ChannelLineup("chn", "One", "one", schedule(plan, facts), programmes, known_from=0)


def test_a_film_with_bumpers_around_its_breaks_is_whole_in_catch_up_and_one_in_the_guide(clock):
    """Only what stands between its parts parts it: neither the breaks nor what marks them."""
    facts = known(film=1000, ident=4, news=300)
    facts["film"] = msgspec.structs.replace(facts["film"], cues=(400, 700))
    rules = BreakRules(min_spacing_s=0)
    plan = Plan(loop=entries("film news"), fill=FillRule(opener="ident", closer="ident"), breaks=rules)
    lineup = planned_channel(clock, plan, facts)
    now = position_at(clock.now_ms())
    film = next(
        slot
        for slot in lineup.schedule.slots(now - 3_000, now)
        if slot.programme_id == "film" and not slot.first_index
    )
    lineups = Lineups({"chn": lineup}, "chn", {})
    aired = FindAiring(lambda: lineups)(film.airing_id, clock.now_ms(), "FR")
    assert aired.duration_ms == 1000 * SEGMENT_MS
    assert [shown for _, shown in aired.reached] == [0, 400, 700, 1000]
    told = [
        one
        for one in airings(lineup.schedule, aired.starts_ms, aired.ends_ms)
        if one.airing_id == film.airing_id
    ]
    assert [(one.starts_at_ms, one.ends_at_ms) for one in told] == [(aired.starts_ms, aired.ends_ms)]


def test_what_filled_a_gap_cannot_be_watched_again(clock):
    facts = known(show=901, clip=100)
    plan = Plan(loop=entries("show"), week={"mon": (block("06:00", "show"),)}, fill=FillRule(("clip",)))
    lineup = planned_channel(clock, plan, facts)
    now = position_at(clock.now_ms())
    filled = [one for one in lineup.schedule.slots(now - 45_000 * 7, now) if one.fill and one.programme_id]
    assert {one.programme_id for one in filled} == {"clip"}
    lineups = Lineups({"chn": lineup}, "chn", {})
    assert refusal(lineups, filled[0].airing_id, clock.now_ms()) == "airing-unknown"
    assert "clip" not in {one.programme_id for one in ListCatchUp(lambda: lineups, clock)("chn", "FR")}
