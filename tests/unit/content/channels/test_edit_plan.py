"""Plans as editors change them, on a real database: the present is never disturbed."""

from dataclasses import replace

import msgspec
import pytest

from content.channels.plan import Begin, Block, BreakEntry, FillRule, FindingCode, Plan, ProgrammeEntry
from content.channels.schedule import Start
from content.library.programme import ProgrammeDraft, ProgrammeFacts
from content.library.rights import Rights, RightsWindow, Territories
from kernel.clock import from_ms
from kernel.errors import Conflict, Invalid
from media.house_format import SEGMENT_MS, position_at, starts_at_ms
from media.manifest import AssetManifest
from media.timeline import SlotKind, span

UTC = Plan(timezone="UTC")


def at(clock, ahead_s):
    """Local time of day, and date, so many seconds from now (UTC)."""
    moment = from_ms(clock.now_ms() + ahead_s * 1000)
    return f"{moment:%H:%M:%S}", f"{moment:%Y-%m-%d}"


def block(clock, ahead_s, *names, cut=False):
    """A block so far ahead, under its date."""
    moment, day = at(clock, ahead_s)
    start = Begin.CUT if cut else Begin.WAIT
    return day, Block(moment, tuple(ProgrammeEntry(f"prg_{name}") for name in names), start=start)


@pytest.fixture
def channel(room):
    room.programme("one", 40)
    room.programme("two", 60)
    room.programme("film", 2000)
    return room.channel(ProgrammeEntry("prg_one"), BreakEntry(8))


def plays(room, channel, first, last):
    schedule = room.load().channels[channel.channel_id].schedule
    return [slot.programme_id.removeprefix("prg_") or "-" for slot in schedule.slots(first, last)]


def plan_of(room, channel):
    return room.edit_plan.read(channel.channel_id)[1].plan()


def test_a_date_is_planned_previewed_and_taken_back(room, clock, channel):
    clock.advance(5)
    day, two = block(clock, 7200, "two")
    draft = msgspec.structs.replace(plan_of(room, channel), timezone="UTC", days={day: (two,)})
    effect, view = room.edit_plan.preview(channel.channel_id, day, draft)
    assert room.channels.get(channel.channel_id).schedule_version == 1
    [shown] = [slot for slot in view.slots if slot.programme_id == "prg_two"]
    assert (shown.field, shown.source.value) == (f"days.{day}[0].entries[0]", "block")
    assert shown.starts_at_ms == pytest.approx(clock.now_ms() + 7_200_000, abs=SEGMENT_MS + 1000)
    saved = room.save("acc_1", channel.channel_id, 1, draft)
    assert saved.effect == effect
    assert effect.begins_at_ms >= clock.now_ms() + 30_000
    begin = position_at(shown.starts_at_ms)
    assert plays(room, channel, begin, begin + 59) == ["two"]
    back = room.edit_plan.put_day("acc_1", channel.channel_id, 2, day, None)
    assert back.version.plan().days == {}
    assert "two" not in plays(room, channel, begin, begin + 59)


def test_a_preview_names_the_countries_of_what_is_not_for_all_of_the_channels(room, clock, channel):
    rights = Rights(territories=Territories(("BE", "DE")))
    room.edit_programme("acc_1", "prg_two", ProgrammeFacts("two", rights=rights))
    loop = (ProgrammeEntry("prg_one"), ProgrammeEntry("prg_two"))
    plan = Plan(timezone="UTC", loop=loop, territories=("BE", "FR"))
    _, shown = room.edit_plan.preview(channel.channel_id, at(clock, 2 * 86_400)[1], plan)
    assert {slot.programme_id: slot.territories for slot in shown.slots} == {
        "prg_one": (),
        "prg_two": ("BE",),
    }


