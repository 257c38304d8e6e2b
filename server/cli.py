"""``roadcast``: the command line."""

import asyncio
import sys
from pathlib import Path

import click

from kernel.errors import Conflict, Invalid
from server.cli_accounts import account, create_account
from server.cli_fleet import fleet
from server.cli_guide import guide, player_link
from server.cli_imports import import_areas, import_places
from server.cli_money import issue_invoices, reconcile
from server.cli_nginx import nginx_keys
from server.cli_records import (
    add_vehicle,
    head_units,
    issue_code,
    remove_vehicle,
    revoke,
    set_consent,
    set_market,
)
from server.cli_replay import replay_decision
from server.cli_tag import tag
from server.cli_validate import validate
from server.commands import (
    FILE,
    OneLineGroup,
    counted,
    data_dir_option,
    one_line,
    refuse_while_preparing,
    settings_of,
    settings_there,
)


@click.group(
    cls=OneLineGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="roadcast", message="roadcast %(version)s")
def main() -> None:
    """Roadcast: in-car television that turns into radio when the car moves, with local promotions.

    Settings come from ROADCAST_* variables (docs/operating.md names them all); options win over them.
    """


@main.command()
@click.option("--host", help="Address to listen on. Default: 127.0.0.1, this machine alone.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), help="Port to listen on; 0 picks a free one. Default: 8000."
)
@click.option("--workers", type=click.IntRange(1, 64), help="Web processes. Default: 1.")
@click.option(
    "--demo/--no-demo",
    default=None,
    help="Make the demo where it is not there, and show its sign-ins. Default: no.",
)
@data_dir_option
@one_line
def run(
    host: str | None, port: int | None, workers: int | None, demo: bool | None, data_dir: Path | None
) -> None:
    """Run the service until Ctrl-C.

    Starts the engines that no URL names, the web processes and the job worker, and watches over them.
    """
    from players.adapters.policy_files import read_policies
    from server.drive import leave_address
    from server.supervisor import Supervisor

    wanted = None if demo is None else int(demo)
    settings = settings_of(host=host, port=port, workers=workers, demo=wanted, data_dir=data_dir)
    read_policies(settings.policies_dir)  # once for the parent, whose fault is told in one line

    def announce(url: str) -> None:
        leave_address(settings.data_dir, url)
        click.echo(f"Roadcast is at {url} (Ctrl-C stops it)")

    sys.exit(Supervisor(settings, [sys.executable, "-m", "server.prepare"], announce).run())


@main.command()
@data_dir_option
@one_line
def worker(data_dir: Path | None) -> None:
    """Run one more job worker.

    On any machine that reaches the engines.
    """
    from server.job_worker import work

    asyncio.run(work(settings_of(data_dir=data_dir)))


@main.command()
@click.argument("file", type=FILE)
@click.option("--title", help="Title of the programme; the file's name if it is missing.")
@click.option("--synopsis", default="", help="A sentence or two.")
@click.option(
    "--schedule",
    "schedule_on",
    default="",
    metavar="CHANNEL",
    help="Short name of a channel to add it to, such as roadcast-tv.",
)
@data_dir_option
@one_line
def ingest(file: Path, title: str | None, synopsis: str, schedule_on: str, data_dir: Path | None) -> None:
    """Take FILE in as a programme.

    FILE is a film or a sound. It is probed, transcoded and packaged, by the running service's worker if
    there is one, else here.
    """
    from content.library.programme import ProgrammeDraft
    from server.ingest import describe
    from server.ingest import ingest as take_in

    settings = settings_there(data_dir)
    draft = ProgrammeDraft(title or file.stem.replace("_", " "), synopsis, schedule_on=schedule_on)
    with click.progressbar(length=1000, label=file.name, file=sys.stderr) as bar:
        asset = asyncio.run(take_in(settings, file, draft, lambda permille: bar.update(permille - bar.pos)))
        bar.update(1000 - bar.pos)
    click.echo(describe(draft, asset, settings.base_url))


