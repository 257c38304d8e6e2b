"""What the API of organisations takes and tells."""

from datetime import date, datetime

import msgspec

from kernel.clock import from_ms
from server.account import Account, MemberRole
from server.organisations.organisation import TOKEN_DAYS, Act, ApiToken, Invitation


class Member(msgspec.Struct, frozen=True):
    """Somebody of an organisation; ``name`` is what they sign in with."""

    account_id: str
    name: str
    display_name: str
    role: MemberRole | None
    since: datetime


class NewRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of a change."""

    role: MemberRole


class NewInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of an invitation; ``label`` says whom it is for, to people alone."""

    role: MemberRole
    label: str = ""


class OpenInvitation(msgspec.Struct, frozen=True, omit_defaults=True):
    """An invitation that was not used yet; ``link`` is told once, where it is made."""

    invitation_id: str
    role: MemberRole
    label: str
    invited_by: str
    expires_at: datetime
    link: str = ""


class Joining(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of joining: ``invitation`` is the last part of the link."""

    invitation: str
    name: str
    password: str
    display_name: str = ""


class NewToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of a token; it is over after so many ``days``."""

    name: str
    role: MemberRole
    days: int = TOKEN_DAYS


class ListedToken(msgspec.Struct, frozen=True, omit_defaults=True):
    """A token; ``token`` itself is told once, where it is made. ``last_used`` is a day (UTC)."""

    token_id: str
    name: str
    role: MemberRole
    made_by: str
    created_at: datetime
    expires_at: datetime
    last_used: date | None = None
    token: str = ""


class Done(msgspec.Struct, frozen=True):
    """Who did what; ``subject`` is the id of the account, invitation or token."""

    at: datetime
    actor: str
    actor_name: str
    action: str
    subject: str
    detail: dict[str, str]


def told_member(one: Account) -> Member:
    """A member, as told."""
    return Member(one.account_id, one.name, one.display_name, one.member, from_ms(one.created_ms))


def told_invitation(one: Invitation, link: str = "") -> OpenInvitation:
    """An invitation, as told; with its link where it was made just now."""
    expires_at = from_ms(one.expires_ms)
    return OpenInvitation(one.invitation_id, one.role, one.label, one.invited_by, expires_at, link)


def told_token(one: ApiToken, token: str = "") -> ListedToken:
    """A token, as told; with itself where it was made just now."""
    created_at, expires_at = from_ms(one.created_ms), from_ms(one.expires_ms)
    return ListedToken(one.token_id, one.name, one.role, one.made_by, created_at, expires_at, one.used, token)


def told_act(act: Act) -> Done:
    """A deed, as told."""
    at, by = from_ms(act.at_ms), act.by
    return Done(at, by.account_id, by.name, act.action.value, act.subject, act.detail)
