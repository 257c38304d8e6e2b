from dataclasses import replace

import pytest

from kernel.errors import Invalid
from server.account import MAY, SCOPES, Account, MemberRole, Role, check_password, fold_name


def test_names_are_compared_folded():
    assert fold_name("  Zoë@Example.ORG ") == fold_name("zoë@example.org")
    assert fold_name("ﬁn") == "fin"


@pytest.mark.parametrize("name", ["", "   ", "a\x00b", "x" * 201])
def test_names_that_are_none(name):
    with pytest.raises(Invalid):
        fold_name(name)


def test_passwords_have_a_least_and_a_greatest_length():
    assert check_password("x" * 10)
    for bad in ("x" * 9, "x" * 1001):
        with pytest.raises(Invalid):
            check_password(bad)


def member(role, **more) -> Account:
    return Account("acc_1", "zoe", "Zoe", Role.ADVERTISER, "hash-1", "adv_1", member=role, **more)


def test_an_operator_may_do_everything():
    assert set(SCOPES[Role.OPERATOR]) == {
        scope for scopes in (*SCOPES.values(), *MAY.values()) for scope in scopes
    }


def test_an_owner_may_do_what_any_member_may():
    assert {word for may in MAY.values() for word in may} == set(MAY[MemberRole.OWNER])
    assert [role for role in MemberRole if "members" in MAY[role]] == [MemberRole.OWNER]


def test_a_member_may_do_what_the_role_says_and_no_more():
    assert member(MemberRole.TILL).scopes == ("advertiser", "redeem")
    assert member(None).scopes == ("advertiser",)
    astray = replace(member(MemberRole.OWNER), role=Role.EDITOR)
    assert astray.scopes == ("editor",), "a role within an organisation is nothing outside of it"


def test_another_role_has_another_fingerprint():
    prints = {member(role).fingerprint for role in (None, *MemberRole)}
    assert len(prints) == len(MemberRole) + 1


def test_a_new_password_has_a_new_fingerprint():
    account = Account("acc_1", "zoe", "Zoe", Role.EDITOR, "hash-1")
    assert account.fingerprint != replace(account, password_hash="hash-2").fingerprint
