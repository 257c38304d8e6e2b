"""The video lease: five seconds, and a minute's grace for players that die of a refusal."""

import pytest

from kernel.errors import Forbidden
from players.feed.head_unit import Mount, Technique, Zone
from players.playback import lease
from players.playback.lease import Lease

NOW = 1_800_000_000_000


MOUNTS = [Mount(Zone.REAR), Mount(Zone.PASSENGER, shielded=True), Mount(Zone.DRIVER, True, True)]


@pytest.mark.parametrize("technique", Technique)
@pytest.mark.parametrize("mount", MOUNTS)
def test_a_lease(signer, technique, mount):
    held = Lease("veh_1", mount, technique, NOW + lease.LEASE_MS)
    token = lease.sign(signer, held)
    assert lease.read(signer, token, NOW + 4_999) == held
    last_ms = NOW + (65_000 if technique is Technique.SLATE else 5_000)
    assert lease.read(signer, token, last_ms - 1) == held
    with pytest.raises(Forbidden, match="lease-expired"):
        lease.read(signer, token, last_ms)


def test_none_at_all(signer):
    with pytest.raises(Forbidden, match="lease-missing"):
        lease.read(signer, "", NOW)


def test_one_of_the_version_before_is_read_as_of_a_screen_of_which_nothing_is_declared(signer):
    token = signer.edge.sign("video-lease", f"veh_1:passenger:two-element:{NOW + 5_000}")
    assert lease.read(signer, token, NOW).mount == Mount(Zone.PASSENGER)
    assert lease.sign(signer, lease.read(signer, token, NOW)) == token
