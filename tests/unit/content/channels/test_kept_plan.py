"""A plan as it is kept: encoded by the day, compared without being read."""

from datetime import timedelta

import msgspec
import pytest

from content.channels import kept_plan
from content.channels.kept_plan import kept
from content.channels.plan import Block, Plan, ProgrammeEntry

ONE = (Block("20:00", (ProgrammeEntry("prg_one"),)),)
TWO = (Block("21:00", (ProgrammeEntry("prg_two"),)),)


@pytest.fixture
def read(monkeypatch) -> list[bytes]:
    """What is decoded from now on."""
    found, decoder = [], kept_plan._BLOCKS
    kept_plan.decode.cache_clear()

    class Noting:
        """The decoder."""

        @staticmethod
        def decode(encoded: bytes):
            found.append(encoded)
            return decoder.decode(encoded)

    monkeypatch.setattr(kept_plan, "_BLOCKS", Noting)
    return found


def test_what_changed_is_told_and_what_did_not_is_not_read(read):
    days = {f"2026-12-{day}": ONE for day in range(10, 20)}
    before = kept(Plan(week={"mon": ONE, "tue": TWO}, days=days), {})
    after = kept(Plan(week={"mon": ONE, "wed": ONE}, days={**days, "2026-12-10": TWO, "2026-12-24": ()}), {})
    assert sorted(after.changed(before)) == ["2026-12-10", "2026-12-24", "tue", "wed"]
    assert len(read) == 2
    assert after.changed(after) == []


def test_what_another_release_wrote_otherwise_is_the_same():
    plan = kept(Plan(days={"2026-12-24": ONE}), {})
    spaced = msgspec.json.format(plan.blocks["2026-12-24"])
    assert spaced != plan.blocks["2026-12-24"]
    assert plan.changed(kept_plan.KeptPlan(plan.outline, {"2026-12-24": spaced})) == []


def test_dates_that_are_over_are_left_out_and_weekdays_stay():
    plan = kept(Plan(week={"mon": ONE}, days={"2026-12-23": ONE, "2026-12-24": TWO}), {})
    assert plan.since("2026-12-24").blocks.keys() == {"mon", "2026-12-24"}


def test_a_save_reads_a_year_once(room, clock, read):
    """What the editor is given is read; what is compared, kept and told to the audit is not."""
    room.programme("one", 40)
    room.programme("two", 40)
    channel = room.channel(ProgrammeEntry("prg_one"))
    first = clock.now().date()
    days = {(first + timedelta(n)).isoformat(): ONE for n in range(1, 301)}
    room.save("acc_1", channel.channel_id, 1, Plan(timezone="UTC", loop=ONE[0].entries, days=days))
    read.clear()
    changed = (first + timedelta(100)).isoformat()
    room.edit_plan.put_day("acc_1", channel.channel_id, 2, changed, TWO)
    assert 300 <= len(read) < 400
    told = room.edit_plan.history(channel.channel_id)[0].detail
    was, became = told[f"days.{changed}"]
    assert set(told) == {"version", "begins_at_ms", f"days.{changed}"}
    assert [day[0]["entries"][0]["programme_id"] for day in (was, became)] == ["prg_one", "prg_two"]
    assert room.edit_plan.read(channel.channel_id)[1].plan().days == {**days, changed: TWO}
