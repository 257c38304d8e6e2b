"""Commands for other people's guides and players."""

import sys
from pathlib import Path
from typing import BinaryIO

import click

from server.commands import counted, data_dir_option, migrated_house, one_line


@click.command("guide")
@click.option(
    "--xmltv",
    "file",
    type=click.File("wb", lazy=False),
    required=True,
    help="Where to write it; - is standard output.",
)
@click.option(
    "--days", type=click.IntRange(1, 14), default=3, show_default=True, help="How many, from today on."
)
@click.option(
    "--past-days", type=click.IntRange(0, 7), default=0, show_default=True, help="How many before today."
)
@click.option(
    "--market",
    default="",
    help="Country (ISO 3166-1, such as FR) to write it for; without it, what may be seen everywhere.",
)
@data_dir_option
@one_line
def guide(file: BinaryIO, days: int, past_days: int, market: str, data_dir: Path | None) -> None:
    """Write the guide of the channels as XMLTV.

    The running service gives the same at /guide.xml.
    """
    from content.guide.read_guide import checked_market
    from content.guide.xmltv import Extent, document

    with migrated_house(data_dir) as house:
        channels = house.content.lineups().offered(checked_market(market))
        extent = Extent(house.engines.clock.now_ms(), days, past_days, market)
        for piece in document(channels, house.content.site, extent):
            file.write(piece)
        if file is not sys.stdout.buffer:  # there it would spoil the document
            written = f"{counted(len(channels), 'channel')}, {counted(past_days + days, 'day')}"
            click.echo(f"{file.name}: the guide of {written}.")


@click.command("player-link")
@click.argument("vehicle_id")
@click.option(
    "--slate",
    is_flag=True,
    help="The player may show pictures while parked, and black otherwise; else it plays sound alone.",
)
@data_dir_option
@one_line
def player_link(vehicle_id: str, slate: bool, data_dir: Path | None) -> None:
    """Print the link of an ordinary player to the channels.

    VLC, Kodi or a television's player opens it as a list of channels (M3U). It enrols a screen of the
    vehicle, for sound alone unless --slate is given. Keep it as you keep a password: whoever has it plays
    in the vehicle's name for 90 days.
    """
    from urllib.parse import quote

    from players.feed.enrol_head_unit import CodeTerms, RecogniseHeadUnit
    from players.feed.head_unit import Role, Technique
    from players.playback.tune_in import IssuePlayerLink

    technique = Technique.SLATE if slate else Technique.AUDIO_ONLY
    with migrated_house(data_dir) as house:
        enrol = house.players.enrol
        enrolled = enrol(house.players.issue_code(CodeTerms(vehicle_id, Role.SCREEN, technique=technique)))
        unit = RecogniseHeadUnit(enrol.units)(enrolled.credential)
        key, _ = IssuePlayerLink(house.engines.signer, house.engines.clock)(unit)
        click.echo(house.content.site.url(f"/channels.m3u?key={quote(key)}"))
