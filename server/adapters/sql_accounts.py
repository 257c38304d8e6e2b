"""Accounts in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, false, insert, select, update
from sqlalchemy.exc import IntegrityError

from kernel.errors import Conflict
from server.account import Account, MemberRole, Role
from server.adapters.sql_acts import write_act
from server.adapters.tables import accounts, invitations
from server.engines.database import READ_ONLY
from server.organisations.organisation import Act


@dataclass(frozen=True, slots=True)
class SqlAccounts:
    """Each method is one transaction."""

    engine: Engine

    def add(self, account: Account, acts: Sequence[Act] = ()) -> None:
        """Keep a new account, and what that does to organisations.

        Raises:
            Conflict: ``account-name-taken``.
        """
        with self.engine.begin() as connection:
            add_account(connection, account)
            _write(connection, acts)

    def change(self, account: Account, acts: Sequence[Act] = ()) -> bool:
        """Keep an account as it is now; whether there was one of its id. Links that it may not make end."""
        values = {
            "display_name": account.display_name,
            "role": account.role.value,
            "organisation_id": account.organisation_id,
            "password_hash": account.password_hash,
            "member": account.member or "",
        }
        with self.engine.begin() as connection:
            changed = connection.execute(
                update(accounts).where(accounts.c.account_id == account.account_id).values(values)
            )
            if account.role is not Role.OPERATOR:
                own = invitations.c.organisation_id == account.organisation_id
                still = own if account.member is MemberRole.OWNER else false()
                connection.execute(delete(invitations).where(_made_by(account.account_id), ~still))
            _write(connection, acts)
        return changed.rowcount == 1

    def remove(self, account_id: str, acts: Sequence[Act] = ()) -> bool:
        """Forget an account, and the links that it made; whether there was one."""
        with self.engine.begin() as connection:
            gone = connection.execute(delete(accounts).where(accounts.c.account_id == account_id))
            connection.execute(delete(invitations).where(_made_by(account_id)))
            _write(connection, acts)
        return gone.rowcount == 1

    def all(self) -> list[Account]:
        """Every account, by name."""
        with self.engine.execution_options(**READ_ONLY).connect() as connection:
            return [account_of(row) for row in connection.execute(select(accounts).order_by(accounts.c.name))]

    def by_name(self, name: str) -> Account | None:
        """The account of a folded name."""
        return self._one(accounts.c.name == name)

    def by_id(self, account_id: str) -> Account | None:
        """The account of an id."""
        return self._one(accounts.c.account_id == account_id)

    def shown_name(self, account_id: str) -> str:
        """What an account is called; the id itself where there is none of it any more."""
        found = self.by_id(account_id)
        return found.display_name if found else account_id

    def _one(self, condition: Any) -> Account | None:
        with self.engine.execution_options(**READ_ONLY).connect() as connection:
            row = connection.execute(select(accounts).where(condition)).one_or_none()
        return account_of(row) if row else None


def _made_by(account_id: str) -> ColumnElement[bool]:
    return invitations.c.inviter_id == account_id


def _write(connection: Connection, acts: Sequence[Act]) -> None:
    for act in acts:
        write_act(connection, act)


def add_account(connection: Connection, account: Account) -> None:
    """Keep a new account in a transaction, which is over where the name is taken.

    Raises:
        Conflict: ``account-name-taken``.
    """
    new = insert(accounts).values(
        account_id=account.account_id,
        name=account.name,
        display_name=account.display_name,
        role=account.role.value,
        organisation_id=account.organisation_id,
        password_hash=account.password_hash,
        created_ms=account.created_ms,
        member=account.member or "",
    )
    try:
        connection.execute(new)
    except IntegrityError:
        fix = "Choose another name."
        detail = f"There is an account “{account.name}” already."
        raise Conflict("account-name-taken", detail, fix=fix, fields={"name": fix}) from None


def account_of(row: Row[Any]) -> Account:
    """The account of a whole row."""
    return Account(
        account_id=row.account_id,
        name=row.name,
        display_name=row.display_name,
        role=Role(row.role),
        organisation_id=row.organisation_id,
        password_hash=row.password_hash,
        created_ms=row.created_ms,
        member=MemberRole(row.member) if row.member else None,
    )
