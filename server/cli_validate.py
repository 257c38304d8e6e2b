"""``roadcast validate``."""

import asyncio
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from kernel.errors import Invalid, RoadcastError
from server.commands import data_dir_option, refuse_while_preparing, settings_of

CLEAN, BROKEN, UNREADABLE = 0, 1, 2
_UNITS_S = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


class _Span(click.ParamType[float]):
    """A length of time such as 60s, 10m, 2h or 7d."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        match = re.fullmatch(r"(\d{1,6})([smhd]?)", str(value))
        span_s = int(match[1]) * _UNITS_S[match[2]] if match else 0
        if span_s < 1:
            self.fail(f"“{value}” is no length of time such as 60s, 10m, 2h or 7d.", param, ctx)
        return float(span_s)


@click.command()
@click.argument("url")
@click.option("--for", "for_s", type=_Span(), default="60s", show_default=True, help="How long to read.")
@click.option("--json", "as_json", is_flag=True, help="Tell what is found as JSON.")
@click.option("--code", help="Enrolment code of a screen, where URL is a Roadcast; a demo has its own.")
@data_dir_option
def validate(url: str, for_s: float, as_json: bool, code: str | None, data_dir: Path | None) -> None:
    """Check the stream at URL against the rules of HLS.

    URL is a playlist (.m3u8) of any server, live or on demand, or the address of a Roadcast itself, such as
    http://127.0.0.1:8000, on which a session is opened, and another before that one ends. Exits with 0 if
    nothing is wrong, 1 if a rule is broken, and 2 if there is nothing to read.
    """
    from server.validate import validate as look

    try:
        renew = _sessions_of(url, code, data_dir)
        playlist = renew() if renew else url
        with click.progressbar(length=int(for_s * 1000), label="Reading", file=sys.stderr) as bar:
            report = asyncio.run(
                look(playlist, for_s, lambda at_s: bar.update(int(at_s * 1000) - bar.pos), renew)
            )
            bar.update(bar.length - bar.pos if bar.length else 0)
    except RoadcastError as error:
        click.echo(f"roadcast: {f'{error.detail} {error.fix}'.strip()} [{error.code}]", err=True)
        raise SystemExit(UNREADABLE) from None
    click.echo(report.encode().decode() if as_json else report.describe())
    raise SystemExit(CLEAN if report.clean else BROKEN)


def _sessions_of(url: str, code: str | None, data_dir: Path | None) -> Callable[[], str] | None:
    """What opens a session there and gives its multivariant playlist; None where ``url`` is a playlist.

    Raises:
        Invalid: ``url-malformed`` or ``code-missing``.
    """
    from server import drive
    from server.demo.memory import recall
    from server.validate import open_session

    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Invalid("url-malformed", f"“{url}” is no address that begins with http:// or https://.")
    if parts.path.strip("/"):
        return None
    code = code or recall(settings_of(data_dir=data_dir).data_dir).codes.get("player")
    if not code:
        refuse_while_preparing(settings_of(data_dir=data_dir))
        raise Invalid("code-missing", "Whose session is it?", fix="Name a playlist, or give --code.")
    base_url = url.rstrip("/")
    return partial(open_session, base_url, drive.enrol(base_url, code))