def test_an_edit_two_seconds_before_air_comes_after_what_viewers_hold(room, clock, channel):
    """What was to begin in two seconds begins when nobody holds anything else: its answer says when."""
    clock.advance(5)
    before = room.load().channels[channel.channel_id].schedule
    day, two = block(clock, 2, "two", cut=True)
    draft = msgspec.structs.replace(plan_of(room, channel), timezone="UTC", days={day: (two,)})
    effect = room.save("acc_1", channel.channel_id, 1, draft).effect
    assert effect.frozen_until_ms >= clock.now_ms() + 30_000
    assert effect.effective_at_ms >= effect.frozen_until_ms
    after = room.load().channels[channel.channel_id].schedule
    held = position_at(clock.now_ms()) - 100, position_at(effect.begins_at_ms) - 1
    assert span(before, *held).positions == span(after, *held).positions
    begin = position_at(effect.begins_at_ms)
    assert after.slots(begin, begin)[0].programme_id == "prg_two"  # in progress there: from its beginning
    assert after.slots(begin, begin)[0].position(begin).index == 0


def test_an_edit_of_next_week_leaves_today_alone(room, clock, channel):
    clock.advance(5)
    days = dict([block(clock, 600, "film"), block(clock, 86_400, "two"), block(clock, 7 * 86_400, "two")])
    draft = msgspec.structs.replace(
        plan_of(room, channel), timezone="UTC", days={k: (v,) for k, v in days.items()}
    )
    room.save("acc_1", channel.channel_id, 1, draft)
    clock.advance(1800)  # the film is on
    before = room.load().channels[channel.channel_id].schedule
    later, film = block(clock, 7 * 86_400 - 3600, "film")
    effect = room.edit_plan.put_day("acc_1", channel.channel_id, 2, later, [film]).effect
    assert effect.begins_at_ms > clock.now_ms() + 86_400_000 - 7200_000
    after = room.load().channels[channel.channel_id].schedule
    now = position_at(clock.now_ms())
    assert after.slots(now, now + 40_000) == before.slots(now, now + 40_000)


def test_a_block_that_cuts_in_ten_minutes_cuts_the_film_on_air_then(room, clock, channel):
    clock.advance(5)
    day, film = block(clock, 600, "film")
    weekly = {
        key: (Block("00:00", (ProgrammeEntry("prg_one"),)),)
        for key in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    }
    draft = msgspec.structs.replace(
        plan_of(room, channel), timezone="UTC", week=weekly, days={day: (weekly["mon"][0], film)}
    )
    room.save("acc_1", channel.channel_id, 1, draft)
    clock.advance(1800)
    now = position_at(clock.now_ms())
    assert plays(room, channel, now, now) == ["film"]
    _, two = block(clock, 600, "two", cut=True)
    effect = room.edit_plan.put_day("acc_1", channel.channel_id, 2, day, [weekly["mon"][0], film, two]).effect
    assert effect.effective_at_ms == pytest.approx(clock.now_ms() + 600_000, abs=SEGMENT_MS + 1000)
    at_cut = position_at(effect.effective_at_ms)
    schedule = room.load().channels[channel.channel_id].schedule
    film_slots = [s for s in schedule.slots(now, at_cut + 10) if s.programme_id == "prg_film"]
    assert film_slots[-1].end == at_cut
    assert (
        film_slots[-1].position(at_cut - 1).index == at_cut - 1 - film_slots[0].start
    )  # it went on undisturbed
    assert plays(room, channel, at_cut, at_cut) == ["two"]


