"""The video lease: five seconds, and a minute's grace for players that die of a refusal."""

import pytest

from kernel.errors import Forbidden
from players.feed.head_unit import Mount, Technique, Zone
from players.playback import lease, pseudonym
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
    assert lease.read(signer, token, NOW).vehicle_id == "veh_1"


def test_it_tells_nobody_which_vehicle_it_is_of_and_calls_it_otherwise_in_each_session(signer):
    salts = [pseudonym.salt_of(one) for one in ("ses_1", "ses_2")]
    names = []
    for salt in salts:
        held = Lease("veh_1", Mount(Zone.REAR), Technique.SLATE, NOW, salt)
        token = lease.sign(signer, held)
        assert lease.genuine(signer, token) == held
        assert "veh_1" not in token
        names.append(token.partition(":")[0])
    assert len(set(names)) == 2
