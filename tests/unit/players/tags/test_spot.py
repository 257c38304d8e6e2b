"""The token of a promotion."""

import pytest

from kernel.errors import Forbidden
from players.tags.spot import Spot, open_spot, sign_spot

SPOT = Spot("ses_1", "ast_1", 8, 5_000)


def test_it_is_read_as_it_was_written(signer):
    assert open_spot(signer, sign_spot(signer, SPOT), "ses_1", 4_999) == SPOT


@pytest.mark.parametrize(
    ("session_id", "now_ms", "code"),
    [("ses_2", 0, "spot-of-other-session"), ("ses_1", 5_000, "spot-expired")],
)
def test_it_is_one_sessions_and_ends(signer, session_id, now_ms, code):
    with pytest.raises(Forbidden) as caught:
        open_spot(signer, sign_spot(signer, SPOT), session_id, now_ms)
    assert caught.value.code == code


def test_a_forged_one_is_worth_nothing(signer):
    token = sign_spot(signer, SPOT).replace("ast_1", "ast_2")
    for forged in (token, "", "a.b"):
        with pytest.raises(Forbidden, match="signature"):
            open_spot(signer, forged, "ses_1", 0)
