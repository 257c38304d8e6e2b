"""Commands that keep records: vehicles and their codes."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.commands import data_dir_option, migrated_house, one_line, run_on

if TYPE_CHECKING:
    from server.wiring.house import House


@click.command("add-vehicle")
@click.argument("label")
@click.option(
    "--market", default="FR", show_default=True, help="ISO 3166 country whose rules govern its screens."
)
@click.option(
    "--language", default="fr", show_default=True, help="Of its driver, as a BCP 47 tag such as fr or en-GB."
)
@click.option("--location-consent", is_flag=True, help="Its owner agrees to promotions by place.")
@click.option(
    "--manual-gearbox", is_flag=True, help="It has no Park: standing on its parking brake is parked."
)
@click.option("--model", default="", help="What its maker calls it, such as Zoe, for promotions by model.")
@click.option("--powertrain", type=click.Choice(["combustion", "hybrid", "electric"]), help="What drives it.")
@click.option(
    "--state-consent",
    is_flag=True,
    help="Its owner agrees to promotions by charge, fuel, service and odometer.",
)
@data_dir_option
@one_line
def add_vehicle(
    label: str,
    market: str,
    language: str,
    location_consent: bool,
    manual_gearbox: bool,
    model: str,
    powertrain: str | None,
    state_consent: bool,
    data_dir: Path | None,
) -> None:
    """Add a vehicle; its id is printed, for issue-code.

    LABEL is what people call it, such as "Car 1".
    """
    from adserver.booking.targeting import Powertrain
    from players.feed.head_unit import Vehicle, check_vehicle
    from server.chance import new_id

    vehicle = Vehicle(
        new_id("veh"),
        label.strip(),
        market.upper(),
        language,
        location_consent,
        manual_gearbox,
        " ".join(model.split()),
        Powertrain(powertrain) if powertrain else None,
        state_consent,
    )
    check_vehicle(vehicle)
    with migrated_house(data_dir) as house:
        house.players.register_vehicle(vehicle)
    click.echo(vehicle.vehicle_id)


@click.command("remove-vehicle")
@click.argument("vehicle_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_dir_option
@one_line
def remove_vehicle(vehicle_id: str, yes: bool, data_dir: Path | None) -> None:
    """Remove a vehicle, and all that is kept of it.

    Its head units and codes, where it left what it played, and its switches are gone for good.
    """
    with migrated_house(data_dir) as house:
        house.players.list_head_units(vehicle_id)  # refuses one that there is not, before anything is asked
        if not yes:
            click.confirm(f"Remove {vehicle_id} and all that is kept of it?", abort=True, err=True)
        run_on(house, house.players.remove_vehicle(vehicle_id))
    click.echo(f"{vehicle_id} was removed.")


@click.command("set-consent")
@click.argument("vehicle_id")
@click.option(
    "--location/--no-location",
    "shares_location",
    default=None,
    help="May promotions know where it is? A no counts at once, a yes from the next session on.",
)
@click.option(
    "--state/--no-state",
    "shares_state",
    default=None,
    help="May its charge, fuel, service and odometer choose promotions? A no counts from the next on.",
)
@data_dir_option
@one_line
def set_consent(
    vehicle_id: str, shares_location: bool | None, shares_state: bool | None, data_dir: Path | None
) -> None:
    """Say what a vehicle's owner shares.

    VEHICLE_ID is what add-vehicle printed.
    """
    if shares_location is None and shares_state is None:
        raise click.UsageError("Say --location, --no-location, --state or --no-state.")

    async def keep(house: "House") -> None:
        if shares_location is not None:
            await house.players.set_consent(vehicle_id, shares_location=shares_location)
        if shares_state is not None:
            await house.players.set_state_consent(vehicle_id, shares_state=shares_state)

    with migrated_house(data_dir) as house:
        run_on(house, keep(house))
    for agreed, what in (
        (shares_location, f"where {vehicle_id} is"),
        (shares_state, f"the state of {vehicle_id}"),
    ):
        if agreed is not None:
            now, since = (
                ("may know", "from its next session on") if agreed else ("do not know", "from now on")
            )
            click.echo(f"Promotions {now} {what}, {since}.")


@click.command("set-market")
@click.argument("vehicle_id")
@click.argument("market")
@data_dir_option
@one_line
def set_market(vehicle_id: str, market: str, data_dir: Path | None) -> None:
    """Govern a vehicle by the rules of MARKET.

    MARKET is an ISO 3166 country. A stricter one counts at once, a looser one when the vehicle is next
    parked.
    """

    async def change(house: "House") -> None:
        governed = await house.players.change_market(vehicle_id, market.upper(), "roadcast set-market")
        waiting = f", beside {', '.join(governed.waiting)} until it is parked" if governed.waiting else ""
        click.echo(f"{governed.market} governs{waiting}: {governed.source}")
        await house.players.keep_switches.flush()

    with migrated_house(data_dir) as house:
        run_on(house, change(house))


@click.command("issue-code")
@click.argument("vehicle_id")
@click.option(
    "--role",
    type=click.Choice(["screen", "feed", "both"]),
    required=True,
    help="A screen plays; a feed tells how the car drives.",
)
@click.option(
    "--technique",
    type=click.Choice(["two-element", "slate", "audio-only"]),
    default="audio-only",
    show_default=True,
    help="How a screen loses its picture: docs/head-units.md.",
)
@click.option(
    "--zone",
    type=click.Choice(["driver", "passenger", "rear"]),
    default="driver",
    show_default=True,
    help="Who sees the screen.",
)
@click.option(
    "--ads",
    type=click.Choice(["stitched", "interstitials"]),
    default="stitched",
    show_default=True,
    help="How it is given the ads of a break: docs/head-units.md.",
)
@click.option("--shielded", is_flag=True, help="Whoever drives cannot see it, directly or by reflection.")
@click.option("--built-in", is_flag=True, help="It is the vehicle's own, which the vehicle can suspend.")
@click.option(
    "--vss",
    type=click.IntRange(3, 6),
    default=6,
    show_default=True,
    help="Version of the Vehicle Signal Specification that a feed speaks.",
)
@click.option(
    "--uses", type=click.IntRange(1, 10_000), default=1, show_default=True, help="How many units it enrols."
)
@click.option(
    "--days", type=click.IntRange(1, 365), default=7, show_default=True, help="How long it is good."
)
@data_dir_option
@one_line
def issue_code(
    vehicle_id: str,
    role: str,
    technique: str,
    zone: str,
    ads: str,
    shielded: bool,
    built_in: bool,
    vss: int,
    uses: int,
    days: int,
    data_dir: Path | None,
) -> None:
    """Print a code that enrols a head unit of a vehicle.

    VEHICLE_ID is what add-vehicle printed. The code is typed on the screen, or given to whatever feeds the
    car's signals; it is shown once.
    """
    from players.feed.enrol_head_unit import CodeTerms
    from players.feed.head_unit import AdOutput, Role, Technique, Zone

    terms = CodeTerms(
        vehicle_id,
        Role(role),
        Zone(zone),
        Technique(technique),
        vss,
        uses,
        days * 86_400_000,
        AdOutput(ads),
        shielded,
        built_in,
    )
    with migrated_house(data_dir) as house:
        click.echo(house.players.issue_code(terms))


@click.command("head-units")
@click.argument("vehicle_id")
@data_dir_option
@one_line
def head_units(vehicle_id: str, data_dir: Path | None) -> None:
    """List the head units of a vehicle.

    One a line: its id and role; of a screen its zone and technique, of a feed the VSS version that it
    speaks; when it was enrolled, and how the SHA-256 of the code begins that did it.
    """
    from kernel.clock import from_ms

    with migrated_house(data_dir) as house:
        found = house.players.list_head_units(vehicle_id)
    for one in found:
        unit, when = one.unit, from_ms(one.enrolled_ms).strftime("%Y-%m-%d %H:%M UTC")
        screen = [unit.zone.value, unit.technique.value] if unit.role.plays else []
        feed = [f"VSS {unit.vss_version}"] if unit.role.reports else []
        code = [f"code {one.code_sha256[:8]}"] if one.code_sha256 else []
        facts = [unit.head_unit_id, unit.role.value, *screen, *feed, f"enrolled {when}", *code]
        click.echo("  ".join(facts))
    if not found:
        click.echo(f"{vehicle_id} has no head units: roadcast issue-code enrols one.", err=True)


@click.command("revoke")
@click.argument("head_unit_id")
@data_dir_option
@one_line
def revoke(head_unit_id: str, data_dir: Path | None) -> None:
    """Take a head unit's credential away.

    It opens nothing any more. What it plays keeps its sound and loses its picture within five seconds, and
    its open feeds end within ten. A new code enrols it afresh.
    """
    with migrated_house(data_dir) as house:
        run_on(house, house.players.revoke(head_unit_id))
