"""An advertiser as an organisation of people and programs: what there is, and what may be done to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kernel.errors import Conflict, Forbidden, Invalid, NotFound
from server.account import Account, MemberRole, Role

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
        inviter_id: the maker's account: what they invited to ends with their being an owner.
    """

    invitation_id: str
    organisation_id: str
    role: MemberRole
    label: str
    invited_by: str
    created_ms: int
    expires_ms: int
    inviter_id: str = ""


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
    """Who does something: an owner, or an operator, who is of no organisation."""

    account_id: str
    name: str
    operator: bool = False


COMMAND = Doer("", "roadcast account", operator=True)
"""Whoever gives commands where the service is installed."""


class Action(StrEnum):
    """What can be done in an organisation."""

    ADDED = "member-added"
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


def acts_between(before: Account | None, after: Account | None, at_ms: int) -> list[Act]:
    """What a command did to organisations that added an account (None before), changed or removed it."""
    was, now = _member_in(before), _member_in(after)
    if was and now and was.organisation_id == now.organisation_id:
        if was.member is now.member:
            return []
        more = {"before": was.member.value if was.member else ""}
        return [_by_command(now, at_ms, Action.CHANGED, more)]
    left = [_by_command(was, at_ms, Action.REMOVED)] if was else []
    return [*left, *([_by_command(now, at_ms, Action.ADDED)] if now else [])]


def _member_in(account: Account | None) -> Account | None:
    return account if account and account.role is Role.ADVERTISER else None


def _by_command(one: Account, at_ms: int, action: Action, more: dict[str, str] | None = None) -> Act:
    detail = {"name": one.name, "role": one.member.value if one.member else "", **(more or {})}
    return Act(one.organisation_id, at_ms, COMMAND, action, one.account_id, detail)


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


def check_doer(members: Sequence[Account], by: Doer) -> None:
    """Nothing, if who does it may: a session may be a moment older than the loss of a role.

    Raises:
        Forbidden: ``not-an-owner``.
    """
    owners = {one.account_id for one in members if one.member is MemberRole.OWNER}
    if not by.operator and by.account_id not in owners:
        detail = "Only owners of the organisation may do this."
        raise Forbidden("not-an-owner", detail, fix="Ask an owner of your organisation for another role.")


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
