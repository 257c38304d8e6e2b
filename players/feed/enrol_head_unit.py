"""Vehicles and the head units that join them."""

import asyncio
from dataclasses import dataclass

import msgspec

from kernel.clock import Clock
from kernel.errors import Forbidden, Invalid, NotFound, Unauthorized
from kernel.ids import NewId
from players.feed.head_unit import (
    VSS_VERSIONS,
    AdOutput,
    EnrolmentCode,
    HeadUnit,
    Role,
    Technique,
    Vehicle,
    Zone,
    digest,
)
from players.ports import HeadUnits, Revocations


@dataclass(frozen=True, slots=True)
class RegisterVehicle:
    """Add a vehicle, or change what is known of it."""

    units: HeadUnits
    clock: Clock

    def __call__(self, vehicle: Vehicle) -> None:
        """Keep ``vehicle`` under its id."""
        self.units.put_vehicle(vehicle, self.clock.now_ms())


class CodeTerms(msgspec.Struct, frozen=True):
    """What a code's head unit will be, and how often and how long the code is good.

    Args:
        shielded, built_in: what its operator declares of the screen; see :class:`~.head_unit.Mount`.
    """

    vehicle_id: str
    role: Role = Role.SCREEN
    zone: Zone = Zone.DRIVER
    technique: Technique = Technique.AUDIO_ONLY
    vss_version: int = 6
    uses: int = 1
    valid_ms: int = 7 * 86_400_000
    ads: AdOutput = AdOutput.STITCHED
    shielded: bool = False
    built_in: bool = False


@dataclass(frozen=True, slots=True)
class IssueCode:
    """Make an enrolment code for a vehicle."""

    units: HeadUnits
    clock: Clock
    new_id: NewId

    def __call__(self, terms: CodeTerms, code: str | None = None) -> str:
        """The code, which is shown once and stored as a digest only. ``code`` fixes it (the demo).

        Raises:
            NotFound: ``vehicle-unknown``.
            Invalid: ``vss-version-unknown``.
        """
        if terms.vss_version not in VSS_VERSIONS:
            raise Invalid("vss-version-unknown", "The signal vocabulary is VSS 3, 4, 5 or 6.")
        if self.units.vehicle(terms.vehicle_id) is None:
            raise NotFound("vehicle-unknown", "There is no such vehicle.")
        secret = code or self.new_id("enrol")
        self.units.put_code(
            EnrolmentCode(
                code_sha256=digest(secret),
                vehicle_id=terms.vehicle_id,
                role=terms.role,
                zone=terms.zone,
                technique=terms.technique,
                vss_version=terms.vss_version,
                uses_left=terms.uses,
                expires_at_ms=self.clock.now_ms() + terms.valid_ms,
                ads=terms.ads,
                shielded=terms.shielded,
                built_in=terms.built_in,
            )
        )
        return secret


class Enrolled(msgspec.Struct, frozen=True):
    """A new head unit with its credential, which is told once."""

    head_unit_id: str
    vehicle_id: str
    credential: str
    role: Role


@dataclass(frozen=True, slots=True)
class EnrolHeadUnit:
    """Turn a code into a head unit."""

    units: HeadUnits
    clock: Clock
    new_id: NewId

    def __call__(self, code: str) -> Enrolled:
        """Use the code.

        Raises:
            Forbidden: ``code-not-valid`` if it is unknown, used up or expired (which is not told).
        """
        credential = self.new_id("cred")
        unit = self.units.enrol(digest(code), self.new_id("hu"), digest(credential), self.clock.now_ms())
        if unit is None:
            raise Forbidden(
                "code-not-valid",
                "The enrolment code is unknown, used up or expired.",
                fix="Ask the vehicle's operator for a new code.",
            )
        return Enrolled(unit.head_unit_id, unit.vehicle_id, credential, unit.role)


@dataclass(frozen=True, slots=True)
class RecogniseHeadUnit:
    """Who holds a credential."""

    units: HeadUnits

    def __call__(self, credential: str) -> HeadUnit:
        """The head unit.

        Raises:
            Unauthorized: ``credential-unknown``.
        """
        unit = self.units.by_credential(digest(credential)) if credential else None
        if unit is None:
            raise Unauthorized(
                "credential-unknown",
                "No head unit has this credential.",
                fix="Enrol it: POST /v1/head-units with a code.",
            )
        return unit


@dataclass(frozen=True, slots=True)
class RevokeHeadUnit:
    """Take a head unit's credential away: it was lost, sold, or speaks nonsense."""

    units: HeadUnits
    revocations: Revocations
    clock: Clock

    async def __call__(self, head_unit_id: str) -> None:
        """Forget the unit. What it has open keeps its sound alone, and its picture for a lease at most.

        Its open feeds end within seconds; what it told goes stale as any silence does.

        Raises:
            NotFound: ``head-unit-unknown``.
        """
        unit = await asyncio.to_thread(self.units.unit, head_unit_id)
        if unit is None:
            raise NotFound("head-unit-unknown", "There is no such head unit.")
        # The mark first: should it fail, there is still a unit to revoke.
        await self.revocations.mark(unit.vehicle_id, head_unit_id, self.clock.now_ms())
        await asyncio.to_thread(self.units.revoke, head_unit_id)
