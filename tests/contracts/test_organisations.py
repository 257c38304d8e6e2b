"""Organisations on every engine: in any order of deeds there is an owner, and a link makes one account."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from kernel.clock import from_ms
from kernel.errors import Conflict, Forbidden, NotFound, RoadcastError
from server import sign_in
from server.account import MemberRole, Role
from server.adapters.sql_acts import read_acts, write_act
from server.engines.database import open_database
from server.organisations import keep_members
from server.organisations.organisation import DAY_MS, INVITATION_DAYS, TOKEN_ROLES, Act, Action, Doer
from server.organisations.secret import digest
from server.sign_in import ChangeAccount, CreateAccount
from tests.conftest import SetClock
from tests.organisations import OPERATOR, PASSWORD, Desk

START_MS = 1_780_000_000_000
ROLES = st.sampled_from(MemberRole)
WHICH = st.integers(0, 7)
"""Of those that there are; also of those that were, that it may be tried again."""


@pytest.fixture(autouse=True)
def _hash_nothing(monkeypatch):
    """What a hash costs is no part of this."""
    for module in (keep_members, sign_in):
        monkeypatch.setattr(module, "hash_password", lambda _password: "hash")


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request, tmp_path):
    """As the product opens them."""
    url = f"sqlite:///{tmp_path / 'organisations.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").url.render_as_string(hide_password=False)
    engine, numbers = open_database(url), itertools.count(1)
    yield Desk(engine, SetClock(from_ms(START_MS)), lambda prefix: f"{prefix}_{next(numbers):016d}")
    engine.dispose()


class Deeds(RuleBasedStateMachine):
    """What owners, the invited, and programs do in one organisation, against what a list remembers of it."""

    desk: Desk

    def __init__(self) -> None:
        super().__init__()
        self.own = self.desk.organisation()
        first = self.desk.member(self.own, self.desk.new_id("ann"))
        self.members = {first.account_id: MemberRole.OWNER}
        self.gone: list[str] = []
        self.links: dict[str, tuple[str, MemberRole, int]] = {}
        self.spent: dict[str, str] = {}
        self.tokens: dict[str, tuple[str, int]] = {}
        self.revoked: list[tuple[str, str]] = []
        self.done = 0

    def owns_alone(self, account_id: str) -> bool:
        return [one for one, role in self.members.items() if role is MemberRole.OWNER] == [account_id]

    def refused(self, code: str, deed: Callable[..., Any], *how: Any) -> None:
        with pytest.raises(RoadcastError) as caught:
            deed(*how)
        assert caught.value.code == code

    @rule(role=ROLES)
    def invite(self, role: MemberRole) -> None:
        made, secret = self.desk.invite(self.own, role, "", OPERATOR)
        self.links[made.invitation_id] = secret, role, made.expires_ms
        self.done += 1

    @rule(which=WHICH)
    def accept(self, which: int) -> None:
        for invitation_id, (secret, role, ends_ms) in list(self.links.items())[which : which + 1]:
            join = self.desk.join.accept, secret, self.desk.new_id("bob"), PASSWORD
            if ends_ms <= self.desk.clock.now_ms():
                self.refused("invitation-not-valid", *join)
            else:
                self.members[join[0](*join[1:]).account_id] = role
                self.done += 1
                self.spent[invitation_id] = self.links.pop(invitation_id)[0]
        for secret in list(self.spent.values())[which : which + 1]:
            self.refused("invitation-not-valid", self.desk.join.accept, secret, "late", PASSWORD)

    @rule(which=WHICH)
    def withdraw(self, which: int) -> None:
        for invitation_id, (secret, _, ends_ms) in list(self.links.items())[which : which + 1]:
            withdraw = self.desk.invite.withdraw, self.own, invitation_id, OPERATOR
            if ends_ms <= self.desk.clock.now_ms():
                self.refused("invitation-unknown", *withdraw)
            else:
                withdraw[0](*withdraw[1:])
                self.done += 1
                self.spent[invitation_id] = secret
                del self.links[invitation_id]
        for invitation_id in list(self.spent)[which : which + 1]:
            self.refused("invitation-unknown", self.desk.invite.withdraw, self.own, invitation_id, OPERATOR)

    @rule(which=WHICH, role=ROLES)
    def change(self, which: int, role: MemberRole) -> None:
        account_id = [*self.members, *self.gone][which % (len(self.members) + len(self.gone))]
        change = self.desk.members.change, self.own, account_id, role, OPERATOR
        if account_id in self.gone:
            self.refused("member-unknown", *change)
        elif role is not MemberRole.OWNER and self.owns_alone(account_id):
            self.refused("last-owner", *change)
        else:
            self.done += self.members[account_id] is not role
            assert change[0](*change[1:]).member is role
            self.members[account_id] = role

    @rule(which=WHICH)
    def remove(self, which: int) -> None:
        account_id = [*self.members, *self.gone][which % (len(self.members) + len(self.gone))]
        remove = self.desk.members.remove, self.own, account_id, OPERATOR
        if account_id in self.gone:
            self.refused("member-unknown", *remove)
        elif self.owns_alone(account_id):
            self.refused("last-owner", *remove)
        else:
            remove[0](*remove[1:])
            del self.members[account_id]
            self.gone.append(account_id)
            self.done += 1

    @rule(role=st.sampled_from(TOKEN_ROLES), days=st.sampled_from([1, 30]))
    def make_token(self, role: MemberRole, days: int) -> None:
        made, secret = self.desk.tokens.make(self.own, "Till 4", role, days, OPERATOR)
        self.tokens[made.token_id] = secret, made.expires_ms
        self.done += 1

    @rule(which=WHICH)
    def revoke(self, which: int) -> None:
        for token_id in list(self.tokens)[which : which + 1]:
            self.desk.tokens.revoke(self.own, token_id, OPERATOR)
            self.revoked.append((token_id, self.tokens.pop(token_id)[0]))
            self.done += 1
        for token_id, _ in self.revoked[which : which + 1]:
            self.refused("token-unknown", self.desk.tokens.revoke, self.own, token_id, OPERATOR)

    @rule(days=st.sampled_from([1, INVITATION_DAYS]))
    def time_goes_by(self, days: int) -> None:
        self.desk.clock.advance(days * DAY_MS / 1000)

    @invariant()
    def it_is_as_the_list_says(self) -> None:
        found = {one.account_id: one.member for one in self.desk.kept.members(self.own)}
        assert found == self.members
        assert MemberRole.OWNER in found.values()
        assert len(self.desk.kept.acts(self.own, 1000)) == self.done, "each deed is told of once"

    @invariant()
    def tokens_let_in_until_they_are_revoked_or_over(self) -> None:
        now_ms = self.desk.clock.now_ms()
        for secret, ends_ms in self.tokens.values():
            assert (self.desk.recognise(digest(secret)) is not None) == (ends_ms > now_ms)
        assert not any(self.desk.recognise(digest(secret)) for _, secret in self.revoked)


def test_whatever_is_done_in_whatever_order(desk):
    machine = type("Deeds", (Deeds,), {"desk": desk})
    run_state_machine_as_test(machine, settings=settings(max_examples=12, stateful_step_count=25))


def raced(deeds: list[Callable[[], Any]]) -> list[Any]:
    """What comes of deeds that are let go at once; a refusal is its code."""
    gate, found = threading.Barrier(len(deeds)), []

    def run(deed: Callable[[], Any]) -> None:
        gate.wait()
        try:
            found.append(deed())
        except RoadcastError as error:
            found.append(error.code)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_sixteen_who_have_a_link_make_one_account(desk):
    own = desk.organisation()
    _, secret = desk.invite(own, MemberRole.MANAGER, "", OPERATOR)
    deeds = [lambda n=n: desk.join.accept(secret, f"bob{n}", PASSWORD).name for n in range(16)]
    found = Counter(raced(deeds))
    assert found.pop("invitation-not-valid") == 15
    assert set(found) == set(desk.roles(own))
    assert len(found) == 1


@pytest.mark.parametrize("deed", ["change", "remove"])
@pytest.mark.parametrize("by_themselves", [True, False])
def test_two_owners_who_are_put_out_at_once_leave_one(desk, deed, by_themselves):
    own = desk.organisation()
    ann, bob = (desk.member(own, name) for name in ("ann", "bob"))

    def put_out(by, other):
        if deed == "remove":
            return desk.members.remove(own, other.account_id, by)
        return desk.members.change(own, other.account_id, MemberRole.VIEWER, by)

    doers = (
        (Doer(ann.account_id, "Ann"), Doer(bob.account_id, "Bob")) if by_themselves else (OPERATOR, OPERATOR)
    )
    found = raced([lambda: put_out(doers[0], bob), lambda: put_out(doers[1], ann)])
    refused = "not-an-owner" if by_themselves else "last-owner"
    assert [one for one in found if isinstance(one, str)] == [refused]
    assert list(desk.roles(own).values()).count("owner") == 1


def test_a_taken_name_leaves_the_link_good(desk):
    own = desk.organisation()
    desk.member(own, "ann")
    _, secret = desk.invite(own, MemberRole.TILL, "the new till", OPERATOR)
    with pytest.raises(Conflict, match="account-name-taken"):
        desk.join.accept(secret, " ANN ", PASSWORD)
    assert desk.roles(own) == {"ann": "owner"}
    desk.join.accept(secret, "till", PASSWORD)
    assert desk.roles(own) == {"ann": "owner", "till": "till"}
    assert desk.acts(own) == ["member-joined", "member-invited"]


def test_nobody_reaches_into_another_organisation(desk):
    ours, theirs = desk.organisation("Ours"), desk.organisation("Theirs")
    ann = desk.member(ours, "ann")
    bob = desk.member(theirs, "bob", MemberRole.VIEWER)
    invitation, _ = desk.invite(theirs, MemberRole.VIEWER, "", OPERATOR)
    token, secret = desk.tokens.make(theirs, "Theirs", MemberRole.VIEWER, 1, OPERATOR)
    by = Doer(ann.account_id, "Ann")
    for deed in (
        lambda: desk.members.change(ours, bob.account_id, MemberRole.OWNER, by),
        lambda: desk.members.remove(ours, bob.account_id, by),
        lambda: desk.invite.withdraw(ours, invitation.invitation_id, by),
        lambda: desk.tokens.revoke(ours, token.token_id, by),
        lambda: desk.tokens.make("adv_none", "Ours", MemberRole.VIEWER, 1, by),
    ):
        with pytest.raises(NotFound):
            deed()
    assert desk.roles(theirs) == {"bob": "viewer"}
    assert desk.recognise(digest(secret)) is not None
    assert desk.acts(ours) == []


def test_the_day_of_a_tokens_use_is_kept_and_no_more(desk):
    own = desk.organisation()
    _, secret = desk.tokens.make(own, "Till 4", MemberRole.TILL, 30, OPERATOR)
    assert [one.used for one in desk.kept.tokens(own)] == [None]
    for _ in range(3):
        desk.recognise(digest(secret))
        today = desk.clock.now().date()
        assert [one.used for one in desk.kept.tokens(own)] == [today]
        desk.clock.advance(86_400)


def test_organisations_are_listed_with_how_many_they_are(desk):
    empty, ours = desk.organisation("Café"), desk.organisation("Bakery")
    desk.member(ours, "ann")
    desk.member(ours, "bob", MemberRole.TILL)
    assert [(one.organisation_id, one.members) for one in desk.kept.all()] == [(ours, 2), (empty, 0)]
    assert desk.kept.one(ours).name == "Bakery"


def test_who_is_no_owner_any_more_changes_nothing_in_the_moment_after(desk):
    own, other = desk.organisation("Ours"), desk.organisation("Theirs")
    desk.member(own, "ann")
    bob, eve = desk.member(own, "bob", MemberRole.MANAGER), desk.member(other, "eve")
    token, _ = desk.tokens.make(own, "Ours", MemberRole.VIEWER, 9, OPERATOR)
    told = desk.acts(own)
    for one in (bob, eve):
        by = Doer(one.account_id, one.name)
        for deed in (
            lambda by=by: desk.invite(own, MemberRole.OWNER, "", by),
            lambda by=by: desk.tokens.make(own, "Mine", MemberRole.VIEWER, 9, by),
            lambda by=by: desk.tokens.revoke(own, token.token_id, by),
            lambda by=by: desk.members.remove(own, bob.account_id, by),
            lambda by=by: desk.members.change(own, bob.account_id, MemberRole.OWNER, by),
        ):
            with pytest.raises(Forbidden, match="not-an-owner"):
                deed()
    assert desk.acts(own) == told


@pytest.mark.parametrize("deed", ["change", "remove", "command-change", "command-remove"])
def test_nobody_comes_back_by_a_link_of_their_own(desk, deed):
    own = desk.organisation()
    ann, bob = desk.member(own, "ann"), desk.member(own, "bob")
    links = {
        one.name: desk.invite(own, MemberRole.OWNER, "", Doer(one.account_id, one.name))[1]
        for one in (ann, bob)
    }
    command = ChangeAccount(desk.accounts, desk.told.append, desk.clock)
    {
        "change": lambda: desk.members.change(own, bob.account_id, MemberRole.VIEWER, OPERATOR),
        "remove": lambda: desk.members.remove(own, bob.account_id, OPERATOR),
        "command-change": lambda: command("bob", member=MemberRole.VIEWER),
        "command-remove": lambda: command.remove("bob"),
    }[deed]()
    command("ann", display_name="Ann")
    with pytest.raises(NotFound, match="invitation-not-valid"):
        desk.join.accept(links["bob"], "bob2", PASSWORD)
    desk.join.accept(links["ann"], "eve", PASSWORD)


def test_commands_are_told_of_too(desk):
    own, other = desk.organisation("Ours"), desk.organisation("Theirs")
    create = CreateAccount(desk.accounts, desk.clock, desk.new_id)
    create("Ann", PASSWORD, Role.ADVERTISER, organisation_id=own)
    command = ChangeAccount(desk.accounts, desk.told.append, desk.clock)
    command("ann", display_name="Ann B.")
    command("ann", member=MemberRole.TILL)
    command("ann", organisation_id=other)
    command("ann", role=Role.EDITOR)
    assert desk.acts(own) == ["member-removed", "member-role-changed", "member-added"]
    assert desk.acts(other) == ["member-removed", "member-added"]
    act = desk.kept.acts(own, 2)[1]
    assert (act.by.name, act.detail) == (
        "roadcast account",
        {"name": "ann", "role": "till", "before": "owner"},
    )


def test_links_that_are_over_are_forgotten(desk):
    own = desk.organisation()
    desk.invite(own, MemberRole.TILL, "Counter", OPERATOR)
    desk.clock.advance(INVITATION_DAYS * DAY_MS / 1000 - 1)
    assert desk.invite.expire() == 0
    desk.clock.advance(1)
    assert desk.invite.expire() == 1


def test_a_deed_that_fails_is_not_told_of(desk):
    act = Act("adv_1", START_MS, OPERATOR, Action.REMOVED, "acc_1", {"name": "Zoé"})

    def fail():
        with desk.kept.engine.begin() as connection:
            write_act(connection, act)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with desk.kept.engine.begin() as connection:
        assert read_acts(connection, "adv_1", 9) == []
        write_act(connection, act)
    with desk.kept.engine.begin() as connection:
        (found,) = read_acts(connection, "adv_1", 9)
    assert (found.by.account_id, found.by.name, found.detail) == ("acc_operator", "Olga", {"name": "Zoé"})
