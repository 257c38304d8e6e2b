"""Commands that import files of places and areas."""

from pathlib import Path

import click

from server.commands import FILE, data_dir_option, migrated_house, one_line, settings_of


@click.command("import-places")
@click.argument("file", type=FILE)
@click.option("--source", required=True, help="Name of the list, such as fuel-fr.")
@click.option(
    "--format", "kind", type=click.Choice(["geojson", "csv", "fuel"]), help="Default: told by its content."
)
@click.option(
    "--category",
    default="poi",
    show_default=True,
    help="For rows that name none: dealer, fuel, charging, hotel, restaurant, parking or poi.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="ROLE=COLUMN",
    help="Which column of a CSV holds what, such as name=Nom; once for each. Roles: external_id, name, "
    "latitude and longitude, which are needed, and brand, category, address, postcode, city. "
    "Columns with usual names are found without.",
)
@click.option("--dry-run", is_flag=True, help="Tell what would happen, and change nothing.")
@data_dir_option
@one_line
def import_places(
    file: Path,
    source: str,
    kind: str | None,
    category: str,
    columns: tuple[str, ...],
    dry_run: bool,
    data_dir: Path | None,
) -> None:
    """Import the places in FILE.

    FILE is GeoJSON, CSV, or a French list of charge points (IRVE) or fuel stations. Importing it again
    changes nothing; what is refused is counted by its reason. Exits with 1 if nothing at all was accepted.
    """
    from server.engines.borrowed import engines_running
    from server.import_places import check_taken, describe, import_file
    from server.wiring.house import build

    settings = settings_of(data_dir=data_dir)
    with engines_running(settings):
        report = import_file(
            build(settings), file, source, kind=kind, category=category, columns=columns, dry_run=dry_run
        )
    click.echo(describe(report))
    check_taken(report)


@click.command("import-areas")
@click.argument("file", type=FILE)
@click.option("--source", required=True, help="Name of the list, such as departements.")
@click.option("--dry-run", is_flag=True, help="Tell what would happen, and change nothing.")
@data_dir_option
@one_line
def import_areas(file: Path, source: str, dry_run: bool, data_dir: Path | None) -> None:
    """Import the areas in FILE, such as borders.

    Campaigns can be shown in them. FILE is a GeoJSON FeatureCollection. Importing it again changes nothing;
    what is refused is counted by its reason. Exits with 1 if nothing at all was accepted.
    """
    from server.import_areas import import_file
    from server.import_report import described

    with migrated_house(data_dir) as house:
        report = import_file(house, file, source, dry_run=dry_run)
    click.echo(described(report))
