from content.library.partner_item import ItemDraft, ItemKind
from media.cue_sheet import CueDecision


def test_an_empty_house(room):
    lineups = room.load()
    assert (dict(lineups.channels), lineups.default_channel_id, dict(lineups.items)) == ({}, "", {})


def test_the_oldest_channel_is_the_default(room, clock):
    first = room.channel()
    clock.advance(1)
    room.create_channel("acc_1", type(first)("", "second", "Second", 0))
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
    room.asset("song-c1", 31)
    cut = room.load().items[item.item_id]
    assert (cut.asset_id, cut.duration_ms) == ("ast_song-c1", 31 * 1920 - 500)
    room.edit_item.withdraw("acc_1", item.item_id)
    assert room.load().withdrawn_assets == {"ast_song", "ast_song-c1"}