def test_an_asset_that_is_gone_while_on_air_gives_way_to_fill_and_what_is_listed_stays(room, clock, channel):
    clock.advance(5)
    before = room.load().channels[channel.channel_id].schedule
    ended = Rights(RightsWindow(None, clock.now_ms()))
    room.edit_programme("acc_1", "prg_one", ProgrammeFacts("one", rights=ended))
    number, versions = 2, room.channels.versions(channel.channel_id)
    assert [v.number for v in versions] == [1, number]
    begin = versions[-1].from_position
    assert starts_at_ms(begin) >= clock.now_ms() + 30_000
    after = room.load().channels[channel.channel_id].schedule
    held = position_at(clock.now_ms()) - 100, begin - 1
    assert span(before, *held).positions == span(after, *held).positions
    assert {s.programme_id for s in after.slots(begin, begin + 500) if s.kind is SlotKind.PROGRAMME} == {""}
    room.renew()
    assert room.channels.get(channel.channel_id).schedule_version == number


@pytest.mark.parametrize("where", ["loop", "block", "last-of-block", "between-breaks"])
def test_a_programme_withdrawn_while_on_air_gives_way_to_fill_and_all_else_stays(room, channel, clock, where):
    name = "cued" if where == "between-breaks" else "film"
    room.asset("cued")
    room.assets.begin("ast_cued")
    room.assets.publish(AssetManifest("ast_cued", 2000, 2000 * SEGMENT_MS, {}, "", cues=(500, 1000, 1500)))
    room.add_programme("ast_cued", ProgrammeDraft("cued"))
    day, shown = block(clock, 600, name, *([] if where == "last-of-block" else ["two"]))
    _, later = block(clock, 3 * 3600, "one")
    loop = tuple(ProgrammeEntry(f"prg_{one}") for one in ("film", "two", "one"))
    days = {} if where == "loop" else {day: (shown, later)}
    loop = loop if where == "loop" else loop[2:]
    room.save("acc_1", channel.channel_id, 1, msgspec.structs.replace(UTC, loop=loop, days=days), Start.SOON)
    clock.advance(600 + 1900)
    before = room.load().channels[channel.channel_id].schedule
    now = position_at(clock.now_ms())
    assert plays(room, channel, now, now) == [name]
    with pytest.raises(Conflict, match="programme-scheduled"):
        room.withdraw_programme("acc_1", f"prg_{name}")
    room.withdraw_programme("acc_1", f"prg_{name}", off_air=True)
    begin = room.channels.versions(channel.channel_id)[-1].from_position
    assert 30_000 <= starts_at_ms(begin) - clock.now_ms() <= 30_000 + 2 * SEGMENT_MS
    after = room.load().channels[channel.channel_id].schedule
    assert span(before, now - 100, begin - 1).positions == span(after, now - 100, begin - 1).positions
    [on] = before.slots(now, now)
    airing = [slot for slot in before.slots(begin, begin + 3000) if slot.airing_id == on.airing_id]
    end = airing[-1].end
    assert (len(airing) > 1) == (where == "between-breaks")
    assert all(slot.fill for slot in after.slots(begin, end - 1))
    # What follows comes when it was announced.
    following = [(s.start, s.programme_id) for s in before.slots(end, end + 50)]
    assert [(s.start, s.programme_id) for s in after.slots(end, end + 50)] == following
    assert f"ast_{name}" not in {slot.asset_id for slot in after.slots(begin, begin + 14 * 45_000)}


def test_a_programme_withdrawn_before_the_plan_without_it_begins_does_not_wait_for_that(room, channel, clock):
    day, film = block(clock, 600, "film")
    room.save("acc_1", channel.channel_id, 1, msgspec.structs.replace(UTC, days={day: (film,)}), Start.SOON)
    clock.advance(600 + 600)
    saved = room.save("acc_1", channel.channel_id, 2, UTC)
    film_ends_ms = saved.effect.begins_at_ms
    assert film_ends_ms > clock.now_ms() + 600_000
    room.withdraw_programme("acc_1", "prg_film", off_air=True)
    begin = room.channels.versions(channel.channel_id)[-1].from_position
    assert starts_at_ms(begin) <= clock.now_ms() + 30_000 + 2 * SEGMENT_MS
    after = room.load().channels[channel.channel_id].schedule
    assert "ast_film" not in {slot.asset_id for slot in after.slots(begin, begin + 45_000)}


