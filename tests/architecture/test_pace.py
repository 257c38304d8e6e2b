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
