"""Who belongs to an organisation: invited by a link that is used once, given another role, removed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from kernel.clock import Clock
from kernel.errors import Invalid, NotFound
from kernel.ids import NewId
from server.account import NAME_LIMIT, Account, MemberRole, Role, check_password, fold_name
from server.adapters.redis_attempts import RedisAttempts
from server.adapters.sql_organisations import Held, SqlOrganisations
from server.organisations.organisation import (
    DAY_MS,
    INVITATION_DAYS,
    INVITATIONS_LIMIT,
    MEMBERS_LIMIT,
    Act,
    Action,
    Doer,
    Invitation,
    check_label,
    check_owners,
    check_room,
    invalid_invitation,
    member_of,
)
from server.organisations.secret import digest
from server.sign_in import TOPIC, hash_password

JOIN_ATTEMPTS = 20
"""How often a link may be tried in a quarter of an hour; each trial costs a hash."""


@dataclass(frozen=True, slots=True)
class InviteMember:
    """Makes links by which others join, and takes them back."""

    organisations: SqlOrganisations
    clock: Clock
    new_id: NewId

    def __call__(
        self, organisation_id: str, role: MemberRole, label: str, by: Doer
    ) -> tuple[Invitation, str]:
        """The invitation, and what its link holds: that is told once.

        Raises:
            NotFound: ``organisation-unknown``.
            Invalid: ``label-invalid``.
            Conflict: ``invitations-too-many``.
        """
        now_ms, secret = self.clock.now_ms(), self.new_id("join")
        made = Invitation(
            invitation_id=self.new_id("inv"),
            organisation_id=organisation_id,
            role=role,
            label=check_label(label),
            invited_by=by.name,
            created_ms=now_ms,
            expires_ms=now_ms + INVITATION_DAYS * DAY_MS,
            inviter_id=by.account_id,
        )
        with self.organisations.held(organisation_id, by) as held:
            check_room("invitations", len(held.invitations(now_ms)), INVITATIONS_LIMIT)
            held.add_invitation(made, digest(secret))
            held.note(_act(held, now_ms, by, Action.INVITED, made.invitation_id, made.label, role))
        return made, secret

    def withdraw(self, organisation_id: str, invitation_id: str, by: Doer) -> None:
        """Have the link lead nowhere.

        Raises:
            NotFound: ``organisation-unknown``, or ``invitation-unknown`` if it was used, or is over.
        """
        now_ms = self.clock.now_ms()
        with self.organisations.held(organisation_id, by) as held:
            gone = held.take_invitation(invitation_id, now_ms)
            if gone is None:
                fix = "Reload the list of invitations."
                raise NotFound("invitation-unknown", "There is no such invitation any more.", fix=fix)
            held.note(_act(held, now_ms, by, Action.WITHDRAWN, invitation_id, gone.label, gone.role))

    def expire(self) -> int:
        """Forget those that are over; how many there were."""
        return self.organisations.expire(self.clock.now_ms())


@dataclass(frozen=True, slots=True)
class JoinOrganisation:
    """Turns an invitation into an account: once, whoever else has the link.

    Args:
        attempts: of a link, that it tells nobody which names there are.
    """

    organisations: SqlOrganisations
    attempts: RedisAttempts
    clock: Clock
    new_id: NewId
    limiter: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2))

    def look(self, secret: str) -> Invitation:
        """The invitation whose link holds this.

        Raises:
            NotFound: ``invitation-not-valid``.
        """
        found = self.organisations.invitation(digest(secret), self.clock.now_ms())
        if found is None:
            raise invalid_invitation()
        return found

    async def __call__(self, secret: str, name: str, password: str, display_name: str = "") -> Account | None:
        """The new account; None where the link was tried too often.

        Raises:
            NotFound: ``invitation-not-valid``.
            Invalid: ``account-name-invalid``, ``password-too-short`` or ``password-too-long``.
            Conflict: ``account-name-taken`` or ``members-too-many``; the link stays good.
        """
        invitation = await run_sync(self.look, secret)
        if await self.attempts.count(f"join:{invitation.invitation_id}") > JOIN_ATTEMPTS:
            return None
        wish = name, password, display_name
        return await run_sync(self.accept, secret, *wish, limiter=self.limiter)

    def accept(self, secret: str, name: str, password: str, display_name: str = "") -> Account:
        """The same, however often it was tried."""
        invitation, now_ms = self.look(secret), self.clock.now_ms()
        account = Account(
            account_id=self.new_id("acc"),
            name=fold_name(name),
            display_name=_shown(display_name) or name.strip(),
            role=Role.ADVERTISER,
            password_hash=hash_password(check_password(password)),
            organisation_id=invitation.organisation_id,
            created_ms=now_ms,
            member=invitation.role,
        )
        by = Doer(account.account_id, account.display_name)
        with self.organisations.held(invitation.organisation_id) as held:
            if held.take_invitation(invitation.invitation_id, now_ms) is None:
                raise invalid_invitation()
            check_room("members", len(held.members()), MEMBERS_LIMIT)
            held.add_member(account)
            role = invitation.role
            held.note(_act(held, now_ms, by, Action.JOINED, account.account_id, account.name, role))
        return account


@dataclass(frozen=True, slots=True)
class KeepMembers:
    """Gives members other roles and removes them; their sessions end at once.

    The links that an owner made lead nowhere once they are none any more: nobody comes back by their own.

    Args:
        announce: told ``accounts``, so that no process goes on remembering them.
    """

    organisations: SqlOrganisations
    announce: Callable[[str], None]
    clock: Clock

    def change(self, organisation_id: str, account_id: str, role: MemberRole, by: Doer) -> Account:
        """The member, with this role from now on.

        Raises:
            NotFound: ``organisation-unknown`` or ``member-unknown``.
            Conflict: ``last-owner``.
        """
        with self.organisations.held(organisation_id, by) as held:
            members = held.members()
            member = member_of(members, account_id)
            if member.member is role:
                return member
            if role is not MemberRole.OWNER:
                check_owners(members, member)
            held.put_role(account_id, role)
            now_ms = self.clock.now_ms()
            if role is not MemberRole.OWNER:
                _withdraw_all(held, account_id, now_ms, by)
            before = {"before": member.member.value if member.member else ""}
            act = _act(held, now_ms, by, Action.CHANGED, account_id, member.name, role)
            held.note(replace(act, detail=act.detail | before))
        self.announce(TOPIC)
        return replace(member, member=role)

    def remove(self, organisation_id: str, account_id: str, by: Doer) -> None:
        """Have the member's account be none any more.

        Raises:
            NotFound: ``organisation-unknown`` or ``member-unknown``.
            Conflict: ``last-owner``.
        """
        with self.organisations.held(organisation_id, by) as held:
            members = held.members()
            member = member_of(members, account_id)
            check_owners(members, member)
            held.remove_member(account_id)
            now_ms = self.clock.now_ms()
            _withdraw_all(held, account_id, now_ms, by)
            held.note(_act(held, now_ms, by, Action.REMOVED, account_id, member.name, member.member))
        self.announce(TOPIC)


def _withdraw_all(held: Held, inviter_id: str, now_ms: int, by: Doer) -> None:
    for one in held.invitations(now_ms):
        if one.inviter_id == inviter_id and held.take_invitation(one.invitation_id, now_ms):
            held.note(_act(held, now_ms, by, Action.WITHDRAWN, one.invitation_id, one.label, one.role))


def _shown(text: str) -> str:
    """How pages address somebody, without surrounding space.

    Raises:
        Invalid: ``display-name-invalid``.
    """
    text = " ".join(text.split())
    if len(text) > NAME_LIMIT or not text.isprintable():
        fix = f"Use at most {NAME_LIMIT} printable characters."
        raise Invalid("display-name-invalid", "The name is too long.", fix=fix, fields={"display_name": fix})
    return text


def _act(
    held: Held, at_ms: int, by: Doer, action: Action, subject: str, name: str, role: MemberRole | None
) -> Act:
    detail = {"name": name, "role": role.value if role else ""}
    return Act(held.organisation_id, at_ms, by, action, subject, {k: v for k, v in detail.items() if v})
