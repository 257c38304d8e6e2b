"""A vehicle's name in addresses: another in each session, and read by this house alone."""

import pytest

from adserver.adapters.siv_sealer import SivSealer
from kernel.errors import Forbidden
from kernel.signing import Signer
from players.playback import pseudonym


def test_it_is_read_back_with_what_sets_it_apart(signer):
    one, other = (pseudonym.salt_of(name) for name in ("ses_1", "ses_2"))
    assert len({one, other, bytes(pseudonym.SALT_BYTES)}) == 3
    for salt in (one, other):
        name = pseudonym.seal(signer, "veh_é", salt)
        assert name.isascii()
        assert not set(name) & set(":./?&%")
        assert pseudonym.unseal(signer, name) == ("veh_é", salt)


def test_the_vehicles_own_name_is_what_an_earlier_version_wrote(signer):
    assert pseudonym.unseal(signer, "veh_1") == ("veh_1", bytes(pseudonym.SALT_BYTES))


@pytest.mark.parametrize("forged", ["~", "~veh_1", "~" + "A" * 56])
def test_a_forged_one_is_refused(signer, forged):
    with pytest.raises(Forbidden, match="signature-invalid"):
        pseudonym.unseal(signer, forged)


def test_keys_are_rotated_without_a_refusal():
    old, new = b"o" * 32, b"n" * 32
    name = pseudonym.seal(Signer([old], SivSealer([old])), "veh_1", bytes(6))
    both = Signer([new, old], SivSealer([new, old]))
    assert pseudonym.unseal(both, name) == ("veh_1", bytes(6))
    assert pseudonym.seal(both, "veh_1", bytes(6)) != name


def test_who_only_checks_tokens_reads_none():
    with pytest.raises(LookupError):
        pseudonym.seal(Signer([b"k" * 32]), "veh_1", bytes(6))
