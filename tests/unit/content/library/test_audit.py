import msgspec

from content.library.audit import AuditEntry, differences
from content.library.programme import Advisory, Category, Programme
from content.library.rights import Rights, RightsWindow

BEFORE = Programme("prg_1", "ast_1", "One", "", Category.NEWS, "fr", 5)


def test_only_what_differs_is_told_in_plain_values():
    after = msgspec.structs.replace(BEFORE, advisory=Advisory.FROM_12, rights=Rights(RightsWindow(7)))
    told = differences(BEFORE, after)
    assert told["advisory"] == ["all", "12"]
    assert told["rights"][1]["window"] == {"from_ms": 7, "until_ms": None}
    assert set(told) == {"advisory", "rights"}
    assert differences(after, after) == {}


def test_entries_come_back_newest_first_and_by_subject(room):
    for at_ms, subject in ((1, "chn_1"), (2, "chn_2"), (3, "chn_1")):
        room.audit.record(AuditEntry("acc_1", at_ms, "schedule-saved", subject, {"version": at_ms}))
    assert [entry.at_ms for entry in room.audit.of("chn_1", 10)] == [3, 1]
    assert room.audit.of("chn_1", 1) == [AuditEntry("acc_1", 3, "schedule-saved", "chn_1", {"version": 3})]


def test_a_change_that_is_refused_leaves_no_trace(room):
    programme = room.programme("one", 40)
    gone = msgspec.structs.replace(programme, withdrawn_ms=5)
    assert room.programmes.replace(gone, AuditEntry("acc_1", 5, "programme-withdrawn", "prg_one"))
    assert not room.programmes.replace(programme, AuditEntry("acc_1", 6, "programme-changed", "prg_one"))
    assert [entry.at_ms for entry in room.audit.of("prg_one", 10)] == [5]
