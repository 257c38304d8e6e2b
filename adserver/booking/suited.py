"""Which share of what is offered is what a targeting asks for, by how often its traits were seen of late.

Traits are taken as independent of each other, of the hour and of the place, but for how full a car is, which
is kept with what drives it.
"""

from collections.abc import Callable, Mapping

from adserver.booking.targeting import Bounds, Targeting, speaks
from adserver.serving.supply import GOING, ODOMETER_STEP_KM, PERCENT_STEP, Kind, Trait

Values = Mapping[str, int]
Traits = Mapping[tuple[str, Kind], Mapping[Trait, Values]]
"""How often each value of a trait was seen, by market and kind."""


def share_of(targeting: Targeting, seen: Mapping[Trait, Values], kind: Kind) -> tuple[float, set[Trait]]:
    """The share that is suited, and the traits of which nothing was seen; what is not known is not suited.

    Hours are reckoned with elsewhere; a card is before no programme.
    """
    share, untold = 1.0, set[Trait]()
    for trait, suits in _asked(targeting).items():
        values = seen.get(trait, {})
        total = sum(values.values())
        if kind is Kind.CARD and trait is Trait.GENRE:
            return 0.0, set()
        if not total:
            untold.add(trait)
            continue
        share *= sum(number * suits(value) for value, number in values.items() if value) / total
    return share, untold


def going_share(seen: Mapping[Trait, Values]) -> float:
    """Of how many it is known which way the car goes."""
    values = seen.get(Trait.COURSE, {})
    return values.get(GOING, 0) / max(1, sum(values.values()))


def segments_of(seen: Mapping[Trait, Values]) -> float:
    """How long breaks are in the mean; 0 where none was seen."""
    lengths = {int(value): number for value, number in seen.get(Trait.SEGMENTS, {}).items() if value != "0"}
    return sum(length * number for length, number in lengths.items()) / max(1, sum(lengths.values()))


def _asked(targeting: Targeting) -> dict[Trait, Callable[[str], float]]:
    """How much of each value is suited, by trait."""
    asked: dict[Trait, Callable[[str], float]] = {}
    if targeting.languages:
        asked[Trait.LANGUAGE] = lambda value: speaks(targeting.languages, value)
    if targeting.driving:
        asked[Trait.DRIVING] = lambda value: value in targeting.driving
    if targeting.genres:
        asked[Trait.GENRE] = lambda value: value in targeting.genres
    if targeting.models:
        names = {name.casefold() for name in targeting.models}
        asked[Trait.MODEL] = lambda value: value in names
    if targeting.service_due is not None:
        due = "due" if targeting.service_due else "not-due"
        asked[Trait.SERVICE] = lambda value: value == due
    if targeting.odometer_km:
        asked[Trait.ODOMETER] = lambda value: _overlap(targeting.odometer_km, int(value), ODOMETER_STEP_KM)
    return asked | _of_powertrain(targeting)


def _of_powertrain(targeting: Targeting) -> dict[Trait, Callable[[str], float]]:
    """What drives it, unless that is told with how full it is."""

    def level(bounds: Bounds) -> Callable[[str], float]:
        def suits(value: str) -> float:
            driven_by, _, least = value.rpartition("/")
            if targeting.powertrains and driven_by not in targeting.powertrains:
                return 0.0
            return _overlap(bounds, int(least), PERCENT_STEP)

        return suits

    levels = {Trait.CHARGE: targeting.charge_percent, Trait.FUEL: targeting.fuel_percent}
    asked = {trait: level(bounds) for trait, bounds in levels.items() if bounds}
    if targeting.powertrains and not asked:
        asked[Trait.POWERTRAIN] = lambda value: value in targeting.powertrains
    return asked


def _overlap(bounds: Bounds, least: int, size: int) -> float:
    """Which share of a step lies within bounds."""
    first = least if bounds.least is None else max(least, bounds.least)
    below = least + size if bounds.below is None else min(least + size, bounds.below)
    return max(0, below - first) / size
