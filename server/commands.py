"""What the commands of ``roadcast`` share: settings, and failures told in one line."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from kernel.errors import RoadcastError, Unavailable
from server import logs
from server.settings import Settings

if TYPE_CHECKING:
    from server.wiring.house import House

P = ParamSpec("P")
R = TypeVar("R")

USAGE_ERROR = 2


class OneLineGroup(click.Group):
    """Commands whose misuse is told in one line with a hint, as their failures are."""

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> Any:
        """See :meth:`click.Group.main`."""
        extra["standalone_mode"] = False
        try:
            code = super().main(args, prog_name, **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            raise SystemExit(USAGE_ERROR) from None
        except click.UsageError as error:
            said = " ".join(error.format_message().split())
            said += "" if said.endswith((".", "!", "?")) else "."
            command = error.ctx.command_path if error.ctx else "roadcast"
            click.echo(f"roadcast: {said} See {command} --help. [usage]", err=True)
            raise SystemExit(USAGE_ERROR) from None
        except click.Abort as abort:
            begun = isinstance(abort.__cause__, KeyboardInterrupt)
            click.echo(f"roadcast: {'Stopped' if begun else 'Nothing was done'}.", err=True)
            raise SystemExit(1) from None
        raise SystemExit(code if isinstance(code, int) else 0)


FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


def settings_of(**overrides: object) -> Settings:
    """The environment's settings, with what the command line says instead."""
    given = {f"ROADCAST_{name.upper()}": str(value) for name, value in overrides.items() if value is not None}
    settings = Settings.from_environ({**os.environ, **given})
    logs.configure(settings.log_level)
    return settings


def settings_there(data_dir: Path | None, url: str | None = None) -> Settings:
    """The environment's settings, with the address of the service that runs, or ran last, on the data folder.

    Args:
        data_dir: the folder; the environment's if it is None.
        url: the address that the command line gives, which counts before all; then the environment's does.
    """
    from server.drive import find_address

    settings = settings_of(data_dir=data_dir, base_url=url)
    if url is None and not os.environ.get("ROADCAST_BASE_URL"):
        settings = settings_of(data_dir=data_dir, base_url=find_address(settings.data_dir))
    return settings


def one_line(command: Callable[P, R]) -> Callable[P, R]:
    """Tell of a failure in one line on standard error, and exit with 1."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        failure: RoadcastError
        try:
            return command(*args, **kwargs)
        except RoadcastError as error:
            failure = error
        except RedisError as error:
            failure = Unavailable(
                "redis-unreachable",
                f"Redis does not answer: {str(error).rstrip('.')}.",
                fix="Start the service (roadcast run), or name another by ROADCAST_REDIS_URL.",
            )
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", error)).partition("\n")[0]
            failure = Unavailable(
                "records-unreachable",
                f"The records cannot be used: {reason}.",
                fix="Look at ROADCAST_DATABASE_URL, and run roadcast migrate.",
            )
        line = f"{failure.detail} {failure.fix}".strip()
        click.echo(f"roadcast: {line} [{failure.code}]", err=True)
        raise SystemExit(1)

    return wrapped


data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Folder for everything that is kept. Default: ROADCAST_DATA_DIR, else ./data.",
)


def counted(number: int, noun: str) -> str:
    """``1 row``, ``2 rows``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def refuse_while_preparing(settings: Settings) -> None:
    """Refuse what has to wait until the service has made what it makes at a first start.

    Raises:
        Unavailable: ``preparing``.
    """
    from server.progress import is_going_on

    if is_going_on(settings.data_dir):
        raise Unavailable("preparing", "Roadcast is getting ready.", fix="Try again in a moment.")


def run_on(house: "House", work: Coroutine[Any, Any, R]) -> R:
    """What comes of ``work``; the connections of ``house`` end with the loop that they were made on."""

    async def closing() -> R:
        try:
            await house.set_clock()
            return await work
        finally:
            await house.engines.close()

    return asyncio.run(closing())


@contextmanager
def migrated_house(data_dir: Path | None) -> Iterator["House"]:
    """The house on engines that answer, its records up to date."""
    from server.engines.borrowed import engines_running
    from server.records import migrate as bring_up
    from server.wiring.house import build

    settings = settings_there(data_dir)
    with engines_running(settings):
        house = build(settings)
        bring_up(house.engines.database)
        yield house
