"""Codes and credentials."""

import pytest
from sqlalchemy import text

from kernel.errors import Forbidden, Invalid, NotFound, Unauthorized
from media.house_format import position_at
from players.feed.consent import GRACE_MS
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role, Technique, Vehicle, Zone
from players.playback.pull_playlist import Channel
from players.playback.session import open_grant
from tests.players.house import DRIVING


async def test_no_secret_is_kept_in_the_clear(house, database):
    house.register(Vehicle("veh_1", "Demo"))
    code = house.issue_code(CodeTerms("veh_1"))
    credential = house.enrol(code).credential
    with database.connect() as connection:
        for table in ("enrolment_codes", "head_units"):
            rows = str(connection.execute(text(f"SELECT * FROM {table}")).all())
            assert code not in rows
            assert credential not in rows


async def test_a_head_unit_is_what_its_code_says(house):
    house.register(Vehicle("veh_1", "Demo"))
    terms = CodeTerms("veh_1", zone=Zone.REAR, technique=Technique.SLATE, vss_version=4)
    unit = house.recognise(house.enrol(house.issue_code(terms, "PAPER-CODE")).credential)
    assert (unit.vehicle_id, unit.zone, unit.technique, unit.vss_version) == (
        "veh_1", Zone.REAR, Technique.SLATE, 4,
    )  # fmt: skip


async def test_named_refusals(house):
    with pytest.raises(NotFound, match="vehicle-unknown"):
        house.issue_code(CodeTerms("veh_1"))
    house.register(Vehicle("veh_1", "Demo"))
    for version in (2, 7):
        with pytest.raises(Invalid, match="vss-version-unknown"):
            house.issue_code(CodeTerms("veh_1", vss_version=version))
    with pytest.raises(Forbidden, match="code-not-valid"):
        house.enrol("guess")
    for credential in ("", "guess"):
        with pytest.raises(Unauthorized, match="credential-unknown"):
            house.recognise(credential)
    with pytest.raises(Unauthorized, match="credential-unknown"):
        house.recognise(house.issue_code(CodeTerms("veh_1")))


async def rear_in_france(house, technique):
    house.register(Vehicle("veh_1", "Demo", market="FR"))
    code = house.issue_code(CodeTerms("veh_1", Role.SCREEN, Zone.REAR, technique, uses=2))
    units = [house.recognise(house.enrol(code).credential) for _ in range(2)]
    return units[0], [await house.open_session(unit, house.read_vehicle("veh_1")) for unit in units]


async def drive(house, feed):
    house.clock.advance(1)
    await house.tell(feed, DRIVING)


async def picture(house, opened):
    body = await house.poll(Channel("ch1"), opened, "v720")
    return body if isinstance(body, bytes) else None


async def test_a_revoked_screen_keeps_its_sound_alone_for_as_long_as_its_session(house):
    unit, (opened, other) = await rear_in_france(house, Technique.TWO_ELEMENT)
    feed = house.feed()
    await drive(house, feed)
    assert await picture(house, opened)
    assert await picture(house, other)
    await house.revoke(unit.head_unit_id)
    for _ in range(12):
        await drive(house, feed)
        assert await picture(house, opened) is None
        assert b"avc1" not in await house.poll(Channel("ch1"), opened, "multivariant")
        assert await house.pull_audio(opened)
        assert await picture(house, other)
        house.clock.advance(3_500)


async def test_a_revoked_screen_is_told_at_once(house):
    unit, (opened, _) = await rear_in_france(house, Technique.TWO_ELEMENT)
    await drive(house, house.feed())
    grant = open_grant(house.signer, opened.grant, house.clock.now_ms())
    assert (await house.read_report(grant)).report.state.lease
    async with house.pushing(), house.push.listen("veh_1") as inbox:
        await house.revoke(unit.head_unit_id)
        assert (await inbox.get(5)).kind == "state"
    state = (await house.read_report(grant)).report.state
    assert (state.video.permitted, state.video.reason, state.lease) == (False, "head-unit-revoked", "")
    refused = await house.poll(Channel("ch1"), opened, "video")
    assert refused.reason == "head-unit-revoked"
    house.clock.advance(60)
    # Nothing that the car tells, or does not tell, is why.
    assert (await house.read_report(grant)).report.state.video.reason == "head-unit-revoked"


async def test_what_a_revoked_slate_screen_was_listed_before_is_black(house):
    unit, (opened, other) = await rear_in_france(house, Technique.SLATE)
    feed = house.feed()
    await drive(house, feed)
    name = house.segment("film1", "v720", 3, position_at(house.clock.now_ms()))
    held = (await picture(house, opened)).decode().rstrip().rpartition("?lease=")[2]
    assert await house.serve_segment(name, held) == f"film1/v720/3/{name.k}".encode()
    await house.revoke(unit.head_unit_id)
    assert await picture(house, opened) is None
    for _ in range(2):
        assert await house.serve_segment(name, held) == f"slate/v720/0/{name.k}".encode()
        await drive(house, feed)
    house.clock.advance(GRACE_MS / 1000)
    await drive(house, feed)
    held = (await picture(house, other)).decode().rstrip().rpartition("?lease=")[2]
    name = house.segment("film1", "v720", 3, position_at(house.clock.now_ms()))
    assert await house.serve_segment(name, held) == f"film1/v720/3/{name.k}".encode()


async def test_every_unit_that_was_revoked_is_marked(house):
    unit, (opened, other) = await rear_in_france(house, Technique.TWO_ELEMENT)
    await drive(house, house.feed())
    for one in house.units.units_of("veh_1"):
        await house.revoke(one.unit.head_unit_id)
    assert [await picture(house, one) for one in (opened, other)] == [None, None]
    with pytest.raises(NotFound, match="head-unit-unknown"):
        await house.revoke(unit.head_unit_id)
