"""Commands that import files of places and areas."""

from pathlib import Path

import click

from server.commands import FILE, data_dir_option, migrated_house, one_line, settings_of


@click.command("import-places")
@click.argument("file", type=FILE)
@click.option("--source", required=True, help="Name of the list, such as fuel-fr.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["geojson", "csv", "fuel", "osm"]),
    help="Default: told by its content.",
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
@click.option(
    "--only",
    multiple=True,
    metavar="CATEGORY",
    help="Of an extract of OpenStreetMap: take only these; once for each. Default: dealer, fuel, charging, "
    "hotel, restaurant and parking.",
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
    only: tuple[str, ...],
    dry_run: bool,
    data_dir: Path | None,
) -> None:
    """Import the places in FILE.

    FILE is GeoJSON, CSV, a French list of charge points (IRVE) or fuel stations, or an extract of
    OpenStreetMap (.osm.pbf, .osm, .osm.gz, .osm.bz2). Importing it again changes nothing; what is refused is
    counted by its reason. Exits with 1 if nothing at all was accepted.
    """
    from geotarget.extract import ExtractForm
    from server.engines.borrowed import engines_running
    from server.import_extract import categories_of, is_extract, refuse_beside, with_bar
    from server.import_places import check_taken, describe, import_file
    from server.records import migrate as bring_up
    from server.wiring.house import build

    settings = settings_of(data_dir=data_dir)
    with engines_running(settings):
        house = build(settings)
        if is_extract(file, kind):
            form = ExtractForm(source, only=categories_of(only), dry_run=dry_run)
            bring_up(house.engines.database)
            report = with_bar(file, lambda tell: house.geotarget.import_extract.places(file, form, tell))
        else:
            refuse_beside(bool(only), "--only")
            report = import_file(
                house, file, source, kind=kind, category=category, columns=columns, dry_run=dry_run
            )
    click.echo(describe(report))
    check_taken(report)


@click.command("import-areas")
@click.argument("file", type=FILE)
@click.option("--source", required=True, help="Name of the list, such as departements.")
@click.option(
    "--level",
    "levels",
    type=int,
    multiple=True,
    help="Of an extract of OpenStreetMap: its admin_level, from 2 to 11; once for each. Default: all.",
)
@click.option("--dry-run", is_flag=True, help="Tell what would happen, and change nothing.")
@data_dir_option
@one_line
def import_areas(
    file: Path, source: str, levels: tuple[int, ...], dry_run: bool, data_dir: Path | None
) -> None:
    """Import the areas in FILE, such as borders.

    Campaigns can be shown in them. FILE is a GeoJSON FeatureCollection, or an extract of OpenStreetMap, of
    which the administrative borders are taken. Importing it again changes nothing; what is refused is counted
    by its reason. Exits with 1 if nothing at all was accepted.
    """
    from geotarget.extract import ExtractForm, Take
    from server.import_areas import check_taken, import_file
    from server.import_extract import is_extract, refuse_beside, with_bar
    from server.import_report import described

    with migrated_house(data_dir) as house:
        if is_extract(file):
            form = ExtractForm(source, Take.AREAS, levels=levels, dry_run=dry_run)
            report = with_bar(file, lambda tell: house.geotarget.import_extract.areas(file, form, tell))
            check_taken(report)
        else:
            refuse_beside(bool(levels), "--level")
            report = import_file(house, file, source, dry_run=dry_run)
    click.echo(described(report))
