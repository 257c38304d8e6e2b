"""Sealed tokens."""

import base64

import pytest

from adserver.adapters.siv_sealer import SivSealer
from kernel.errors import Forbidden
from kernel.signing import Signer


def test_a_sealed_token_tells_nothing_and_can_be_opened_by_its_maker_alone():
    payload = b"price 250000 at 48.12,-1.68" * 3
    old, new = SivSealer([b"o" * 32]), SivSealer([b"n" * 32, b"o" * 32])
    token = old.seal("beacon", payload)
    assert token == old.seal("beacon", payload)
    assert new.unseal("beacon", token) == payload  # keys can be rotated
    sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert not any(payload[n : n + 3] in sealed for n in range(len(payload) - 3))
    assert old.seal("beacon", payload[:-1] + b"4")[30:] != token[30:]
    wrong = [
        token[:-1],
        token + "A",
        token.swapcase(),
        f" {token}",
        f"{token}=",
        "",
        "é",
        Signer([b"o" * 32]).sign("beacon", "x"),
    ]
    for forged, purpose in [*((one, "beacon") for one in wrong), (token, "lease")]:
        with pytest.raises(Forbidden):
            old.unseal(purpose, forged)
    with pytest.raises(Forbidden):
        SivSealer([b"x" * 32]).unseal("beacon", token)
