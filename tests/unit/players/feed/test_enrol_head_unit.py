"""Codes and credentials."""

import pytest
from sqlalchemy import text

from kernel.errors import Forbidden, Invalid, NotFound, Unauthorized
from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Technique, Vehicle, Zone


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
