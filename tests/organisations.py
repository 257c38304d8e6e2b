"""Advertisers' members and tokens on an engine of records, without the rest of the house."""

from typing import Any

from sqlalchemy import Engine

from adserver.adapters.sql_campaigns import SqlCampaigns
from adserver.adapters.tables import metadata as advertisers
from adserver.booking.advertiser import Advertiser
from server.account import Account, MemberRole, Role
from server.adapters.redis_attempts import RedisAttempts
from server.adapters.sql_accounts import SqlAccounts
from server.adapters.sql_organisations import SqlOrganisations
from server.adapters.tables import metadata
from server.organisations.keep_members import InviteMember, JoinOrganisation, KeepMembers
from server.organisations.keep_tokens import KeepTokens, RecogniseToken
from server.organisations.organisation import Doer
from server.organisations.visiting import Organising
from tests.conftest import SetClock

PASSWORD = "a password of members"
OPERATOR = Doer("acc_operator", "Olga", operator=True)


class Desk:
    """The verbs, and what they announced.

    Args:
        redis: where attempts to join are counted; None for who calls ``join.accept``.
    """

    def __init__(self, engine: Engine, clock: SetClock, new_id: Any, redis: Any = None) -> None:
        for tables in (advertisers, metadata):
            tables.create_all(engine)
        self.clock, self.new_id = clock, new_id
        self.told: list[str] = []
        self.kept = SqlOrganisations(engine)
        self.accounts = SqlAccounts(engine)
        self.campaigns = SqlCampaigns(engine)
        self.invite = InviteMember(self.kept, clock, new_id)
        self.join = JoinOrganisation(self.kept, RedisAttempts(redis), clock, new_id)
        self.members = KeepMembers(self.kept, self.told.append, clock)
        self.tokens = KeepTokens(self.kept, self.told.append, clock, new_id)
        self.recognise = RecogniseToken(self.kept, clock)

    @property
    def organising(self) -> Organising:
        """What the routes call."""
        return Organising(self.kept, self.invite, self.join, self.members, self.tokens, self.clock)

    def organisation(self, name: str = "Garage") -> str:
        """The id of a new one, with nobody in it."""
        found = Advertiser(self.new_id("adv"), name, self.clock.now_ms())
        self.campaigns.add_advertiser(found)
        return found.advertiser_id

    def member(self, organisation_id: str, name: str, role: MemberRole | None = MemberRole.OWNER) -> Account:
        """A new one, whose password nobody knows."""
        facts = self.new_id("acc"), name, name.capitalize(), Role.ADVERTISER, "hash", organisation_id
        account = Account(*facts, created_ms=self.clock.now_ms(), member=role)
        self.accounts.add(account)
        return account

    def roles(self, organisation_id: str) -> dict[str, str]:
        """Who is in it, as what."""
        return {one.name: one.member.value for one in self.kept.members(organisation_id)}

    def acts(self, organisation_id: str) -> list[str]:
        """What was done, the newest first."""
        return [one.action.value for one in self.kept.acts(organisation_id, 100)]
