"""Two changes of one plan, put together by the page's own module."""

from typing import Any

import pytest
from playwright.async_api import Page

MERGE = """
    const {merge, settled} = await import('/static/content/merge.js');
    const block = (at, entries) => ({at, entries, until: null, repeat: false, start: 'wait'});
    const base = {
        timezone: 'UTC', territories: [], loop: [1, 2, 3, 4], fill: {fillers: [], opener: '', closer: ''},
        breaks: {length_s: 30, between: false},
        week: {mon: [block('06:00', [1, 2, 3])], tue: [block('08:00', [1])]},
        days: {'2026-12-24': [block('20:00', [9])]},
    };
    const mine = structuredClone(base), theirs = structuredClone(base);
    const both = () => merge(base, mine, theirs);
    const paths = () => both().clashes.map(({path}) => path.join(' '));
    const chosen = (side) => both().clashes.reduce((plan, one) => settled(plan, one, one[side]), both().plan);
"""


@pytest.mark.parametrize(
    ("changes", "expression", "result"),
    [
        (
            "mine.loop = [0, 1, 2, 3, 4]; theirs.loop = [1, 2, 3]",
            "[both().plan.loop, paths()]",
            [[0, 1, 2, 3], []],
        ),
        (
            "mine.loop = [1, 2, 3, 4, 5]; theirs.loop = [1, 2, 3, 4, 6]",
            "[both().plan.loop, paths()]",
            [[1, 2, 3, 4, 6], ["loop"]],
        ),
        ("mine.loop = theirs.loop = [4]", "[both().plan.loop, paths()]", [[4], []]),
        (
            "mine.week.mon[0].entries = [0, 1, 2, 3]; theirs.week.mon[0].until = '09:00'",
            "[both().plan.week.mon[0].entries, both().plan.week.mon[0].until, paths()]",
            [[0, 1, 2, 3], "09:00", []],
        ),
        (
            "mine.week.mon[0].until = '08:00'; theirs.week.mon[0].until = '09:00'",
            "[paths(), chosen('mine').week.mon[0].until, chosen('theirs').week.mon[0].until]",
            [["mon 06:00"], "08:00", "09:00"],
        ),
        (
            "mine.week.mon.push(block('07:00', [5])); theirs.week.mon.push(block('05:00', [6]))",
            "[both().plan.week.mon.map(({at}) => at), paths()]",
            [["05:00", "06:00", "07:00"], []],
        ),
        (
            "mine.week.tue = []; theirs.week.tue[0].entries = [2]",
            "[paths(), chosen('mine').week.tue, chosen('theirs').week.tue.length]",
            [["tue 08:00"], [], 1],
        ),
        (
            "mine.week.tue = []; theirs.week.mon = []",
            "[both().plan.week, paths()]",
            [{"mon": [], "tue": []}, []],
        ),
        (
            "mine.week.sat = [block('01:00', [1])]; theirs.week.sat = [block('02:00', [1])]",
            "[both().plan.week.sat.length, paths()]",
            [2, []],
        ),
        (
            "delete mine.days['2026-12-24']; theirs.days['2026-12-24'][0].entries = [8]",
            "[paths(), chosen('mine').days, chosen('theirs').days['2026-12-24'][0].entries]",
            [["2026-12-24"], {}, [8]],
        ),
        (
            "mine.days['2026-12-25'] = [block('10:00', [5])]; delete theirs.days['2026-12-24']",
            "[Object.keys(both().plan.days), paths()]",
            [["2026-12-25"], []],
        ),
        (
            "mine.breaks.length_s = 40; theirs.breaks.between = true; theirs.timezone = 'CET'",
            "[both().plan.breaks, both().plan.timezone, paths()]",
            [{"length_s": 40, "between": True}, "CET", []],
        ),
        (
            "mine.fill.opener = 'a'; theirs.fill.opener = 'b';"
            "mine.territories = ['FR']; theirs.territories = ['BE']",
            "[paths(), chosen('mine').fill.opener, chosen('mine').territories]",
            [["territories", "fill opener"], "a", ["FR"]],
        ),
        (
            "mine.week.mon[0] = {start: 'wait', repeat: false, until: null, entries: [1, 2, 3], at: '06:00'};"
            "theirs.week.mon = []",
            "[both().plan.week.mon, paths()]",
            [[], []],
        ),
    ],
)
async def test_two_changes_of_one_plan(
    page: Page, site: str, changes: str, expression: str, result: Any
) -> None:
    await page.goto(site)
    assert await page.evaluate(f"async () => {{ {MERGE} {changes}; return {expression}; }}") == result
