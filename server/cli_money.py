"""Commands that look after money."""

import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from server.commands import counted, data_dir_option, migrated_house, one_line, run_on

if TYPE_CHECKING:
    from adserver.billing.audit import Audit

SHOWN = 50


@click.command("reconcile")
@click.option("--json", "as_json", is_flag=True, help="The whole report as JSON.")
@data_dir_option
@one_line
def reconcile(as_json: bool, data_dir: Path | None) -> None:
    """Prove that ledger, records and counters agree.

    The whole ledger is added up, beside a running service or without one. Exits with 0 if everything
    agrees, and with 1 if anything does not.
    """
    with migrated_house(data_dir) as house:
        found = run_on(house, house.adserver.audit_books())
    click.echo(msgspec.json.format(msgspec.json.encode(found)).decode() if as_json else describe(found))
    sys.exit(0 if found.sound else 1)


@click.command("issue-invoices")
@click.argument("month")
@data_dir_option
@one_line
def issue_invoices(month: str, data_dir: Path | None) -> None:
    """Issue the invoices of MONTH, such as 2026-05.

    One for each advertiser and currency. Those that were issued before stay as they are.
    """
    with migrated_house(data_dir) as house:
        issued = run_on(house, house.adserver.invoicing.issue(month, actor="roadcast issue-invoices"))
    for one in issued:
        amount = f"{one.payable_micros / 1_000_000:,.2f} {one.currency}"
        click.echo(f"{one.shown_number}  {one.month}  {amount:>20}  {one.advertiser}")
    click.echo(f"{counted(len(issued), 'invoice')} of {month}.")


def describe(found: "Audit") -> str:
    """The report for people."""
    lines = [
        f"{counted(found.transfers, 'transfer')} added up, {counted(found.line_items, 'line item')} compared."
    ]
    lines += [
        f"{one.kind:<12} {Decimal(one.balance_micros).scaleb(-6):>20,.6f} {one.currency}"
        for one in found.holdings
    ]
    if found.sound:
        return "\n".join([*lines, "Ledger, records and counters agree."])
    lines.append(f"{counted(len(found.findings), 'fault')}:")
    lines += [
        f"{one.subject}  {one.fault.value}: the ledger says {one.ledger_micros}, the other "
        f"{one.other_micros} micros."
        for one in found.findings[:SHOWN]
    ]
    more = len(found.findings) - SHOWN
    return "\n".join([*lines, *([f"and {more} more"] if more > 0 else [])])