def test_a_programme_withdrawn_before_it_is_on_leaves_what_is_on_alone(room, channel, clock):
    day, both = block(clock, 600, "film", "two")
    room.save("acc_1", channel.channel_id, 1, msgspec.structs.replace(UTC, days={day: (both,)}), Start.SOON)
    clock.advance(600 + 600)
    before = room.load().channels[channel.channel_id].schedule
    room.withdraw_programme("acc_1", "prg_two", off_air=True)
    now = position_at(clock.now_ms())
    end = before.slots(now, now)[0].end
    after = room.load().channels[channel.channel_id].schedule
    assert span(before, now, end - 1).positions == span(after, now, end - 1).positions
    assert all(slot.fill for slot in after.slots(end, end + 59))
    assert after.slots(end + 60, end + 60)[0].start == before.slots(end + 60, end + 60)[0].start == end + 60


def test_a_withdrawn_bumper_does_not_end_the_film_that_it_stands_in(room, channel, clock):
    room.asset("cued")
    room.assets.begin("ast_cued")
    room.assets.publish(AssetManifest("ast_cued", 2000, 2000 * SEGMENT_MS, {}, "", cues=(500, 1000, 1500)))
    room.add_programme("ast_cued", ProgrammeDraft("cued"))
    day, film = block(clock, 600, "cued")
    plan = msgspec.structs.replace(UTC, fill=FillRule(closer="prg_two"), days={day: (film,)})
    room.save("acc_1", channel.channel_id, 1, plan, Start.SOON)
    clock.advance(600 + 100)
    before = room.load().channels[channel.channel_id].schedule
    now = position_at(clock.now_ms())
    assert "prg_two" in {slot.programme_id for slot in before.slots(now, now + 1500)}
    room.withdraw_programme("acc_1", "prg_two", off_air=True)
    after = room.load().channels[channel.channel_id].schedule
    begin = room.channels.versions(channel.channel_id)[-1].from_position
    played = [slot for slot in after.slots(now, now + 3000) if slot.programme_id == "prg_cued"]
    assert sum(slot.segments for slot in played) == 2000
    assert "ast_two" not in {slot.asset_id for slot in after.slots(begin, begin + 3000)}


def test_who_withdraws_while_somebody_saves_is_heard(room, channel, clock, monkeypatch):
    """The save looked at the library before; the renewal comes to a version that it does not know."""
    clock.advance(600)
    replaced, saves = room.programmes.replace, []

    def and_then_somebody_saves(programme, change):
        kept = replaced(programme, change)
        gather = room.save.gather
        plan = plan_of(room, channel)
        if not saves:
            before = room.channels.versions(channel.channel_id)[-1].facts
            stale = replace(room.save, gather=lambda names, facts: (gather(names, facts)[0], before))
            all_channels = room.channels.all

            def late():
                listed = all_channels()
                if not saves:
                    saves.append(1)
                    stale("acc_2", channel.channel_id, 1, msgspec.structs.replace(plan, timezone="UTC"))
                return listed

            monkeypatch.setattr(room.channels, "all", late)
        return kept

    monkeypatch.setattr(room.programmes, "replace", and_then_somebody_saves)
    room.withdraw_programme("acc_1", "prg_one", off_air=True)
    assert saves
    assert room.channels.versions(channel.channel_id)[-1].facts["prg_one"].asset_id == ""


def test_an_empty_schedule_plays_the_slate(room, clock):
    channel = room.channel()
    now = position_at(clock.now_ms())
    schedule = room.load().channels[channel.channel_id].schedule
    assert {slot.asset_id for slot in schedule.slots(now - 20, now + 2000)} == {"slate"}
    saved = room.save("acc_1", channel.channel_id, 1, Plan(timezone="Europe/Paris"))
    assert saved.effect.effective_at_ms is None


