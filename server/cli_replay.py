"""``roadcast replay-decision``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from kernel.clock import from_ms, iso_z
from server.commands import counted, data_dir_option, migrated_house, one_line, run_on

if TYPE_CHECKING:
    from adserver.serving.trace import Replayed, Verdict

SAME, DIFFERS = 0, 1


@click.command("replay-decision")
@click.argument("trace_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="All of it as JSON.")
@data_dir_option
@one_line
def replay_decision(trace_id: str, as_json: bool, data_dir: Path | None) -> None:
    """Make the kept decision ID again, and compare.

    Some decisions are kept with all that they were made from; the page Decisions and GET /v1/decisions list
    them. Exits with 0 if the same comes of it, and with 1 if anything differs.
    """
    with migrated_house(data_dir) as house:
        found = run_on(house, house.adserver.replay_decision(None, trace_id))
    click.echo(
        msgspec.json.format(msgspec.json.encode(found)).decode() if as_json else "\n".join(told(found))
    )
    sys.exit(SAME if found.same else DIFFERS)


def told(found: "Replayed") -> Iterator[str]:
    """It in lines."""
    what = f"a break of {counted(found.segments, 'segment')}" if found.segments else "a card"
    decided_at = iso_z(from_ms(found.decided_ms))
    yield f"{found.trace_id}: {what}, decided {decided_at}, cell {found.cell or 'unknown'}"
    for verdict in found.verdicts:
        yield f"  {verdict.line_item_id}  {_said(verdict)}  {verdict.name} ({verdict.advertiser})"
    for reason, number in found.untold.items():
        yield f"  {counted(number, 'other')}  {reason}"
    for change in found.changes:
        one = change.then or change.now
        name = one.line_item_id if one else ""
        yield f"differs: {name}  then {_said(change.then)}, now {_said(change.now)}"
    yield "Made again, the same comes of it." if found.same else "Made again, something else comes of it."


def _said(verdict: "Verdict | None") -> str:
    if verdict is None:
        return "nothing"
    if verdict.creative_id:
        return f"chosen ({verdict.creative_id})"
    return f"{verdict.reason}{f' ({verdict.detail})' if verdict.detail else ''}"