@main.command()
@click.argument("trace", type=FILE)
@click.option("--code", help="Enrolment code of the car's feed; in a demo its own is used.")
@click.option("--credential", help="Credential of a feed that was enrolled before, in place of a code.")
@click.option(
    "--speed", default=1.0, show_default=True, help="How many times faster than recorded: above 0, up to 100."
)
@click.option("--shift-to", metavar="LAT,LON", help="Move the whole drive so that it begins there.")
@click.option(
    "--parked",
    type=click.IntRange(0, 3600),
    help="Seconds to stand first and last. Default: 10, and 0 for a log of VISS, which tells itself.",
)
@click.option(
    "--url",
    metavar="URL",
    help="Address of the running server. Default: the one that runs on the data folder.",
)
@data_dir_option
@one_line
def drive(
    trace: Path,
    code: str | None,
    credential: str | None,
    speed: float,
    shift_to: str | None,
    parked: int | None,
    url: str | None,
    data_dir: Path | None,
) -> None:
    """Play a recorded drive into a car's feed.

    TRACE is GPX, CSV, or a log of VISS messages, one a line. Everything is sent when its time has come, as
    the car itself would. A log replays its own signals; of the others the gear and brake are inferred.
    """
    from players.feed import recording
    from server import drive as driving
    from server.demo.memory import recall

    settings = settings_there(data_dir, url)
    there = _position(shift_to) if shift_to else None
    journey = driving.prepared(recording.read(trace.read_bytes()), there, parked)
    code = code or recall(settings.data_dir).codes.get("feed")
    if not credential and not code:
        refuse_while_preparing(settings)
        raise Invalid("code-missing", "Whose car drives?", fix="Give --code or --credential.")
    target = driving.Target(settings.base_url, credential or driving.enrol(settings.base_url, str(code)))
    with click.progressbar(length=max(1, journey.duration_ms), label=trace.name, file=sys.stderr) as bar:
        driven = asyncio.run(
            driving.drive(target, journey, speed, lambda one: bar.update(one.at_ms - bar.pos))
        )
    click.echo(f"The drive is over: {counted(driven.sent, 'message')} sent in {driven.took_s:.0f} s.")
    if driven.refused:
        why = ", ".join(f"{reason} ({times})" for reason, times in sorted(driven.reasons.items()))
        click.echo(f"The server refused {counted(driven.refused, 'message')}: {why}.", err=True)


def _position(text: str) -> tuple[float, float]:
    from geotarget.place import check_position

    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        raise Invalid("position-malformed", f"“{text}” is no position.", fix="Write LAT,LON.") from None
    check_position(latitude, longitude)
    return latitude, longitude


@main.command("seed-demo")
@data_dir_option
@one_line
def seed_demo(data_dir: Path | None) -> None:
    """Make the demo, where it is not there.

    Films, places, campaigns, a car and accounts; `roadcast run --demo` does so by itself.
    """
    from server.demo.memory import recall
    from server.engines.borrowed import engines_running
    from server.prepare import prepare, telling
    from server.wiring.house import build

    settings = settings_of(data_dir=data_dir, demo=1)
    with engines_running(settings) as serving:
        if recall(settings.data_dir).complete:
            click.echo(f"The demo is there already, in {settings.data_dir}.")
            return
        if serving:
            raise Conflict(
                "service-running",
                f"The service runs on {settings.data_dir}, and the demo is not there, or not yet.",
                fix="Wait if it is being made; else stop the service, and run it with --demo.",
            )
        with telling(settings.data_dir) as teller:
            asyncio.run(prepare(build(settings), teller))
    click.echo(f"The demo is made, in {settings.data_dir}.")


@main.command()
@data_dir_option
@one_line
def migrate(data_dir: Path | None) -> None:
    """Bring the records up to date.

    `roadcast run` does so by itself.
    """
    from server.engines.database import open_database
    from server.records import migrate as bring_up

    before, after = bring_up(open_database(settings_of(data_dir=data_dir).database_url))
    if before == after:
        click.echo(f"The records are already at {after}.")
    else:
        click.echo(f"The records were brought from {before or 'nothing'} to {after}.")


for command in (
    import_areas,
    import_places,
    add_vehicle,
    head_units,
    issue_code,
    revoke,
    remove_vehicle,
    player_link,
    set_consent,
    set_market,
    create_account,
    account,
    guide,
    tag,
    validate,
    nginx_keys,
    fleet,
    reconcile,
    replay_decision,
    issue_invoices,
):
    main.add_command(command)