@pytest.mark.parametrize(
    ("rights", "code"),
    [
        (Rights(RightsWindow(None, 1_000_000)), "rights-ended"),
        (Rights(territories=Territories(("BE",))), "rights-territory-excluded"),
    ],
)
def test_a_programme_without_rights_is_refused_and_its_entry_named(room, channel, clock, rights, code):
    room.edit_programme("acc_1", "prg_two", ProgrammeFacts("two", rights=rights))
    day, two = block(clock, 7200, "one", "two")
    draft = msgspec.structs.replace(
        plan_of(room, channel), timezone="UTC", territories=("FR",), days={day: (two,)}
    )
    with pytest.raises(Invalid) as refused:
        room.save("acc_1", channel.channel_id, 1, draft)
    assert (refused.value.code, list(refused.value.fields)) == (code, [f"days.{day}[0].entries[1]"])


def test_a_date_after_its_rights_is_refused_though_they_hold_today(room, channel, clock):
    ends = Rights(RightsWindow(None, clock.now_ms() + 86_400_000))
    room.edit_programme("acc_1", "prg_two", ProgrammeFacts("two", rights=ends))
    for ahead_s, refused in ((3600, False), (2 * 86_400, True)):
        day, two = block(clock, ahead_s, "two")
        draft = msgspec.structs.replace(UTC, days={day: (two,)})
        if refused:
            with pytest.raises(Invalid, match="rights-ended"):
                room.edit_plan.preview(channel.channel_id, day, draft)
        else:
            room.edit_plan.preview(channel.channel_id, day, draft)


def test_rights_are_refused_behind_however_many_notes(room, channel, clock):
    ends = Rights(RightsWindow(None, clock.now_ms() + 2 * 86_400_000))
    room.edit_programme("acc_1", "prg_two", ProgrammeFacts("two", rights=ends))
    day = f"{from_ms(clock.now_ms() + 3 * 86_400_000):%Y-%m-%d}"
    # Each is longer than the time until the next: all but the first are told to begin late.
    late = [Block(f"{n // 60:02}:{n % 60:02}", (ProgrammeEntry("prg_one"),)) for n in range(240)]
    untold = room.edit_plan.preview(
        channel.channel_id, day, msgspec.structs.replace(UTC, days={day: tuple(late)})
    )[1].untold
    assert untold > 0
    late.append(Block("23:30", (ProgrammeEntry("prg_two"),)))
    with pytest.raises(Invalid, match="rights-ended"):
        room.save("acc_1", channel.channel_id, 1, msgspec.structs.replace(UTC, days={day: tuple(late)}))


def test_the_second_of_two_editors_is_told(room, channel):
    room.save("acc_1", channel.channel_id, 1, UTC)
    with pytest.raises(Conflict, match="schedule-changed"):
        room.edit_plan.put_day("acc_2", channel.channel_id, 1, "mon", [])


def test_every_change_is_in_the_history_with_what_differs(room, channel, clock):
    room.save("acc_1", channel.channel_id, 1, msgspec.structs.replace(plan_of(room, channel), timezone="UTC"))
    room.edit_plan.put_day(
        "acc_2", channel.channel_id, 2, "mon", [Block("06:00", (ProgrammeEntry("prg_two"),))]
    )
    newest, first = room.edit_plan.history(channel.channel_id)
    assert (first.actor, first.action) == ("acc_1", "schedule-changed")
    assert first.detail["timezone"] == ["Europe/Paris", "UTC"]
    assert (newest.actor, newest.detail["version"]) == ("acc_2", [2, 3])
    assert newest.detail["week.mon"][0] is None
    assert newest.detail["week.mon"][1][0]["at"] == "06:00"


