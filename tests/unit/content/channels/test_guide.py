from content.channels.guide import now_next, rundown
from content.channels.lineup import ChannelLineup
from content.channels.schedule import PlacedEntry, ScheduleVersion, effective
from content.library.programme import Category, Programme
from media.house_format import starts_at_ms
from media.timeline import SlotKind


def lineup(*entries: PlacedEntry) -> ChannelLineup:
    """A channel whose loop starts at position 1000."""
    programmes = {
        name: Programme(name, f"ast_{name}", name.title(), "About.", Category.TRAVEL, "fr", 0)
        for name in ("one", "two")
    }
    schedule = effective("chn", [ScheduleVersion(1, 1000, entries, "", 0)])
    return ChannelLineup("chn", "Channel", "channel", schedule, programmes)


ONE = PlacedEntry(SlotKind.PROGRAMME, "ast_one", 30, 30, "one")
TWO = PlacedEntry(SlotKind.PROGRAMME, "ast_two", 50, 50, "two")
PAUSE = PlacedEntry(SlotKind.BREAK, "slate", 16, 1)


def test_now_is_the_programme_on_air_and_breaks_are_left_out():
    entries = now_next(lineup(ONE, PAUSE, TWO), starts_at_ms(1010), 3)
    assert [(e.title, e.starts_at_ms, e.ends_at_ms) for e in entries] == [
        ("One", starts_at_ms(1000), starts_at_ms(1030)),
        ("Two", starts_at_ms(1046), starts_at_ms(1096)),
        ("One", starts_at_ms(1096), starts_at_ms(1126)),
    ]
    assert entries[0].poster_url == "/v1/assets/ast_one/poster.jpg"


def test_during_a_break_the_first_entry_lies_ahead():
    [entry] = now_next(lineup(ONE, PAUSE, TWO), starts_at_ms(1035), 1)
    assert (entry.title, entry.starts_at_ms) == ("Two", starts_at_ms(1046))


def test_a_channel_without_programmes_has_an_empty_guide():
    assert now_next(lineup(), starts_at_ms(1000), 5) == []


def test_the_guide_goes_on_across_many_laps():
    assert len(now_next(lineup(ONE, PAUSE), starts_at_ms(1000), 50)) == 50


def test_the_rundown_tells_breaks_and_slate_too():
    shown = rundown(lineup(ONE, PAUSE), starts_at_ms(1029), starts_at_ms(1047))
    assert [(e.kind, e.title, e.starts_at_ms) for e in shown] == [
        (SlotKind.PROGRAMME, "One", starts_at_ms(1000)),
        (SlotKind.BREAK, "", starts_at_ms(1030)),
        (SlotKind.PROGRAMME, "One", starts_at_ms(1046)),
    ]
    assert rundown(lineup(), starts_at_ms(1000), starts_at_ms(1001))[0].programme_id == ""
