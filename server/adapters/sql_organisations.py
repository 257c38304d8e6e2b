"""Members, invitations, tokens and acts of organisations in SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from adserver.adapters.tables import advertisers
from server.account import Account, MemberRole, Role
from server.adapters.sql_accounts import account_of, add_account
from server.adapters.sql_acts import read_acts, write_act
from server.adapters.tables import accounts, api_tokens, invitations
from server.engines.database import READ_ONLY
from server.organisations.organisation import (
    Act,
    ApiToken,
    Doer,
    Invitation,
    Organisation,
    check_doer,
    unknown_organisation,
)

_EPOCH = date(1970, 1, 1)
_LISTED = 500


@dataclass(frozen=True, slots=True)
class Held:
    """An organisation that nobody else changes meanwhile; all that is done to it is done, or nothing."""

    connection: Connection
    organisation_id: str

    def members(self) -> list[Account]:
        """Its members, the oldest first."""
        return _members(self.connection, self.organisation_id)

    def add_member(self, account: Account) -> None:
        """A new one.

        Raises:
            Conflict: ``account-name-taken``.
        """
        add_account(self.connection, account)

    def put_role(self, account_id: str, role: MemberRole) -> None:
        """A member's role from now on."""
        same = accounts.c.account_id == account_id
        self.connection.execute(update(accounts).where(same).values(member=role.value))

    def remove_member(self, account_id: str) -> None:
        """It is no account any more."""
        self.connection.execute(delete(accounts).where(accounts.c.account_id == account_id))

    def add_invitation(self, invitation: Invitation, secret_sha256: str) -> None:
        """A new one."""
        row = _row(invitation) | {"secret_sha256": secret_sha256}
        self.connection.execute(insert(invitations).values(row))

    def invitations(self, now_ms: int) -> list[Invitation]:
        """Those that may be used."""
        return _invitations(self.connection, self.organisation_id, now_ms)

    def take_invitation(self, invitation_id: str, now_ms: int) -> Invitation | None:
        """The invitation, which is gone now; None where it was before, or is over."""
        found = [one for one in self.invitations(now_ms) if one.invitation_id == invitation_id]
        own = invitations.c.invitation_id == invitation_id
        gone = self.connection.execute(delete(invitations).where(own)) if found else None
        return found[0] if gone is not None and gone.rowcount else None

    def tokens(self) -> list[ApiToken]:
        """All of them."""
        return _tokens(self.connection, self.organisation_id)

    def add_token(self, token: ApiToken, token_sha256: str) -> None:
        """A new one."""
        row = _row(token) | {"token_sha256": token_sha256}
        row["used_day"] = row.pop("used")
        self.connection.execute(insert(api_tokens).values(row))

    def revoke_token(self, token_id: str) -> ApiToken | None:
        """The token, which is gone now; None where there was none."""
        found = [one for one in self.tokens() if one.token_id == token_id]
        if found:
            self.connection.execute(delete(api_tokens).where(api_tokens.c.token_id == token_id))
        return found[0] if found else None

    def note(self, act: Act) -> None:
        """Keep what was done, with what was done."""
        write_act(self.connection, act)