def test_findings_of_the_days_to_come(room, channel, clock):
    day, film = block(clock, 3600, "film")
    _, late = block(clock, 3600 + 60, "two")
    room.save("acc_1", channel.channel_id, 1, msgspec.structs.replace(UTC, days={day: (film, late)}))
    found = room.edit_plan.findings(channel.channel_id, 2)
    assert [f.code for f in found.findings if f.field == f"days.{day}[1]"] == [FindingCode.LATE]
    with pytest.raises(Invalid, match="days-out-of-range"):
        room.edit_plan.findings(channel.channel_id, 32)


def test_the_loop_is_edited_and_the_days_stay(room, channel, clock):
    day, two = block(clock, 7200, "two")
    room.save(
        "acc_1", channel.channel_id, 1, msgspec.structs.replace(plan_of(room, channel), days={day: (two,)})
    )
    room.edit("acc_1", channel.channel_id, 2, [ProgrammeEntry("prg_two")], Start.SOON)
    plan = plan_of(room, channel)
    assert (plan.loop, plan.days) == ((ProgrammeEntry("prg_two"),), {day: (two,)})


@pytest.mark.parametrize(
    ("plan", "code", "field"),
    [
        (Plan(timezone="Europe/Nowhere"), "timezone-unknown", "timezone"),
        (Plan(timezone="../etc/passwd"), "timezone-unknown", "timezone"),
        (Plan(week={"monday": ()}), "day-unknown", "week.monday"),
        (Plan(days={"2026-02-29": ()}), "day-unknown", "days.2026-02-29"),
        (Plan(week={"mon": (Block("24:00", (BreakEntry(),)),)}), "time-malformed", "week.mon[0].at"),
        (Plan(week={"mon": (Block("6:00", (BreakEntry(),)),)}), "time-malformed", "week.mon[0].at"),
        (
            Plan(week={"mon": (Block("06:00", (BreakEntry(),), "24:01"),)}),
            "time-malformed",
            "week.mon[0].until",
        ),
        (Plan(week={"mon": (Block("06:00", ()),)}), "block-empty", "week.mon[0]"),
        (
            Plan(week={"mon": (Block("06:00", (BreakEntry(),), "06:00"),)}),
            "block-reversed",
            "week.mon[0].until",
        ),
        (Plan(week={"mon": (Block("06:00", (BreakEntry(),)),) * 2}), "blocks-collide", "week.mon[1].at"),
        (Plan(territories=("XX",)), "territory-unknown", "territories"),
    ],
)
def test_what_has_no_good_shape_is_refused_by_name(room, channel, plan, code, field):
    with pytest.raises(Invalid) as refused:
        room.save("acc_1", channel.channel_id, 1, plan)
    assert (refused.value.code, list(refused.value.fields)) == (code, [field])
    assert refused.value.fix


@pytest.mark.parametrize("until", ["24:00", "00:00", "24:00:00", "00:00:00"])
def test_a_block_that_ends_at_midnight_is_kept_by_the_one_name_of_that(room, channel, clock, until):
    day, two = block(clock, 7200, "two")
    ends = msgspec.structs.replace(two, until=until)
    room.save("acc_1", channel.channel_id, 1, msgspec.structs.replace(UTC, days={day: (ends,)}))
    assert plan_of(room, channel).days[day] == (msgspec.structs.replace(two, until="24:00"),)


def test_dates_that_are_over_leave_the_plan_and_let_their_programmes_go(room, channel, clock):
    day, two = block(clock, 7200, "two")
    room.save("acc_1", channel.channel_id, 1, msgspec.structs.replace(UTC, days={day: (two,)}))
    with pytest.raises(Conflict, match="programme-scheduled"):
        room.withdraw_programme("acc_1", "prg_two")
    clock.advance(17 * 86_400)  # another day has been on air for eight days
    room.edit_plan.put_day(
        "acc_1", channel.channel_id, 2, "mon", [Block("06:00", (ProgrammeEntry("prg_one"),))]
    )
    assert plan_of(room, channel).days == {}
    clock.advance(8 * 86_400)
    room.withdraw_programme("acc_1", "prg_two")


