"""What is done once before anyone is served: ``python -m server.prepare``, started by the supervisor."""

import asyncio
import os
import sys

import click

from kernel.errors import RoadcastError
from media.work_folder import sweep
from server import logs
from server.settings import Settings
from server.wiring.house import House, build


async def prepare(house: House) -> None:
    """Bring the records up to date, make the slate, put budgets right, and seed the demo if it is wanted."""
    sweep(house.media.work_dir)
    try:
        await house.prepare()
        if house.engines.settings.demo:
            await seed_demo(house)
        await house.after_preparation()
    finally:
        await house.engines.close()


async def seed_demo(house: House) -> None:
    """Seed the demo, with a progress bar where there is something to do."""
    from server.demo.memory import recall
    from server.demo.seed import Seed

    if recall(house.engines.settings.data_dir).complete:
        await Seed(house, lambda _permille: None)()
        return
    with click.progressbar(length=1000, label="Making the demo", file=sys.stderr) as bar:
        await Seed(house, lambda permille: bar.update(permille - bar.pos))()


def main() -> int:
    """The exit code."""
    try:
        settings = Settings.from_environ(os.environ)
        logs.configure(settings.log_level)
        asyncio.run(prepare(build(settings)))
    except RoadcastError as error:
        click.echo(f"roadcast: {error.detail} {error.fix}".rstrip() + f" [{error.code}]", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
