import pytest

from kernel.errors import Conflict, Invalid, NotFound
from server.account import MAY, Account, MemberRole, Role
from server.organisations.organisation import (
    TOKEN_ROLES,
    check_label,
    check_owners,
    check_room,
    check_token,
    member_of,
)


def member(name: str, role: MemberRole) -> Account:
    return Account(f"acc_{name}", name, name, Role.ADVERTISER, "hash", "adv_1", member=role)


ANN, BOB = member("ann", MemberRole.OWNER), member("bob", MemberRole.MANAGER)


def test_the_last_owner_stays():
    with pytest.raises(Conflict) as caught:
        check_owners([ANN, BOB], ANN)
    assert caught.value.code == "last-owner"
    assert "“ann”" in caught.value.detail
    check_owners([ANN, BOB], BOB)
    check_owners([ANN, member("eve", MemberRole.OWNER)], ANN)


def test_a_member_is_found_among_the_organisation_s_own():
    assert member_of([ANN, BOB], "acc_bob") is BOB
    with pytest.raises(NotFound, match="member-unknown"):
        member_of([ANN], "acc_bob")


def test_no_token_may_look_after_members():
    assert not any("members" in MAY[role] for role in TOKEN_ROLES)
    assert set(TOKEN_ROLES) == set(MemberRole) - {MemberRole.OWNER}


@pytest.mark.parametrize(
    ("name", "role", "days", "code"),
    [
        ("  ", MemberRole.TILL, 1, "token-name-missing"),
        ("x" * 61, MemberRole.TILL, 1, "label-invalid"),
        ("a\x00b", MemberRole.TILL, 1, "label-invalid"),
        ("Till", MemberRole.OWNER, 1, "token-role-too-high"),
        ("Till", MemberRole.TILL, 0, "token-days-out-of-range"),
        ("Till", MemberRole.TILL, 366, "token-days-out-of-range"),
    ],
)
def test_tokens_that_may_not_be(name, role, days, code):
    with pytest.raises(Invalid) as caught:
        check_token(name, role, days)
    assert caught.value.code == code


def test_names_are_kept_without_space_around():
    assert check_token("  Till   4 ", MemberRole.TILL, 365) == "Till 4"
    assert check_label("") == ""


def test_there_is_an_end_to_how_many():
    check_room("tokens", 49, 50)
    with pytest.raises(Conflict, match="tokens-too-many"):
        check_room("tokens", 50, 50)
