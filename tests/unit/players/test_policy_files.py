"""The policies' files: what comes with the program, what an operator adds, and what is told of a fault."""

import re

import pytest

from kernel.errors import Invalid
from players.adapters.policy_files import SHIPPED, read_policies
from players.feed.driving_state import DrivingState
from players.feed.evidence import Condition
from players.feed.head_unit import Zone
from players.feed.market_policy import Certainty, Glances, Show

FR = (SHIPPED / "FR.toml").read_text()

PROVEN = '["shielded", "passenger-seat-occupied"]'


@pytest.fixture
def folder(tmp_path):
    def write(**files):
        for name, text in files.items():
            (tmp_path / f"{name}.toml").write_text(text)
        return tmp_path

    return write


def test_every_market_of_the_table_has_its_file_and_members_without_one_are_the_unions():
    policies = read_policies()
    shipped = {"EU", "DE", "FR", "GB", "US", "JP", "CN", "KR", "strict"}
    assert {policy.code for policy in policies.all()} == shipped
    assert policies.governing(("AT",))[0].code == "EU"
    assert policies.governing(("DE",))[0].code == "DE"
    assert policies.governing(("CH",)) == (policies.strict,)
    assert policies.governing(()) == (policies.unfound,)
    assert [one.code for one in policies.governing(("AT", "DE", "BE"))] == ["EU", "DE"]
    for policy in policies.all():
        assert policy.file.source
        assert policy.file.certainty in Certainty


def test_an_operators_file_replaces_or_adds(folder):
    theirs = FR.replace('name = "France"', 'name = "Home"')
    for zone, asked in (("driver", "engine-off"), ("passenger", "shielded")):
        theirs = theirs.replace(f"[{zone}.video]\nparked = []", f'[{zone}.video]\nparked = ["{asked}"]')
    policies = read_policies(folder(FR=theirs, AT=FR, CH=FR))
    assert policies.by_market["FR"].file.name == "Home"
    rows = policies.by_market["FR"].file.rows(Zone.DRIVER, Show.VIDEO)
    assert rows == {DrivingState.PARKED: frozenset({Condition.ENGINE_OFF})}
    assert [policies.by_market[code].code for code in ("AT", "BE", "CH")] == ["AT", "EU", "CH"]


FAULTS = {
    "unknown key": (FR + "\n[trunk]\n", "unknown field `trunk`"),
    "unknown key of a zone": (FR.replace("[driver.cards]", "[driver.carts]"), "`driver`"),
    "unknown state": (FR.replace("idling =", "flying =", 1), "`driver.cards`"),
    "unknown condition": (FR.replace("parked = []", 'parked = ["engine-of"]', 1), "`driver.video"),
    "missing zone": (FR[: FR.index("[rear.video]")], "missing required field `rear`"),
    "missing source": (FR.replace("source =", "#"), "missing required field `source`"),
    "empty source": (FR.replace('source = "Code de la route R412-6-2"', 'source = ""'), "`source`"),
    "unknown certainty": (FR.replace('"binding"', '"sure"'), "`certainty`"),
    "no country": ('members = ["Austria"]\n' + FR, "`members"),
    "a member that is no country": ('members = ["UK"]\n' + FR, "UK is no country"),
    "two for one member": ('members = ["AT"]\n' + FR, "AT is governed by EU.toml already"),
    "charging alone": (FR.replace("idling = []", 'idling = ["charging"]').replace("moving = []", "").replace(
        "transported = []", "").replace("unknown = []", ""), "charging is never enough by itself"),
    "looser further on": (FR.replace("parked = []", 'parked = ["engine-off"]'), "asks less than parked does"),
    "looser than strict": (FR.replace("parked = []", "parked = []\nidling = []", 1),
                           "`driver.video.idling` is looser"),
    "passenger's looser than the driver's": (FR.replace(PROVEN, "[]"), "`passenger.video.idling` is looser"),
    "seen while the engine runs": (FR.replace("parked = []", 'parked = ["engine-off"]', 1),
                                   "`passenger.video.parked` is looser"),
    "cards of the passenger": (re.sub(r"(driver.cards]\nparked = \[])[^[]+(\[][^[]+)+\[p", r"\1\n\n[p", FR),
                               "`passenger.cards.idling` is looser"),
    "rear without a reason": (FR.replace('"rear.video" =', '"rear.cards" ='),
                              "`rear.video.idling` is looser"),
    "reason for nothing": (FR.replace('"rear.video" =', '"rear.video" = "x"\n"passenger.video" ='),
                           "`beyond-strict.passenger.video`"),
    "calls while nobody knows": ('calls = ["parked", "unknown"]\n' + FR, "`calls` names unknown and not"),
    "calls without a reason": ('calls = ["parked", "idling"]\n' + FR, "`calls` is looser than strict.toml"),
    "more glances without a reason": ("glances = {hour = 13, drive = 30}\n" + FR, "`glances` is looser"),
    "no glance at all": ("glances = {hour = 0, drive = 30}\n" + FR, "`glances.hour`"),
    "glances of an hour alone": ("glances = {hour = 5}\n" + FR, "missing required field `drive`"),
    "no toml": ("name = ", "is no TOML"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_one_error_names_the_file_and_the_key(folder, fault):
    text, named = FAULTS[fault]
    assert text != FR
    with pytest.raises(Invalid) as told:
        read_policies(folder(CH=text))
    assert told.value.code == "policy-invalid"
    assert "CH.toml" in told.value.detail
    assert named in told.value.detail
    assert "\n" not in told.value.detail


def test_a_file_that_governs_nobody_is_refused(folder):
    with pytest.raises(Invalid, match="governs nobody: UK is no country"):
        read_policies(folder(UK=FR))
    named = 'members = ["CH"]\n' + FR
    assert read_policies(folder(UK=named)).by_market["CH"].code == "UK"


def test_glances_are_those_of_the_market_or_else_of_all_and_the_fewest_hold(folder):
    few, many = ("glances = {hour = 3, drive = 40}\n", "glances = {hour = 20, drive = 9}\n")
    reason = FR.replace("[beyond-strict]", '[beyond-strict]\n"glances" = "They are small."')
    policies = read_policies(folder(CH=few + reason, PT=many + reason))
    assert policies.glances(("XX",)) == policies.glances(("FR",)) == policies.glances(()) == Glances(12, 30)
    assert policies.glances(("CH",)) == Glances(3, 40)
    assert policies.glances(("CH", "PT")) == Glances(3, 9)
    assert policies.glances(("PT", "FR")) == Glances(12, 9)


def test_a_looser_row_with_its_reason_is_taken(folder):
    text = FAULTS["looser than strict"][0].replace(
        "[beyond-strict]", '[beyond-strict]\n"driver.video" = "The law lets it."'
    )
    assert DrivingState.IDLING in read_policies(folder(CH=text)).by_market["CH"].file.driver.video


@pytest.mark.parametrize(("name", "text"), [("france", FR), ("FR2", FR), ("CH", "#" * 70_000)])
def test_a_file_of_another_name_or_size_is_refused(folder, name, text):
    with pytest.raises(Invalid, match=f"{name}.toml"):
        read_policies(folder(**{name: text}))


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(Invalid, match="is no folder"):
        read_policies(tmp_path / "nothing")
