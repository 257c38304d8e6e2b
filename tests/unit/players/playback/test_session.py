"""Grants, tickets and leases: each worthless for another use, another session, or later."""

from urllib.parse import quote

import msgspec
import pytest

from adserver.adapters.siv_sealer import SivSealer
from kernel.errors import Forbidden
from kernel.signing import Signer
from players.feed.head_unit import Mount, Technique, Zone
from players.playback import lease, session
from players.playback.session import (
    Grant,
    Scope,
    Session,
    Ticket,
    as_granted,
    open_grant,
    open_ticket,
    sign_grant,
    sign_ticket,
)

NOW = 1_800_000_000_000
SESSION = Session(
    "ses_1", "veh_1", "hu_1", "ch1", Zone.REAR, Technique.SLATE, "FR", "fr", True, NOW, NOW + 10
)
TICKET = Ticket("feed", "hu_1", "veh_1", 4)


def test_a_grant(signer):
    token = sign_grant(signer, SESSION)
    grant = open_grant(signer, token, NOW + 9, "ses_1")
    assert (grant.session_id, grant.vehicle_id, grant.expires_at_ms) == ("ses_1", "veh_1", NOW + 10)
    for now_ms, session_id, code in ((NOW + 10, "ses_1", "grant-expired"), (NOW, "ses_2", "grant-of-other")):
        with pytest.raises(Forbidden, match=code):
            open_grant(signer, token, now_ms, session_id)


def test_a_grant_tells_nobody_which_vehicle_it_is_of(signer):
    for scope in Scope:
        token = sign_grant(signer, SESSION, scope)
        assert "veh_1" not in token
        assert token == sign_grant(signer, SESSION, scope)  # a player's addresses stay as they are
        assert token == quote(token, safe="~:")
    other = msgspec.structs.replace(SESSION, session_id="ses_2")
    names = {sign_grant(signer, one).split(":")[1] for one in (SESSION, other)}
    assert len(names) == 2


@pytest.mark.parametrize("scope", Scope)
def test_a_grant_of_the_version_before_is_good_until_it_ends(signer, scope):
    narrowed = "" if scope is Scope.SCREEN else f":{scope}"
    token = signer.edge.sign("session-grant", f"ses_1:veh_1:{NOW + 10}{narrowed}")
    assert open_grant(signer, token, NOW, "ses_1") == Grant("ses_1", "veh_1", NOW + 10, scope)


def test_a_pseudonym_of_other_keys_is_refused_though_the_grant_is_signed(signer):
    """A proxy holds the keys that sign, not those that seal."""
    foreign = Signer([b"x" * 32], SivSealer([b"x" * 32]))
    name = sign_grant(foreign, SESSION).split(":")[1]
    token = signer.edge.sign("session-grant", f"ses_1:{name}:{NOW + 10}")
    with pytest.raises(Forbidden, match="signature-invalid"):
        open_grant(signer, token, NOW, "ses_1")


def test_a_ticket(signer):
    token = sign_ticket(signer, TICKET, NOW)
    assert open_ticket(signer, token, "feed", NOW + 29_999) == TICKET
    with pytest.raises(Forbidden, match="ticket-for-other-purpose"):
        open_ticket(signer, token, "events", NOW)
    with pytest.raises(Forbidden, match="ticket-expired"):
        open_ticket(signer, token, "feed", NOW + 30_000)


def test_no_token_stands_for_another(signer):
    tokens = {
        "grant": sign_grant(signer, SESSION),
        "ticket": sign_ticket(signer, TICKET, NOW),
        "lease": lease.sign(signer, lease.of_session(SESSION, NOW)),
    }
    readers = {
        "grant": lambda token: open_grant(signer, token, NOW),
        "ticket": lambda token: open_ticket(signer, token, "feed", NOW),
        "lease": lambda token: lease.read(signer, token, NOW),
    }
    for kind, token in tokens.items():
        for reader, read in readers.items():
            if reader != kind:
                with pytest.raises(Forbidden, match="signature-invalid"):
                    read(token)


def test_one_that_an_older_version_opened_is_of_a_screen_of_which_nothing_is_declared():
    kept = msgspec.msgpack.decode(SESSION.encode())
    del kept["shielded"], kept["built_in"]
    assert session.decode(msgspec.msgpack.encode(kept)).mount == Mount(SESSION.zone)


def test_what_may_be_handed_on_shows_no_more_than_the_driver_may_see():
    rear = msgspec.structs.replace(SESSION, zone=Zone.REAR, shielded=True, built_in=True)
    handed = Grant(rear.session_id, rear.vehicle_id, rear.expires_at_ms, Scope.PLAY)
    assert as_granted(rear, handed).mount == Mount(Zone.DRIVER)
    own = msgspec.structs.replace(handed, scope=Scope.SCREEN)
    assert as_granted(rear, own) is rear
