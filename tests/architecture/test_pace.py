"""No property fails for how fast the machine is."""

import re
from pathlib import Path

from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parents[1]
OF_ITS_OWN = re.compile(r"\bsettings\([^()]*\bdeadline=")


def test_examples_take_as_long_as_they_take():
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check


def test_no_property_has_a_deadline_of_its_own():
    allowed = TESTS / "conftest.py"
    assert not [
        path for path in TESTS.rglob("*.py") if path != allowed and OF_ITS_OWN.search(path.read_text())
    ]


def test_make_runs_the_tests_of_every_room():
    """Each in one of its three lists: ``pytest`` alone would find a new room, ``make test`` would not."""
    makefile = (TESTS.parent / "Makefile").read_text()
    lists = re.findall(r"^(?:WAIT|PLAY|RECKON) := (.*)$", makefile, re.MULTILINE)
    named = [room for one in lists for room in one.split()]
    rooms = {path.relative_to(TESTS).parts[0] for path in TESTS.rglob("test_*.py")}
    assert sorted(named) == sorted(rooms)


def test_no_test_is_named_after_the_second():
    """What is packed by gzip tells when: two workers that begin in two seconds would collect other tests."""
    timed = re.compile(r"\bgzip\.compress\((?![^()]*\bmtime=)")
    assert [path for path in TESTS.rglob("test_*.py") if timed.search(path.read_text())] == []
