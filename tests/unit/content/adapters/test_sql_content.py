import threading

from content.adapters.sql_channels import SqlChannels
from content.channels.channel import Channel
from content.channels.schedule import ScheduleVersion
from content.library.programme import Category, Programme
from tests.content.planned import entries, known, loop_version


def version(number: int) -> ScheduleVersion:
    return loop_version(number, 1000 * number, entries("prg_1 - prg_1"), known(prg_1=40))


def test_versions_come_back_whole_and_in_order(room):
    assert room.channels.add(Channel("chn_1", "one", "One", 1), version(1))
    assert room.channels.replace_versions("chn_1", 1, [version(1), version(2)])
    assert room.channels.versions("chn_1") == [version(1), version(2)]
    assert room.channels.get("chn_1") == Channel("chn_1", "one", "One", 1, 2)
    assert room.channels.versions("chn_2") == []
    assert room.channels.get("chn_2") is None


def test_a_taken_short_name_keeps_nothing_of_the_second(room):
    room.channels.add(Channel("chn_1", "one", "One", 1), version(1))
    assert not room.channels.add(Channel("chn_2", "one", "Two", 2), version(1))
    assert room.channels.versions("chn_2") == []


def test_of_saves_at_the_same_moment_exactly_one_is_kept(room, database):
    room.channels.add(Channel("chn_1", "one", "One", 1), version(1))
    start, results = threading.Barrier(4), []

    def save() -> None:
        start.wait()
        results.append(SqlChannels(database).replace_versions("chn_1", 1, [version(1), version(2)]))

    threads = [threading.Thread(target=save) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]
    assert [v.number for v in room.channels.versions("chn_1")] == [1, 2]


def test_many_programmes_are_found_at_once(room):
    for n in range(1200):
        room.programmes.add(Programme(f"prg_{n}", f"ast_{n}", "é" * 120, "", Category.OTHER, "fr", n))
    found = room.programmes.by_ids({f"prg_{n}" for n in range(1100, 1300)} | {f"prg_{n}" for n in range(600)})
    assert len(found) == 700
    assert [p.programme_id for p in room.programmes.newest(2)] == ["prg_1199", "prg_1198"]
    assert room.programmes.by_ids([]) == {}
