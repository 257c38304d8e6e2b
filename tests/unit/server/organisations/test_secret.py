import re

import pytest

from server.chance import new_id
from server.organisations.secret import PREFIX, digest, is_token, token_of

TOKEN = token_of("adv_abcdefghij0123456789")


def test_a_token_is_what_scanners_look_for():
    assert TOKEN == "roadcast_adv_abcdefghij01234567891fy3215"
    assert re.fullmatch(r"roadcast_adv_[a-z0-9]{27}", token_of(new_id("adv")))


@pytest.mark.parametrize("at", range(len(PREFIX), len(TOKEN)))
def test_one_wrong_character_makes_it_none(at):
    assert is_token(TOKEN)
    assert not is_token(TOKEN[:at] + ("0" if TOKEN[at] != "0" else "1") + TOKEN[at + 1 :])


@pytest.mark.parametrize(
    "text", ["", PREFIX, "cred_abc", TOKEN[:-1], f" {TOKEN}", TOKEN.upper(), "roadcast_adv_é"]
)
def test_what_is_no_token(text):
    assert not is_token(text)


def test_what_is_kept_of_it_does_not_tell_it():
    assert len(digest(TOKEN)) == 64
    assert digest(TOKEN) != digest(TOKEN[:-1])
