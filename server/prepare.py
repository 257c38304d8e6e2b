"""What is done once before anyone is served: ``python -m server.prepare``, started by the supervisor."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import structlog

from kernel.errors import RoadcastError
from media.work_folder import sweep
from server import logs
from server.demo.seed import Seed
from server.progress import RECORDS, Progress, tell
from server.settings import Settings
from server.wiring.house import House, build

LINE_EVERY_S = 5.0

Tell = Callable[[Progress], None]

log = structlog.get_logger("server.prepare")


async def prepare(house: House, teller: Tell) -> None:
    """Bring the records up to date, make the slate, put budgets right, and seed the demo if it is wanted."""
    sweep(house.media.work_dir)
    try:
        teller(Progress())
        await house.prepare()
        if house.engines.settings.demo:
            await Seed(house, teller)()
        await house.after_preparation()
    finally:
        await house.engines.close()


@contextmanager
def telling(data_dir: Path) -> Iterator[Tell]:
    """Tells those who wait, and whoever started this: by a bar at a terminal, else by lines of the log."""
    with ExitStack() as stack:
        show = _Bar(stack) if sys.stderr.isatty() else _Lines()

        def both(progress: Progress) -> None:
            tell(data_dir, progress)
            show(progress)

        yield both


@dataclass
class _Bar:
    """A bar, from the first film on: what is done at every start is over before it could be read."""

    stack: ExitStack
    bar: Any = None

    def __call__(self, progress: Progress) -> None:
        if progress.step == RECORDS:
            return
        if self.bar is None:
            bar = click.progressbar(length=1000, label="Making the demo", file=sys.stderr)
            self.bar = self.stack.enter_context(bar)
        self.bar.update(max(0, progress.permille - self.bar.pos))


@dataclass
class _Lines:
    """A line when a step begins or another film is ready, and every few seconds."""

    said: tuple[str, int] = ("", 0)
    again_s: float = 0.0

    def __call__(self, progress: Progress) -> None:
        news, now_s = (progress.step, progress.ready), time.monotonic()
        if news == self.said and now_s < self.again_s:
            return
        self.said, self.again_s = news, now_s + LINE_EVERY_S
        log.info("preparing", percent=progress.permille // 10, what=progress.step % progress.numbers)


def main() -> int:
    """The exit code."""
    try:
        settings = Settings.from_environ(os.environ)
        logs.configure(settings.log_level)
        with telling(settings.data_dir) as teller:
            asyncio.run(prepare(build(settings), teller))
    except RoadcastError as error:
        click.echo(f"roadcast: {error.detail} {error.fix}".rstrip() + f" [{error.code}]", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
