"""Decisions are found by their number and their title."""

import re
from pathlib import Path

DECISIONS = Path(__file__).parents[2] / "docs" / "decisions"


def test_each_decision_has_a_number_of_its_own_and_is_called_by_its_title():
    pages = sorted(DECISIONS.glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        number, title = re.match(r"# (\d+)\. (.*)\n", page.read_text()).groups()
        slug = re.sub("[^a-z0-9]+", "-", title.lower()).strip("-")
        assert page.name == f"{int(number):04}-{slug}.md"
