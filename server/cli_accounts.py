"""``roadcast account``: who may sign in."""

from copy import copy
from pathlib import Path

import click

from adserver.booking.campaign import Category
from kernel.errors import Invalid
from server.commands import data_dir_option, migrated_house, one_line, refuse_while_preparing, settings_of

ROLE = click.Choice(["advertiser", "editor", "operator"])
MEMBER = click.Choice(["owner", "manager", "finance", "viewer", "till"])
CATEGORY = click.Choice([one.value for one in Category])


@click.group()
def account() -> None:
    """List, add, change and remove accounts."""


@account.command("add")
@click.argument("name")
@click.option(
    "--role",
    type=ROLE,
    required=True,
    help="An advertiser books campaigns, an editor makes channels, an operator may do everything.",
)
@click.option(
    "--advertiser",
    default="",
    metavar="ORGANISATION",
    help='Whom an account of the role advertiser books for, such as "Garage Martin"; needed for that role.',
)
@click.option(
    "--member",
    type=MEMBER,
    default="owner",
    show_default=True,
    help="What it may do there: owners do all and invite others, managers book, finance has the invoices, "
    "viewers read, the till redeems coupons.",
)
@click.option(
    "--category",
    type=CATEGORY,
    default="other",
    show_default=True,
    help="What the organisation deals in: two of one category never share a break.",
)
@click.option(
    "--house",
    is_flag=True,
    help="The organisation is the operator itself: what it books is free, and fills what nobody bought.",
)
@click.password_option(help="At least 10 characters; asked for if it is missing.")
@data_dir_option
@one_line
def add_account(
    name: str,
    role: str,
    advertiser: str,
    member: str,
    category: str,
    house: bool,
    password: str,
    data_dir: Path | None,
) -> None:
    """Create an account that may sign in.

    NAME is what its holder types to sign in; the account's id is printed.
    """
    from server.account import MemberRole, Role, check_password, fold_name

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
        added = home.create_account(
            name, password, Role(role), organisation_id=organisation_id, member=MemberRole(member)
        )
    click.echo(added.account_id)


create_account = copy(add_account)
create_account.name = "create-account"
create_account.help = "Create an account that may sign in.\n\nAn older name of `roadcast account add`."


@account.command("list")
@data_dir_option
@one_line
def list_accounts(data_dir: Path | None) -> None:
    """List who may sign in.

    One account a line: name, role, whom it books for, since when, and its role there.
    """
    from kernel.clock import from_ms

    with migrated_house(data_dir) as house:
        found = house.accounts.all()
        names = {one.organisation_id: "" for one in found if one.organisation_id}
        for organisation_id in names:
            advertiser = house.adserver.campaigns.advertiser(organisation_id)
            names[organisation_id] = advertiser.name if advertiser else organisation_id
    if not found:
        refuse_while_preparing(settings_of(data_dir=data_dir))
        click.echo(
            "There are no accounts yet: roadcast account add NAME --role operator makes the first.", err=True
        )
    for one in found:
        since = from_ms(one.created_ms).date().isoformat()
        whose = names.get(one.organisation_id, "-")
        click.echo("\t".join((one.name, one.role, whose, since, one.member or "-")))


@account.command("change")
@click.argument("name")
@click.option("--role", type=ROLE, help="The new role.")
@click.option("--advertiser", metavar="ORGANISATION", help="Whom it books for from now on.")
@click.option("--member", type=MEMBER, help="What it may do there from now on.")
@click.option("--display-name", help="How pages address them.")
@click.option("--new-password", is_flag=True, help="Ask for a new password.")
@click.option("--password", help="The new password; better asked for by --new-password.")
@data_dir_option
@one_line
def change_account(
    name: str,
    role: str | None,
    advertiser: str | None,
    member: str | None,
    display_name: str | None,
    new_password: bool,
    password: str | None,
    data_dir: Path | None,
) -> None:
    """Change an account.

    With a new role or password its sessions end at once.
    """
    from server.account import MemberRole, Role

    if not (role or advertiser or member or display_name or new_password or password):
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
            member=MemberRole(member) if member else None,
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
