import pytest

from content.channels import day_schedule, load_lineups
from content.channels.channel import ChannelDraft
from content.channels.plan import WEEKDAYS, Block, BreakEntry, Plan, ProgrammeEntry
from content.library import add_partner_item
from content.library.partner_item import ItemDraft, ItemKind
from content.library.programme import ProgrammeDraft
from kernel.errors import Conflict
from media.cue_sheet import CueDecision
from media.house_format import position_at


def test_an_empty_house(room):
    lineups = room.load()
    assert (dict(lineups.channels), lineups.default_channel_id, dict(lineups.items)) == ({}, "", {})


def test_the_oldest_channel_is_the_default(room, clock):
    first = room.channel()
    clock.advance(1)
    room.create_channel("acc_1", ChannelDraft("Second", "second"))
    assert room.load().default_channel_id == first.channel_id


def test_only_items_that_can_play_are_offered(room):
    ready = room.add_item(room.asset("song", 30), ItemDraft("Radio", "Song", ItemKind.MUSIC))
    room.add_item(room.asset("talk"), ItemDraft("Radio", "Talk", ItemKind.PODCAST))
    room.add_item("ast_lost", ItemDraft("Radio", "Lost"))
    [item] = room.load().items.values()
    assert (item.item_id, item.asset_id, item.kind) == (ready.item_id, "ast_song", ItemKind.MUSIC)
    assert item.duration_ms == 30 * 1920 - 500


def test_what_is_withdrawn_may_not_be_played_by_those_who_hold_it(room):
    item = room.add_item(room.asset("song", 30), ItemDraft("Radio", "Song", ItemKind.MUSIC))
    assert room.load().withdrawn_assets == frozenset()
    room.edit_item.withdraw("acc_1", item.item_id)
    assert room.load().withdrawn_assets == {"ast_song"}


def test_an_item_plays_the_version_made_around_its_cues_once_it_is_ready(room):
    item = room.add_item(room.asset("song", 30), ItemDraft("Radio", "Song", ItemKind.MUSIC))
    assert room.cues.decide(CueDecision("ast_song", (50,), 1, "ast_song-c1", "ast_song", "acc_1", 1))
    assert room.load().items[item.item_id].asset_id == "ast_song"
    room.asset("song-c1", 31, cut_from="ast_song")
    cut = room.load().items[item.item_id]
    assert (cut.asset_id, cut.duration_ms) == ("ast_song-c1", 31 * 1920 - 500)
    room.edit_item.withdraw("acc_1", item.item_id)
    assert room.load().withdrawn_assets == {"ast_song", "ast_song-c1"}


def test_no_version_of_what_is_withdrawn_may_be_played_by_those_who_hold_it(room):
    item = room.add_item(room.asset("song", 30), ItemDraft("Radio", "Song", ItemKind.MUSIC))
    for number in (1, 2):
        room.asset(f"song-c{number}", 31, cut_from="ast_song")
        cut = CueDecision(
            "ast_song", (50 * number,), number, f"ast_song-c{number}", "ast_song", "acc_1", number
        )
        assert room.cues.decide(cut)
    room.edit_item.withdraw("acc_1", item.item_id)
    assert room.load().withdrawn_assets == {"ast_song", "ast_song-c1", "ast_song-c2"}
    again = room.add_programme("ast_song", ProgrammeDraft("Song"))
    room.channel(ProgrammeEntry(again.programme_id))
    assert room.load().withdrawn_assets == frozenset()


def test_every_withdrawal_counts_for_ever(room, clock, monkeypatch):
    monkeypatch.setattr(load_lineups, "ITEMS_LIMIT", 2)
    for name in ("one", "two", "three"):
        item = room.add_item(room.asset(name, 30), ItemDraft("Radio", name, ItemKind.MUSIC))
        room.edit_item.withdraw("acc_1", item.item_id)
    clock.advance(400 * 86_400)
    assert room.load().withdrawn_assets == {"ast_one", "ast_two", "ast_three"}


