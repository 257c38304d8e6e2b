"""``roadcast fleet``: cars by the thousand, for load tests."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands import data_dir_option, migrated_house, one_line, settings_there

if TYPE_CHECKING:
    from server.fleet import Load, Seen
    from server.wiring.house import House


@click.command()
@click.option("--cars", default=100, show_default=True, help="How many; up to 10000.")
@click.option("--seconds", default=60.0, show_default=True, help="How long they report; up to 3600.")
@click.option("--rate", default=2.0, show_default=True, help="Reports a second of each car; up to 10.")
@click.option("--url", help="The running server. Default: the one of the data folder.")
@data_dir_option
@one_line
def fleet(cars: int, seconds: float, rate: float, url: str | None, data_dir: Path | None) -> None:
    """Drive simulated cars against a running service.

    Each has a socket of its own. They are added to the records of the data folder, stand and drive in turn
    around Rennes, and are removed in the end. For a service of your own: it is load, and nothing else.
    """
    from server.engines.open_files import raise_limit
    from server.fleet import Load, check_open_files, run

    load = Load(cars, seconds, rate)
    check_open_files(load, raise_limit())
    address = settings_there(data_dir, url).base_url
    with (
        migrated_house(data_dir) as house,
        _cars(house, load) as credentials,
        click.progressbar(length=1000, label="Fleet", file=sys.stderr) as bar,
    ):
        seen = asyncio.run(run(load, address, credentials, lambda permille: bar.update(permille - bar.pos)))
        bar.update(1000 - bar.pos)
    click.echo(describe(load, seen))
    if not seen.sent:
        raise SystemExit(1)


def describe(load: "Load", seen: "Seen") -> str:
    """What came of it, in lines for a person."""
    lines = [
        f"{seen.connected:,} of {load.cars:,} cars were connected and sent {seen.sent:,} reports, "
        f"{seen.sent / load.seconds:,.0f} a second; the latest {seen.late_ms:,.0f} ms after its time."
    ]
    for what, found in (("Answered with", seen.complaints), ("Feeds lost", seen.lost)):
        lines += [f"{what} {reason}: {count:,}." for reason, count in sorted(found.items())]
    return "\n".join(lines)


@contextmanager
def _cars(house: "House", load: "Load") -> Iterator[dict[int, str]]:
    """Vehicles that are there while this is entered, with the credential of each one's feed."""
    from players.feed.enrol_head_unit import CodeTerms
    from players.feed.head_unit import Role, Vehicle

    players = house.players
    names = [f"veh_fleet{number:05}" for number in range(load.cars)]
    credentials = {}
    try:
        with click.progressbar(names, label="Adding cars", file=sys.stderr) as bar:
            for number, name in enumerate(bar):
                players.register_vehicle(Vehicle(name, f"Fleet {number}", location_consent=True))
                code = players.issue_code(CodeTerms(name, Role.FEED))
                credentials[number] = players.enrol(code).credential
        yield credentials
    finally:
        asyncio.run(_remove(house, names[: len(credentials) + 1]))


async def _remove(house: "House", names: list[str]) -> None:
    from kernel.errors import NotFound

    try:
        with click.progressbar(names, label="Removing them", file=sys.stderr) as bar:
            for name in bar:
                try:
                    await house.players.remove_vehicle(name)
                except NotFound:
                    continue
    finally:
        await house.engines.close()
