"""Tokens of an organisation's programs: made, shown once, listed, revoked at once, and recognised."""

from collections.abc import Callable
from dataclasses import dataclass

from kernel.clock import Clock
from kernel.errors import NotFound
from kernel.ids import NewId
from server.account import MemberRole
from server.adapters.sql_organisations import SqlOrganisations
from server.organisations.organisation import (
    DAY_MS,
    TOKENS_LIMIT,
    Act,
    Action,
    ApiToken,
    Doer,
    check_room,
    check_token,
)
from server.organisations.secret import digest, token_of
from server.sign_in import TOPIC


@dataclass(frozen=True, slots=True)
class KeepTokens:
    """Makes and revokes tokens.

    Args:
        announce: told ``accounts``, so that no process goes on remembering one that was revoked.
    """

    organisations: SqlOrganisations
    announce: Callable[[str], None]
    clock: Clock
    new_id: NewId

    def make(
        self, organisation_id: str, name: str, role: MemberRole, days: int, by: Doer
    ) -> tuple[ApiToken, str]:
        """The token as it is listed, and as it is told this once.

        Raises:
            NotFound: ``organisation-unknown``.
            Invalid: ``token-name-missing``, ``label-invalid``, ``token-role-too-high`` or
                ``token-days-out-of-range``.
            Conflict: ``tokens-too-many``.
        """
        name, now_ms = check_token(name, role, days), self.clock.now_ms()
        token, secret = self.new_id("tok"), token_of(self.new_id("adv"))
        made = ApiToken(token, organisation_id, name, role, by.name, now_ms, now_ms + days * DAY_MS)
        with self.organisations.held(organisation_id, by) as held:
            check_room("tokens", len(held.tokens()), TOKENS_LIMIT)
            held.add_token(made, digest(secret))
            detail = {"name": name, "role": role.value}
            held.note(Act(organisation_id, now_ms, by, Action.MADE, token, detail))
        return made, secret

    def revoke(self, organisation_id: str, token_id: str, by: Doer) -> None:
        """Have nobody be let in by it.

        Raises:
            NotFound: ``organisation-unknown`` or ``token-unknown``.
        """
        with self.organisations.held(organisation_id, by) as held:
            gone = held.revoke_token(token_id)
            if gone is None:
                fix = "Reload the list of tokens."
                raise NotFound("token-unknown", "The organisation has no such token.", fix=fix)
            detail = {"name": gone.name, "role": gone.role.value}
            now_ms = self.clock.now_ms()
            held.note(Act(organisation_id, now_ms, by, Action.REVOKED, token_id, detail))
        self.announce(TOPIC)


@dataclass(frozen=True, slots=True)
class RecogniseToken:
    """Which token it is that a program shows."""

    organisations: SqlOrganisations
    clock: Clock

    def __call__(self, token_sha256: str) -> ApiToken | None:
        """The token of a hash, the day of its use noted; None where there is none any more, or it is over."""
        found = self.organisations.token(token_sha256)
        if found is None or self.is_over(found):
            return None
        today = self.clock.now().date()
        if found.used is None or found.used < today:
            self.organisations.note_use(found.token_id, today)
        return found

    def is_over(self, token: ApiToken) -> bool:
        """Whether its time has ended."""
        return token.expires_ms <= self.clock.now_ms()