def test_a_programme_stays_withdrawn_when_no_schedule_remembers_it(room, clock):
    channel = room.channel()
    show, other = room.programme("show", 40), room.programme("other", 40)
    room.edit("acc_1", channel.channel_id, 1, [ProgrammeEntry(show.programme_id)])
    room.edit("acc_1", channel.channel_id, 2, [ProgrammeEntry(other.programme_id)])
    clock.advance(40 * 86_400)
    room.withdraw_programme("acc_1", show.programme_id)
    room.edit("acc_1", channel.channel_id, 3, [ProgrammeEntry(other.programme_id), BreakEntry(16)])
    [lineup] = room.load().channels.values()
    assert show.programme_id not in lineup.programmes
    assert room.load().withdrawn_assets == {"ast_show"}


def test_more_items_than_can_be_offered_are_refused_by_name_and_told_of(room, monkeypatch, caplog):
    monkeypatch.setattr(load_lineups, "ITEMS_LIMIT", 2)
    monkeypatch.setattr(add_partner_item, "ITEMS_LIMIT", 2)
    draft = ItemDraft("Radio", "Song", ItemKind.MUSIC)
    for name in ("one", "two"):
        room.add_item.check(draft)
        room.add_item(room.asset(name, 30), draft)
    room.load()
    assert not caplog.records
    with pytest.raises(Conflict, match="items-too-many"):
        room.add_item.check(draft)
    room.add_item(room.asset("three", 30), draft)  # somebody was faster
    assert len(room.load().items) == 2
    assert "left out" in caplog.text


def test_no_request_compiles_a_day(room, clock, monkeypatch):
    compiled = []
    compile_day = day_schedule.compile_day
    monkeypatch.setattr(
        day_schedule, "compile_day", lambda *given: compiled.append(given) or compile_day(*given)
    )
    room.channel()
    channels = room.load().channels.values()
    assert compiled
    compiled.clear()
    at = position_at(clock.now_ms())
    for lineup in channels:
        lineup.schedule.slots(at, at + 30)
    assert compiled == []


def test_who_reads_a_fortnight_leaves_the_day_on_air_and_the_next_compiled(room, clock, monkeypatch):
    channel = room.channel()
    show = ProgrammeEntry(room.programme("show", 900).programme_id)
    weekly = Plan(timezone="UTC", week={day: (Block("06:00", (show,)),) for day in WEEKDAYS})
    room.save("acc_1", channel.channel_id, 1, weekly)
    clock.advance(10 * 86_400)
    schedule = room.load().channels[channel.channel_id].schedule
    now, day = position_at(clock.now_ms()), 45_000
    for at in range(-7, 8):
        schedule.slots(now + at * day, now + at * day)
    compiled = []
    compile_day = day_schedule.compile_day
    monkeypatch.setattr(
        day_schedule, "compile_day", lambda *given: compiled.append(given) or compile_day(*given)
    )
    schedule.slots(now, now + day)
    room.load()
    assert compiled == []
    schedule.slots(now - 7 * day, now - 7 * day)
    assert len(compiled) == 1  # those of guides and catch-up come and go


def test_a_channel_that_cannot_be_compiled_leaves_the_others_on_air(room, clock, monkeypatch, caplog):
    broken = room.channel().channel_id
    clock.advance(1)
    room.create_channel("acc_1", ChannelDraft("Second", "second"))
    compile_day = day_schedule.compile_day

    def compile_others(setting, *given):
        if setting.channel_id == broken:
            raise ArithmeticError
        return compile_day(setting, *given)

    monkeypatch.setattr(day_schedule, "compile_day", compile_others)
    lineups = room.load()
    assert len(lineups.channels) == 2
    [told] = caplog.records
    assert told.channel_id == broken


def test_a_channel_says_where_it_is_offered(room):
    room.create_channel("acc_1", ChannelDraft("First", "first", territories=("FR", "BE")))
    [lineup] = room.load().channels.values()
    assert lineup.territories == ("BE", "FR")