@dataclass(frozen=True, slots=True)
class SqlOrganisations:
    """Organisations are advertisers; members are the accounts that book for them."""

    engine: Engine

    @contextmanager
    def held(self, organisation_id: str, by: Doer | None = None) -> Iterator[Held]:
        """One transaction, alone with the organisation: whoever else would change it waits.

        Args:
            organisation_id: whose row is held.
            by: who changes it; None for who was invited.

        Raises:
            NotFound: ``organisation-unknown``.
            Forbidden: ``not-an-owner``.
        """
        # On PostgreSQL the row is locked, and booking goes on meanwhile; SQLite has one writer anyway.
        row = select(advertisers.c.advertiser_id).where(advertisers.c.advertiser_id == organisation_id)
        with self.engine.begin() as connection:
            if connection.execute(row.with_for_update(key_share=True)).first() is None:
                raise unknown_organisation()
            if by is not None:
                check_doer(_members(connection, organisation_id), by)
            yield Held(connection, organisation_id)

    def expire(self, now_ms: int) -> int:
        """Forget the invitations that are over, wherever; how many there were."""
        with self.engine.begin() as connection:
            return connection.execute(delete(invitations).where(invitations.c.expires_ms <= now_ms)).rowcount

    def all(self) -> list[Organisation]:
        """The newest 500, by name."""
        of = accounts.c.organisation_id == advertisers.c.advertiser_id
        members = (
            select(func.count())
            .select_from(accounts)
            .where(of, accounts.c.role == Role.ADVERTISER.value)
            .scalar_subquery()
        )
        newest = (
            select(advertisers.c.advertiser_id, advertisers.c.name, members)
            .order_by(advertisers.c.created_ms.desc())
            .limit(_LISTED)
        )
        with self._reading() as connection:
            found = [Organisation(*row) for row in connection.execute(newest)]
        return sorted(found, key=lambda one: (one.name.casefold(), one.organisation_id))

    def one(self, organisation_id: str) -> Organisation:
        """An organisation.

        Raises:
            NotFound: ``organisation-unknown``.
        """
        query = select(advertisers.c.name).where(advertisers.c.advertiser_id == organisation_id)
        with self._reading() as connection:
            name = connection.scalar(query)
            if name is None:
                raise unknown_organisation()
            return Organisation(organisation_id, name, len(_members(connection, organisation_id)))

    def members(self, organisation_id: str) -> list[Account]:
        """Its members, the oldest first."""
        with self._reading() as connection:
            return _members(connection, organisation_id)

    def invitations(self, organisation_id: str, now_ms: int) -> list[Invitation]:
        """Those that may be used, the oldest first."""
        with self._reading() as connection:
            return _invitations(connection, organisation_id, now_ms)

    def invitation(self, secret_sha256: str, now_ms: int) -> Invitation | None:
        """The invitation whose link holds what has this hash, if it may be used."""
        query = select(invitations).where(invitations.c.secret_sha256 == secret_sha256)
        with self._reading() as connection:
            row = connection.execute(query.where(invitations.c.expires_ms > now_ms)).first()
        return _invitation(row) if row else None

    def tokens(self, organisation_id: str) -> list[ApiToken]:
        """All of them, the oldest first."""
        with self._reading() as connection:
            return _tokens(connection, organisation_id)

    def token(self, token_sha256: str) -> ApiToken | None:
        """The token that has this hash."""
        with self._reading() as connection:
            row = connection.execute(
                select(api_tokens).where(api_tokens.c.token_sha256 == token_sha256)
            ).first()
        return _token(row) if row else None

    def note_use(self, token_id: str, day: date) -> None:
        """Keep the day on which a token was used."""
        number, same = (day - _EPOCH).days, api_tokens.c.token_id == token_id
        with self.engine.begin() as connection:
            connection.execute(update(api_tokens).where(same).values(used_day=number))

    def acts(self, organisation_id: str, limit: int) -> list[Act]:
        """What was done, the newest first."""
        with self._reading() as connection:
            return read_acts(connection, organisation_id, limit)

    def _reading(self) -> Any:
        return self.engine.execution_options(**READ_ONLY).connect()


def _members(connection: Connection, organisation_id: str) -> list[Account]:
    own = accounts.c.organisation_id == organisation_id
    query = select(accounts).where(own, accounts.c.role == Role.ADVERTISER.value)
    ordered = query.order_by(accounts.c.created_ms, accounts.c.account_id)
    return [account_of(row) for row in connection.execute(ordered)]


def _invitations(connection: Connection, organisation_id: str, now_ms: int) -> list[Invitation]:
    own = invitations.c.organisation_id == organisation_id
    query = select(invitations).where(own, invitations.c.expires_ms > now_ms)
    ordered = query.order_by(invitations.c.created_ms, invitations.c.invitation_id)
    return [_invitation(row) for row in connection.execute(ordered)]


def _tokens(connection: Connection, organisation_id: str) -> list[ApiToken]:
    query = select(api_tokens).where(api_tokens.c.organisation_id == organisation_id)
    ordered = query.order_by(api_tokens.c.created_ms, api_tokens.c.token_id)
    return [_token(row) for row in connection.execute(ordered)]


def _row(one: Invitation | ApiToken) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__slots__}


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        row.invitation_id,
        row.organisation_id,
        MemberRole(row.role),
        row.label,
        row.invited_by,
        row.created_ms,
        row.expires_ms,
        row.inviter_id,
    )


def _token(row: Row[Any]) -> ApiToken:
    return ApiToken(
        row.token_id,
        row.organisation_id,
        row.name,
        MemberRole(row.role),
        row.made_by,
        row.created_ms,
        row.expires_ms,
        None if row.used_day is None else _EPOCH + timedelta(days=row.used_day),
    )
