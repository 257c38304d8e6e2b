"""An advertiser as an organisation of people and programs: what there is, and what may be done to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kernel.errors import Conflict, Invalid, NotFound
from server.account import Account, MemberRole

LABEL_LIMIT = 60
MEMBERS_LIMIT = 500
INVITATIONS_LIMIT = 100
TOKENS_LIMIT = 50
INVITATION_DAYS = 7
TOKEN_DAYS, TOKEN_DAYS_LIMIT = 90, 365
DAY_MS = 86_400_000
TOKEN_ROLES = tuple(role for role in MemberRole if role is not MemberRole.OWNER)
"""No program hires people or makes tokens: one that is stolen ends when it is revoked."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """An advertiser, as those see it who look after its members.

    Args:
        organisation_id: the advertiser's id.
        members: how many there are.
    """

    organisation_id: str
    name: str
    members: int = 0


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that was made and not used yet.

    Args:
        label: whom it is for, as its maker wrote; for people alone.
        invited_by: how its maker is called.
    """

    invitation_id: str
    organisation_id: str
    role: MemberRole
    label: str
    invited_by: str
    created_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What a program of the organisation signs in with; it belongs to the organisation, not to who made it.

    Args:
        name: what it is for.
        made_by: how its maker is called.
        used: the day (UTC) of its latest use, and no closer; None before the first.
    """

    token_id: str
    organisation_id: str
    name: str
    role: MemberRole
    made_by: str
    created_ms: int
    expires_ms: int
    used: date | None = None


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does something: a member, or an operator."""

    account_id: str
    name: str


class Action(StrEnum):
    """What can be done in an organisation."""

    INVITED = "member-invited"
    WITHDRAWN = "invitation-withdrawn"
    JOINED = "member-joined"
    CHANGED = "member-role-changed"
    REMOVED = "member-removed"
    MADE = "token-made"
    REVOKED = "token-revoked"


@dataclass(frozen=True, slots=True)
class Act:
    """Who did what, and when; such are only ever added.

    Args:
        subject: the id of the account, invitation or token.
        detail: its name, and its role before and after.
    """

    organisation_id: str
    at_ms: int
    by: Doer
    action: Action
    subject: str
    detail: dict[str, str] = field(default_factory=dict)


def member_of(members: Sequence[Account], account_id: str) -> Account:
    """The member of an id.

    Raises:
        NotFound: ``member-unknown``.
    """
    for member in members:
        if member.account_id == account_id:
            return member
    fix = "Reload the list of members."
    raise NotFound("member-unknown", "The organisation has no such member.", fix=fix)


def check_owners(members: Sequence[Account], leaving: Account) -> None:
    """Nothing, if somebody else owns the organisation.

    Raises:
        Conflict: ``last-owner``.
    """
    owners = [one.account_id for one in members if one.member is MemberRole.OWNER]
    if owners == [leaving.account_id]:
        detail = f"“{leaving.name}” is the only owner."
        raise Conflict("last-owner", detail, fix="Make somebody else an owner first.")


def check_label(text: str) -> str:
    """What an invitation or a token is called, without surrounding space; maybe nothing.

    Raises:
        Invalid: ``label-invalid``.
    """
    text = " ".join(text.split())
    if len(text) > LABEL_LIMIT or not text.isprintable():
        fix = f"Use at most {LABEL_LIMIT} printable characters."
        raise Invalid("label-invalid", "The name is too long.", fix=fix, fields={"label": fix})
    return text


def check_token(name: str, role: MemberRole, days: int) -> str:
    """The name of a token that may be made.

    Raises:
        Invalid: ``token-name-missing``, ``label-invalid``, ``token-role-too-high`` or
            ``token-days-out-of-range``.
    """
    name = check_label(name)
    if not name:
        fix = "Say which program it is for."
        raise Invalid("token-name-missing", "The token has no name.", fix=fix, fields={"label": fix})
    if role not in TOKEN_ROLES:
        fix = "Choose another role."
        detail = "Members and tokens are people’s to look after: no token is an owner’s."
        raise Invalid("token-role-too-high", detail, fix=fix, fields={"role": fix})
    if not 1 <= days <= TOKEN_DAYS_LIMIT:
        fix = f"Use 1 to {TOKEN_DAYS_LIMIT} days."
        raise Invalid("token-days-out-of-range", "A token ends.", fix=fix, fields={"days": fix})
    return name


def check_room(what: str, number: int, limit: int) -> None:
    """Nothing, if there may be one more.

    Raises:
        Conflict: ``members-too-many``, ``invitations-too-many`` or ``tokens-too-many``.
    """
    if number >= limit:
        raise Conflict(f"{what}-too-many", f"There are {limit} of them already.", fix="Remove some first.")


def unknown_organisation() -> NotFound:
    """There is none, or none that the asker may know of."""
    return NotFound("organisation-unknown", "There is no such organisation.", fix="Check the address.")


def invalid_invitation() -> NotFound:
    """Which of the three it is is nobody's business."""
    detail = "The invitation is unknown, used or over."
    return NotFound("invitation-not-valid", detail, fix="Ask whoever sent it for a new one.")
