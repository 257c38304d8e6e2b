from dataclasses import replace

import pytest

from kernel.errors import Invalid
from server.account import SCOPES, Account, Role, check_password, fold_name


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


def test_an_operator_may_do_everything():
    assert set(SCOPES[Role.OPERATOR]) == {scope for scopes in SCOPES.values() for scope in scopes}


def test_a_new_password_has_a_new_fingerprint():
    account = Account("acc_1", "zoe", "Zoe", Role.EDITOR, "hash-1")
    assert account.fingerprint != replace(account, password_hash="hash-2").fingerprint
