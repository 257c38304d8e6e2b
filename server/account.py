"""Who may sign in, and to what."""

import hashlib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from kernel.errors import Invalid

NAME_LIMIT = 200
PASSWORD_LIMIT = 1000
PASSWORD_MINIMUM = 10


class Role(StrEnum):
    """What an account is for."""

    ADVERTISER = "advertiser"
    EDITOR = "editor"
    OPERATOR = "operator"


class MemberRole(StrEnum):
    """What an advertiser's account or token is for, within its organisation."""

    OWNER = "owner"
    MANAGER = "manager"
    FINANCE = "finance"
    VIEWER = "viewer"
    TILL = "till"


MAY: dict[MemberRole, tuple[str, ...]] = {
    MemberRole.OWNER: ("reports", "booking", "redeem", "invoices", "members"),
    MemberRole.MANAGER: ("reports", "booking", "redeem"),
    MemberRole.FINANCE: ("reports", "invoices"),
    MemberRole.VIEWER: ("reports",),
    MemberRole.TILL: ("redeem",),
}
"""What each may do in its organisation; every route of advertisers asks for one of these words."""

SCOPES: dict[Role, tuple[str, ...]] = {
    Role.ADVERTISER: ("advertiser",),
    Role.EDITOR: ("editor",),
    Role.OPERATOR: ("advertiser", "editor", "operator", *MAY[MemberRole.OWNER]),
}


@dataclass(frozen=True, slots=True)
class Account:
    """One sign-in.

    Args:
        name: what is typed; folded, unique.
        organisation_id: the advertiser's id for advertisers, else empty.
        member: an advertiser's role within its organisation; without one it may do nothing there.
        password_hash: in the PHC string format, by argon2id.
    """

    account_id: str
    name: str
    display_name: str
    role: Role
    password_hash: str
    organisation_id: str = ""
    created_ms: int = 0
    member: MemberRole | None = None

    @property
    def scopes(self) -> tuple[str, ...]:
        """What ``request.auth.scopes`` holds."""
        own = self.member if self.role is Role.ADVERTISER else None
        return (*SCOPES[self.role], *(MAY[own] if own else ()))

    @property
    def fingerprint(self) -> str:
        """Changes with the password and with what the account may do, so that sessions from before end."""
        facts = "\0".join(
            (self.password_hash, self.role, self.organisation_id, *filter(None, (self.member,)))
        )
        return hashlib.sha256(facts.encode()).hexdigest()[:16]


def fold_name(name: str) -> str:
    """A sign-in name as it is compared: NFKC, lower case, without spaces around.

    Raises:
        Invalid: ``account-name-invalid`` if it is empty, too long or unprintable.
    """
    folded = unicodedata.normalize("NFKC", name).strip().casefold()
    if not folded or len(folded) > NAME_LIMIT or not folded.isprintable():
        raise Invalid("account-name-invalid", f"A name has 1 to {NAME_LIMIT} printable characters.")
    return folded


def check_password(password: str) -> str:
    """A password that may be chosen.

    Raises:
        Invalid: ``password-too-short`` or ``password-too-long``.
    """
    if len(password) < PASSWORD_MINIMUM:
        raise Invalid("password-too-short", f"A password has at least {PASSWORD_MINIMUM} characters.")
    if len(password) > PASSWORD_LIMIT:
        raise Invalid("password-too-long", f"A password has at most {PASSWORD_LIMIT} characters.")
    return password
