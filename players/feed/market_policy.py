"""A market's rules as data: what a screen of each zone may show in which driving state, on which conditions.

A file in TOML for each market, named after it (``DE.toml``); its form is :class:`PolicyFile`. What a table
does not name is never shown.
"""

import itertools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from kernel.country import COUNTRIES
from kernel.errors import Invalid
from players.feed.driving_state import DrivingState
from players.feed.evidence import DECLARED, Condition
from players.feed.head_unit import Mount, Zone
from players.feed.market import STRICT

TEXT_LIMIT = 4_000
MEMBERS_LIMIT = 300


class Show(StrEnum):
    """What is shown: moving pictures, or a still card."""

    VIDEO = "video"
    CARDS = "cards"

    __hash__ = str.__hash__


class Certainty(StrEnum):
    """How sure it is that the rule binds: a law, a guideline, or a reading that may be disputed."""

    BINDING = "binding"
    VOLUNTARY = "voluntary"
    UNCERTAIN = "uncertain"


_Text = Annotated[str, Meta(min_length=1, max_length=TEXT_LIMIT)]
_Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
Rows = dict[DrivingState, frozenset[Condition]]
"""The conditions that must all hold, by the driving states in which it may be shown."""


class ZoneFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the screens of a zone may show."""

    video: Rows
    cards: Rows


_Count = Annotated[int, Meta(ge=1, le=1000)]


class Glances(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many cards whoever drives may be shown in any hour and in a drive, unless it is parked."""

    hour: _Count
    drive: _Count


class PolicyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A file as it is written.

    Args:
        source: where the rule is written.
        members: countries that it also governs, unless they have a file of their own.
        calls: the driving states in which the screen's driver may begin a call that a card offers.
        beyond_strict: by table, why the driver's screen (``driver.video``, ``driver.cards``) may show more
            than the strict policy lets it, and a rear one (``rear.video``, ``rear.cards``) that nobody
            declared unseen by whoever drives more than the driver's. Where that is missing, they may not.
            ``calls`` says why calls may be begun where the strict policy lets none begin, ``glances`` why
            there may be more of them than that lets be.
        glances: the strict policy's where a file has none; without them there, any number.
    """

    name: _Text
    source: _Text
    certainty: Certainty
    driver: ZoneFile
    passenger: ZoneFile
    rear: ZoneFile
    notes: _Text = "-"
    members: Annotated[tuple[_Country, ...], Meta(max_length=MEMBERS_LIMIT)] = ()
    calls: frozenset[DrivingState] = frozenset({DrivingState.PARKED})
    glances: Glances | None = None
    beyond_strict: dict[str, _Text] = {}

    def rows(self, zone: Zone, show: Show) -> Rows:
        """The table ``zone.show``."""
        of_zone: ZoneFile = getattr(self, zone.value)
        return of_zone.video if show is Show.VIDEO else of_zone.cards


MOUNTS = tuple(itertools.starmap(Mount, itertools.product(Zone, (False, True), (False, True))))

# Evidence that is lost turns a state into one further on: what holds there must be asked no less.
_LOOSER_THAN: tuple[tuple[DrivingState, DrivingState], ...] = (
    (DrivingState.PARKED, DrivingState.IDLING),
    (DrivingState.PARKED, DrivingState.TRANSPORTED),
    (DrivingState.IDLING, DrivingState.MOVING),
    (DrivingState.TRANSPORTED, DrivingState.UNKNOWN),
    (DrivingState.MOVING, DrivingState.UNKNOWN),
)


_CALLS, _GLANCES = "calls", "glances"


@dataclass(frozen=True, slots=True, eq=False)
class MarketPolicy:
    """A file, ready to be judged by.

    Args:
        code: the file's name without ``.toml``.
        needs: the conditions to prove, by what is shown, where, and in which driving state; where the
            screen lacks what must be declared of it there is no entry.
        evidence: every condition that any table asks the vehicle for, in one order.
    """

    code: str
    file: PolicyFile
    needs: Mapping[tuple[Show, Mount, DrivingState], tuple[Condition, ...]] = field(repr=False)
    evidence: tuple[Condition, ...]
    source: str

    @classmethod
    def read(cls, where: str, code: str, text: str) -> Self:
        """The policy of a file.

        Args:
            where: the file's path, for messages.
            code: its name without ``.toml``.
            text: what it says.

        Raises:
            Invalid: ``policy-invalid``, naming the file and the key.
        """
        try:
            file = msgspec.convert(tomllib.loads(text), PolicyFile)
        except tomllib.TOMLDecodeError as problem:
            raise refused(where, f"is no TOML: {problem}") from None
        except msgspec.ValidationError as problem:
            raise refused(where, str(problem).replace("`$.", "`").replace("`$`", "the file")) from None
        _check(where, code, file)
        return cls(code, file, _compiled(file), _evidence(file), file.source)


def refused(where: str, problem: str) -> Invalid:
    """A file cannot be used."""
    return Invalid("policy-invalid", f"{where}: {problem}.", fix="docs/market-policies.md has the form.")


def _check(where: str, code: str, file: PolicyFile) -> None:
    if unknown := sorted(set(file.members) - COUNTRIES):
        raise refused(where, f"`members`: {unknown[0]} is no country (ISO 3166-1)")
    if code != STRICT and code not in COUNTRIES and not file.members:
        raise refused(where, f"governs nobody: {code} is no country (ISO 3166-1), and `members` names none")
    for zone, show in itertools.product(Zone, Show):
        rows, table = file.rows(zone, show), f"`{zone}.{show}"
        for before, after in _LOOSER_THAN:
            if after in rows and (before not in rows or not rows[before] <= rows[after]):
                raise refused(where, f"{table}.{after}` asks less than {before} does")
        for state, conditions in rows.items():
            if conditions == {Condition.CHARGING} and state is not DrivingState.PARKED:
                raise refused(where, f"{table}.{state}`: charging is never enough by itself")
    _check_zones(where, file)
    _check_calls(where, file)
    tables = {f"{zone}.{show}" for zone in (Zone.DRIVER, Zone.REAR) for show in Show} | {_CALLS, _GLANCES}
    for key in file.beyond_strict:
        if key not in tables:
            raise refused(where, f"`beyond-strict.{key}` is neither {' nor '.join(sorted(tables))}")


def _check_calls(where: str, file: PolicyFile) -> None:
    for before, after in _LOOSER_THAN:
        if after in file.calls and before not in file.calls:
            raise refused(where, f"`calls` names {after} and not {before}")


def _check_zones(where: str, file: PolicyFile) -> None:
    """A screen that is not declared unseen by whoever drives shows them what it shows."""
    for zone, show in itertools.product((Zone.PASSENGER, Zone.REAR), Show):
        table, least = f"{zone}.{show}", file.rows(Zone.DRIVER, show)
        reasoned = zone is Zone.REAR and table in file.beyond_strict
        for state, conditions in file.rows(zone, show).items():
            unseen = Condition.SHIELDED in conditions
            stricter = state in least and least[state] <= conditions
            if not (unseen or stricter or reasoned):
                why = (
                    ", and `beyond-strict` does not say why"
                    if zone is Zone.REAR
                    else " and asks for no `shielded`"
                )
                raise refused(where, f"`{table}.{state}` is looser than `{Zone.DRIVER}.{show}.{state}`{why}")


def _compiled(file: PolicyFile) -> dict[tuple[Show, Mount, DrivingState], tuple[Condition, ...]]:
    found, declarable = {}, set(DECLARED)
    for show, mount in itertools.product(Show, MOUNTS):
        for state, conditions in file.rows(mount.zone, show).items():
            declared = [holds(mount) for condition, holds in DECLARED.items() if condition in conditions]
            if all(declared):
                found[show, mount, state] = tuple(one for one in Condition if one in conditions - declarable)
    return found


def _evidence(file: PolicyFile) -> tuple[Condition, ...]:
    asked = {
        condition
        for zone, show in itertools.product(Zone, Show)
        for conditions in file.rows(zone, show).values()
        for condition in conditions
    }
    return tuple(one for one in Condition if one in asked - set(DECLARED))


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of every market.

    Args:
        by_market: by country; those of members too.
        strict: of every other.
        unfound: while it is not found out which market a vehicle is in, as before its first report: the
            strict one, and nothing is shown, so that it is no looser than any market, in any cell.
    """

    by_market: Mapping[str, MarketPolicy]
    strict: MarketPolicy
    unfound: MarketPolicy = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """The one that shows nothing is made of the strict one."""
        file = msgspec.structs.replace(self.strict.file, calls=frozenset())
        object.__setattr__(self, "unfound", replace(self.strict, file=file, needs={}))

    @classmethod
    def of(cls, files: Mapping[str, tuple[str, MarketPolicy]]) -> Self:
        """From all files, by their names without ``.toml``, each with its path.

        Raises:
            Invalid: ``policy-invalid``: the strict one is missing, two govern one member, or one lets the
                driver's screen show more than the strict one does and does not say why.
        """
        if STRICT not in files:
            raise refused(f"{STRICT}.toml", "is missing")
        strict = files[STRICT][1]
        by_market = {code: policy for code, (_, policy) in files.items()}
        for where, policy in files.values():
            _check_driver(where, policy.file, strict.file)
            for member in policy.file.members:
                if member in files:
                    continue
                other = by_market.setdefault(member, policy)
                if other is not policy:
                    raise refused(where, f"`members`: {member} is governed by {other.code}.toml already")
        return cls(by_market, strict)

    def governing(self, markets: tuple[str, ...]) -> tuple[MarketPolicy, ...]:
        """What must all permit: of an unknown market the strict one; of none, the one that shows nothing."""
        of, strict = self.by_market.get, self.strict
        if len(markets) == 1:
            return (of(markets[0], strict),)
        return tuple(dict.fromkeys(of(market, strict) for market in markets)) or (self.unfound,)

    def glances(self, markets: tuple[str, ...]) -> Glances | None:
        """The fewest that any of those that govern lets be."""
        strict = self.strict.file.glances
        found = [one for policy in self.governing(markets) if (one := policy.file.glances or strict)]
        if not found:
            return None
        return Glances(min(one.hour for one in found), min(one.drive for one in found))

    def all(self) -> Iterable[MarketPolicy]:
        """Each once."""
        return {policy.code: policy for policy in self.by_market.values()}.values()


def _looser(one: Glances | None, strict: Glances | None) -> bool:
    return one is not None and strict is not None and (one.hour > strict.hour or one.drive > strict.drive)


def _check_driver(where: str, file: PolicyFile, strict: PolicyFile) -> None:
    if not file.calls <= strict.calls and _CALLS not in file.beyond_strict:
        raise refused(where, f"`calls` is looser than {STRICT}.toml, and `beyond-strict` does not say why")
    if _looser(file.glances, strict.glances) and _GLANCES not in file.beyond_strict:
        raise refused(where, f"`glances` is looser than {STRICT}.toml, and `beyond-strict` does not say why")
    for show in Show:
        table = f"{Zone.DRIVER}.{show}"
        least = strict.rows(Zone.DRIVER, show)
        for state, conditions in file.rows(Zone.DRIVER, show).items():
            stricter = state in least and least[state] <= conditions
            if not stricter and table not in file.beyond_strict:
                raise refused(
                    where,
                    f"`{table}.{state}` is looser than {STRICT}.toml, and `beyond-strict` does not say why",
                )
