"""The video lease: five seconds, and a minute's grace for players that die of a refusal."""

import pytest

from kernel.errors import Forbidden
from players.feed.head_unit import Technique, Zone
from players.playback import lease
from players.playback.lease import Lease

NOW = 1_800_000_000_000


@pytest.mark.parametrize("technique", Technique)
def test_a_lease(signer, technique):
    held = Lease("veh_1", Zone.REAR, technique, NOW + lease.LEASE_MS)
    token = lease.sign(signer, held)
    assert lease.read(signer, token, NOW + 4_999) == held
    last_ms = NOW + (65_000 if technique is Technique.SLATE else 5_000)
    assert lease.read(signer, token, last_ms - 1) == held
    with pytest.raises(Forbidden, match="lease-expired"):
        lease.read(signer, token, last_ms)


def test_none_at_all(signer):
    with pytest.raises(Forbidden, match="lease-missing"):
        lease.read(signer, "", NOW)
