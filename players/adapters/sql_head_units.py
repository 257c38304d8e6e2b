"""Vehicles, head units and enrolment codes in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, delete, insert, select, update

from adserver.booking.targeting import Powertrain
from players.adapters.tables import enrolment_codes, head_units, market_changes, vehicles
from players.feed.head_unit import (
    AdOutput,
    Enrolment,
    EnrolmentCode,
    HeadUnit,
    Role,
    Technique,
    Vehicle,
    Zone,
)


class SqlHeadUnits:
    """Implements :class:`players.ports.HeadUnits`; one transaction a method.

    Args:
        engine: for writing.
        reads: for reading; ``engine`` where there is no other.
    """

    def __init__(self, engine: Engine, reads: Engine | None = None) -> None:
        self._engine = engine
        self._reads = reads or engine

    def put_vehicle(self, vehicle: Vehicle, now_ms: int) -> None:
        """See the port."""
        row = {
            "label": vehicle.label,
            "language": vehicle.language,
            "location_consent": vehicle.location_consent,
            "manual_gearbox": vehicle.manual_gearbox,
            "model": vehicle.model,
            "powertrain": vehicle.powertrain or "",
            "state_consent": vehicle.state_consent,
        }
        same = vehicles.c.vehicle_id == vehicle.vehicle_id
        with self._engine.begin() as connection:
            if not connection.execute(update(vehicles).where(same).values(row)).rowcount:
                first = {"vehicle_id": vehicle.vehicle_id, "market": vehicle.market, "created_ms": now_ms}
                new = {**row, **first}
                connection.execute(insert(vehicles).values(new))

    def vehicle(self, vehicle_id: str) -> Vehicle | None:
        """See the port."""
        query = select(vehicles).where(vehicles.c.vehicle_id == vehicle_id)
        with self._reads.connect() as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        return Vehicle(
            row.vehicle_id,
            row.label,
            row.market,
            row.language,
            row.location_consent,
            row.manual_gearbox,
            row.model,
            Powertrain(row.powertrain) if row.powertrain else None,
            row.state_consent,
        )

    def put_code(self, code: EnrolmentCode) -> None:
        """See the port."""
        row = {
            "code_sha256": code.code_sha256,
            "vehicle_id": code.vehicle_id,
            "role": code.role.value,
            "zone": code.zone.value,
            "technique": code.technique.value,
            "vss_version": code.vss_version,
            "uses_left": code.uses_left,
            "expires_at_ms": code.expires_at_ms,
            "ads": code.ads.value,
            "shielded": code.shielded,
            "built_in": code.built_in,
        }
        with self._engine.begin() as connection:
            connection.execute(
                delete(enrolment_codes).where(enrolment_codes.c.code_sha256 == code.code_sha256)
            )
            connection.execute(insert(enrolment_codes).values(row))

    def enrol(
        self, code_sha256: str, head_unit_id: str, credential_sha256: str, now_ms: int
    ) -> HeadUnit | None:
        """See the port. The decrement is the claim: of two that race for the last use one gets no row."""
        good = (
            (enrolment_codes.c.code_sha256 == code_sha256)
            & (enrolment_codes.c.uses_left > 0)
            & (enrolment_codes.c.expires_at_ms > now_ms)
        )
        claim = update(enrolment_codes).where(good).values(uses_left=enrolment_codes.c.uses_left - 1)
        with self._engine.begin() as connection:
            if not connection.execute(claim).rowcount:
                return None
            code = connection.execute(
                select(enrolment_codes).where(enrolment_codes.c.code_sha256 == code_sha256)
            ).one()
            row = {
                "head_unit_id": head_unit_id,
                "vehicle_id": code.vehicle_id,
                "role": code.role,
                "zone": code.zone,
                "technique": code.technique,
                "vss_version": code.vss_version,
                "credential_sha256": credential_sha256,
                "enrolled_ms": now_ms,
                "code_sha256": code_sha256,
                "ads": code.ads,
                "shielded": code.shielded,
                "built_in": code.built_in,
            }
            connection.execute(insert(head_units).values(row))
            new = connection.execute(select(head_units).where(head_units.c.head_unit_id == head_unit_id))
            return _head_unit(new.one())

    def by_credential(self, credential_sha256: str) -> HeadUnit | None:
        """See the port."""
        return self._one(head_units.c.credential_sha256 == credential_sha256)

    def unit(self, head_unit_id: str) -> HeadUnit | None:
        """See the port."""
        return self._one(head_units.c.head_unit_id == head_unit_id)

    def known(self, head_unit_ids: Sequence[str]) -> frozenset[str]:
        """Those of the units that there are."""
        query = select(head_units.c.head_unit_id).where(head_units.c.head_unit_id.in_(head_unit_ids))
        with self._reads.connect() as connection:
            return frozenset(connection.scalars(query))

    def units_of(self, vehicle_id: str) -> list[Enrolment]:
        """See the port."""
        query = (
            select(head_units)
            .where(head_units.c.vehicle_id == vehicle_id)
            .order_by(head_units.c.enrolled_ms, head_units.c.head_unit_id)
        )
        with self._reads.connect() as connection:
            return [
                Enrolment(_head_unit(row), row.enrolled_ms, row.code_sha256)
                for row in connection.execute(query)
            ]

    def revoke(self, head_unit_id: str) -> bool:
        """See the port."""
        gone = delete(head_units).where(head_units.c.head_unit_id == head_unit_id)
        with self._engine.begin() as connection:
            return bool(connection.execute(gone).rowcount)

    def remove_vehicle(self, vehicle_id: str) -> bool:
        """See the port."""
        with self._engine.begin() as connection:
            for table in (enrolment_codes, head_units, market_changes):
                connection.execute(delete(table).where(table.c.vehicle_id == vehicle_id))
            gone = delete(vehicles).where(vehicles.c.vehicle_id == vehicle_id)
            return bool(connection.execute(gone).rowcount)

    def _one(self, condition: ColumnElement[bool]) -> HeadUnit | None:
        with self._reads.connect() as connection:
            row = connection.execute(select(head_units).where(condition)).first()
        return _head_unit(row) if row else None


def _head_unit(row: Row[Any]) -> HeadUnit:
    return HeadUnit(
        head_unit_id=row.head_unit_id,
        vehicle_id=row.vehicle_id,
        role=Role(row.role),
        zone=Zone(row.zone),
        technique=Technique(row.technique),
        vss_version=row.vss_version,
        ads=AdOutput(row.ads),
        shielded=row.shielded,
        built_in=row.built_in,
    )
