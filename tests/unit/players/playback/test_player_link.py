import msgspec
import pytest

from kernel.errors import Forbidden
from players.feed.head_unit import AdOutput, HeadUnit, Role, Technique, Zone
from players.playback.player_link import (
    TURN_MS,
    PlayerLink,
    as_any_player,
    open_link,
    session_id_of,
    sign_link,
)
from players.playback.session import EVENTS, Ticket, sign_ticket

UNIT = HeadUnit("hu_1", "veh_1", Role.BOTH, Zone.DRIVER, Technique.TWO_ELEMENT, 6)
LINK = PlayerLink("hu_1", 1_000)


def test_a_key_is_good_until_it_expires(signer):
    key = sign_link(signer, LINK)
    assert open_link(signer, key, 999) == LINK
    with pytest.raises(Forbidden) as refusal:
        open_link(signer, key, 1_000)
    assert refusal.value.code == "player-link-expired"


def test_a_key_tells_nobody_the_head_unit_and_links_cannot_be_laid_side_by_side(signer):
    keys = [sign_link(signer, PlayerLink("hu_1", until_ms)) for until_ms in (1_000, 2_000)]
    assert not any("hu_1" in key for key in keys)
    assert len({key.partition(":")[0] for key in keys}) == 2


def test_a_key_of_the_version_before_is_good_until_it_expires(signer):
    assert open_link(signer, signer.sign("player-link", "hu_1:1000"), 999) == LINK


def test_no_other_token_is_a_key(signer):
    ticket = sign_ticket(signer, Ticket(EVENTS, "hu_1", "veh_1", 6), 0)
    for token in ("", "x", "hu_1:99999999999.AAAA", ticket, sign_link(signer, LINK)[:-1]):
        with pytest.raises(Forbidden) as refusal:
            open_link(signer, token, 0)
        assert refusal.value.code == "signature-invalid"


@pytest.mark.parametrize(
    ("technique", "played"),
    [
        (Technique.TWO_ELEMENT, Technique.AUDIO_ONLY),
        (Technique.AUDIO_ONLY, Technique.AUDIO_ONLY),
        (Technique.SLATE, Technique.SLATE),
    ],
)
def test_any_player_is_taken_for_one_that_can_do_little(technique, played):
    told = msgspec.structs.replace(
        UNIT,
        technique=technique,
        ads=AdOutput.INTERSTITIALS,
        zone=Zone.REAR,
        shielded=True,
        built_in=True,
    )
    assert as_any_player(told) == msgspec.structs.replace(UNIT, technique=played)


def test_a_session_is_that_of_its_link_channel_and_turn():
    one = session_id_of(LINK, "ch1", 7, 5)
    assert one == session_id_of(LINK, "ch1", 7, TURN_MS - 1)
    others = {
        session_id_of(LINK, "ch2", 7, 5),
        session_id_of(LINK, "ch1", 7, TURN_MS),
        session_id_of(LINK, "ch1", 8, 5),
        session_id_of(PlayerLink("hu_2", 1_000), "ch1", 7, 5),
        session_id_of(PlayerLink("hu_1", 1_001), "ch1", 7, 5),
    }
    assert len(others - {one}) == 5
