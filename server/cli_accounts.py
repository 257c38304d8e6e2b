"""``roadcast account``: who may sign in."""

from pathlib import Path

import click

from adserver.booking.campaign import Category
from kernel.errors import Invalid
from server.commands import data_dir_option, migrated_house, one_line

ROLE = click.Choice(["advertiser", "editor", "operator"])
CATEGORY = click.Choice([one.value for one in Category])


@click.group()
def account() -> None:
    """List, add, change and remove accounts."""


@click.command("create-account")
@click.argument("name")
@click.option("--role", type=ROLE, required=True)
@click.option("--advertiser", default="", help="Name of the organisation that an advertiser books for.")
@click.option(
    "--category", type=CATEGORY, default="other", help="What it deals in: two of one do not share a pod."
)
@click.option("--house", is_flag=True, help="It is you: what it books is free and fills what nobody bought.")
@click.password_option(help="Asked for if it is missing.")
@data_dir_option
@one_line
def create_account(
    name: str, role: str, advertiser: str, category: str, house: bool, password: str, data_dir: Path | None
) -> None:
    """Create an account that may sign in.

    The same as `roadcast account add`.
    """
    from server.account import Role, check_password, fold_name

    fold_name(name)
    check_password(password)
    if role == "advertiser" and not advertiser:
        raise Invalid("advertiser-missing", "Whom does the account book for?", fix="Give --advertiser.")
    with migrated_house(data_dir) as home:
        organisation_id = ""
        if advertiser:
            registered = home.adserver.register_advertiser(
                advertiser, category=Category(category), house=house
            )
            organisation_id = registered.advertiser_id
        account = home.create_account(name, password, Role(role), organisation_id=organisation_id)
    click.echo(account.account_id)


@account.command("list")
@data_dir_option
@one_line
def list_accounts(data_dir: Path | None) -> None:
    """List who may sign in.

    One account a line: name, role, whom it books for, since when.
    """
    from kernel.clock import from_ms

    with migrated_house(data_dir) as house:
        found = house.accounts.all()
        names = {one.organisation_id: "" for one in found if one.organisation_id}
        for organisation_id in names:
            advertiser = house.adserver.campaigns.advertiser(organisation_id)
            names[organisation_id] = advertiser.name if advertiser else organisation_id
    if not found:
        click.echo(
            "There are no accounts yet: roadcast account add NAME --role operator makes the first.", err=True
        )
    for one in found:
        since = from_ms(one.created_ms).date().isoformat()
        click.echo("\t".join((one.name, one.role, names.get(one.organisation_id, "-"), since)))


@account.command("change")
@click.argument("name")
@click.option("--role", type=ROLE)
@click.option("--advertiser", help="Name of the organisation that an advertiser books for.")
@click.option("--display-name", help="How pages address them.")
@click.option("--new-password", is_flag=True, help="Ask for a new password.")
@click.option("--password", help="The new password; better asked for by --new-password.")
@data_dir_option
@one_line
def change_account(
    name: str,
    role: str | None,
    advertiser: str | None,
    display_name: str | None,
    new_password: bool,
    password: str | None,
    data_dir: Path | None,
) -> None:
    """Change an account.

    With a new role or password its sessions end at once.
    """
    from server.account import Role

    if not (role or advertiser or display_name or new_password or password):
        raise Invalid("nothing-to-change", "What is to change?", fix="Give --role or --new-password, say.")
    with migrated_house(data_dir) as house:
        house.change_account.find(name)
        if new_password and not password:
            password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        organisation_id = house.adserver.register_advertiser(advertiser).advertiser_id if advertiser else None
        found = house.change_account(
            name,
            role=Role(role) if role else None,
            password=password,
            display_name=display_name,
            organisation_id=organisation_id,
        )
    click.echo(f"Changed {found.name}, {found.role}.")


@account.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_dir_option
@one_line
def remove_account(name: str, yes: bool, data_dir: Path | None) -> None:
    """Remove an account.

    Its sessions end at once; what it made stays.
    """
    with migrated_house(data_dir) as house:
        found = house.change_account.find(name)
        if not yes:
            click.confirm(f"Remove the account {found.name} ({found.role})?", abort=True)
        house.change_account.remove(name)
    click.echo(f"Removed {found.name}.")


account.add_command(create_account, "add")
