"""``roadcast``: the command line."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from kernel.errors import RoadcastError
from server import logs
from server.settings import Settings


def settings_of(**overrides: object) -> Settings:
    """The environment's settings, with what the command line says instead."""
    given = {f"ROADCAST_{name.upper()}": str(value) for name, value in overrides.items() if value is not None}
    return Settings.from_environ({**os.environ, **given})


P = ParamSpec("P")
R = TypeVar("R")


def one_line(command: Callable[P, R]) -> Callable[P, R]:
    """Tell of a failure in one line on standard error, and exit with 1."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except RoadcastError as error:
            raise SystemExit(_complain(f"{error.detail} {error.fix}".strip() + f" [{error.code}]")) from None

    return wrapped


def _complain(line: str) -> int:
    click.echo(f"roadcast: {line}", err=True)
    return 1


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Roadcast: in-car television that turns into radio when the car moves, with local promotions.

    Settings come from ROADCAST_* variables (see docs/operating.md); options win over them.
    """


@main.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on; 0 picks a free one.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder for everything that is kept.")
@click.option("--workers", type=click.IntRange(1, 64), help="Web processes.")
@click.option("--demo/--no-demo", default=None, help="Seed the demo, and show its sign-ins.")
@one_line
def run(
    host: str | None, port: int | None, data_dir: Path | None, workers: int | None, demo: bool | None
) -> None:
    """Run the service: engines, web processes and the job worker, until Ctrl-C."""
    settings = settings_of(
        host=host, port=port, data_dir=data_dir, workers=workers, demo=None if demo is None else int(demo)
    )
    logs.configure(settings.log_level)
    from server.supervisor import Supervisor

    def announce(url: str) -> None:
        click.echo(f"Roadcast is at {url} (Ctrl-C stops it)")

    sys.exit(Supervisor(settings, [sys.executable, "-m", "server.prepare"], announce).run())
