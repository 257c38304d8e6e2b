from content.channels.guide import poster_url, rundown
from content.channels.lineup import ChannelLineup
from content.channels.schedule import effective
from content.library.programme import Category, Programme
from media.house_format import starts_at_ms
from media.timeline import SlotKind
from tests.content.planned import entries, known, loop_version


def lineup(loop: str) -> ChannelLineup:
    """A channel whose loop starts at position 1000."""
    programmes = {
        name: Programme(name, f"ast_{name}", name.title(), "About.", Category.TRAVEL, "fr", 0)
        for name in ("one", "two")
    }
    schedule = effective("chn", [loop_version(1, 1000, entries(loop), known(one=30))])
    return ChannelLineup("chn", "Channel", "channel", schedule, programmes)


def test_the_rundown_tells_breaks_and_slate_too():
    shown = rundown(lineup("one -"), starts_at_ms(1029), starts_at_ms(1047))
    assert [(e.kind, e.title, e.starts_at_ms) for e in shown] == [
        (SlotKind.PROGRAMME, "One", starts_at_ms(1000)),
        (SlotKind.BREAK, "", starts_at_ms(1030)),
        (SlotKind.PROGRAMME, "One", starts_at_ms(1046)),
    ]
    assert rundown(lineup(""), starts_at_ms(1000), starts_at_ms(1001))[0].programme_id == ""


def test_a_poster_is_the_still_of_its_asset():
    assert poster_url("ast_one") == "/v1/assets/ast_one/poster.jpg"