def test_a_date_that_is_still_on_air_weeks_later_stays_when_a_later_one_changes(room, channel, clock):
    """A broadcast day lasts until the next date with blocks begins."""
    day, two = block(clock, 60, "two")
    later, film = block(clock, 60 * 86_400, "film")
    two = msgspec.structs.replace(two, repeat=True)
    draft = msgspec.structs.replace(plan_of(room, channel), timezone="UTC")
    room.save(
        "acc_1", channel.channel_id, 1, msgspec.structs.replace(draft, days={day: (two,), later: (film,)})
    )
    clock.advance(21 * 86_400)
    now = position_at(clock.now_ms())
    assert set(plays(room, channel, now, now + 2000)) == {"two"}
    _, moved = block(clock, 39 * 86_400 + 3600, "film")
    effect = room.edit_plan.put_day("acc_1", channel.channel_id, 2, later, [moved]).effect
    assert effect.begins_at_ms > clock.now_ms() + 38 * 86_400_000
    assert set(plays(room, channel, now, now + 20_000)) == {"two"}
    assert set(plan_of(room, channel).days) == {day, later}
    dropped = msgspec.structs.replace(plan_of(room, channel), days={later: (moved,)})
    room.save("acc_1", channel.channel_id, 3, dropped)
    assert f"days.{day}" in room.edit_plan.history(channel.channel_id)[0].detail


def test_the_history_tells_which_dates_were_over(room, channel, clock):
    old, two = block(clock, 3600, "two")
    new, film = block(clock, 86_400, "film")
    room.save("acc_1", channel.channel_id, 1, msgspec.structs.replace(UTC, days={old: (two,), new: (film,)}))
    clock.advance(12 * 86_400)
    room.edit_plan.put_day("acc_1", channel.channel_id, 2, "mon", [film])
    detail = room.edit_plan.history(channel.channel_id)[0].detail
    assert (detail["over"], set(plan_of(room, channel).days)) == ([old], {new})
    assert "week.mon" in detail


@pytest.mark.parametrize("moment", ["T0600", "203015.5", "06:00Z", "0600:", "06.00", "²0:00"])
def test_a_time_is_hours_and_minutes_with_colons(room, channel, moment):
    for wrong in (Block(moment, (BreakEntry(),)), Block("00:00", (BreakEntry(),), until=moment)):
        with pytest.raises(Invalid, match="time-malformed"):
            room.save("acc_1", channel.channel_id, 1, Plan(week={"mon": (wrong,)}))


def test_blocks_are_put_in_order_of_time(room, channel):
    entries = (ProgrammeEntry("prg_one"),)
    blocks = [Block(moment, entries) for moment in ("20:30:00", "20:30:30", "20:29", "06:00:01", "06:00")]
    saved = room.edit_plan.put_day("acc_1", channel.channel_id, 1, "mon", blocks).version.plan()
    assert [one.at for one in saved.week["mon"]] == ["06:00", "06:00:01", "20:29", "20:30:00", "20:30:30"]


@pytest.mark.parametrize(
    "day", ["9999-12-31", "0001-01-01", "1999-01-01", "2026W011", "20260101", "2031-01-01"]
)
def test_dates_far_away_or_in_another_form_are_refused(room, channel, day):
    with pytest.raises(Invalid, match="day-unknown"):
        room.edit_plan.preview(channel.channel_id, day, None)
    blocks = [Block("06:00", (ProgrammeEntry("prg_one"),))]
    with pytest.raises(Invalid, match="day-unknown"):
        room.edit_plan.put_day("acc_1", channel.channel_id, 1, day, blocks)
    draft = msgspec.structs.replace(UTC, days={day: tuple(blocks)})
    with pytest.raises(Invalid, match="day-unknown"):
        room.edit_plan.preview(channel.channel_id, "2026-06-01", draft)
