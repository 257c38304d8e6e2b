"""Forecasts held against what came: of a simulated week of cars, by what the week before tells.

Run: ``python -m benchmarks.forecast --traces FOLDER``; with ``--probes 8`` also against the product, which
serves a day with all others while one campaign takes all that it can get (half a minute for each).
"""

import argparse
import itertools
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from adserver.booking.campaign import Approach
from benchmarks.money import redis_server
from benchmarks.simulation import product
from benchmarks.simulation.demand import Demand, Reach, booked
from benchmarks.simulation.foresight import Before, alone, forecast_of, probes
from benchmarks.simulation.traffic import Moment, Scale, read_traces, traffic

FEW = 50
"""Of campaigns with fewer opportunities chance tells more than a forecast."""


def held_against(demand: Demand, before: Before, moments: list[Moment]) -> np.ndarray:
    """By campaign, each as if it were alone: what came and what its cap let through, and what was told.

    Then between what the opportunities were to lie. Which way cars go is left out: what came does not tell.
    """
    reach, rows = Reach(moments, demand.places), []
    for campaign in demand.campaigns:
        any_way = msgspec.structs.replace(campaign.line_item, approach=Approach(ahead=False))
        told = forecast_of(msgspec.structs.replace(campaign, line_item=any_way), before, demand, ())
        came, through = alone(campaign, moments, reach)
        between = told.available_range
        if came >= FEW:
            rows.append((came, through, told.total.available, told.total.possible, between.low, between.high))
    return np.array(rows, dtype=float)


def errors(rows: np.ndarray) -> dict[str, float]:
    """How far off, as shares: opportunities, what caps let through of them; and how often the range held."""
    came, through, available, possible, low, high = rows.T
    opportunities = np.abs(available / came - 1)
    caps = np.abs((possible / available) / (through / came) - 1)
    return {
        "opportunities, median": float(np.median(opportunities)),
        "opportunities, nine in ten": float(np.quantile(opportunities, 0.9)),
        "what caps let through, median": float(np.median(caps)),
        "what caps let through, nine in ten": float(np.quantile(caps, 0.9)),
        "showings possible alone, in all": float(possible.sum() / through.sum() - 1),
        "opportunities within their range": float(((low <= came) & (came <= high)).mean()),
    }


def main() -> None:
    """As asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--traces", type=Path)
    asked.add_argument("--cars", type=int, default=1_000)
    asked.add_argument("--campaigns", type=int, default=60)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--probes", type=int, default=0)
    found = asked.parse_args()
    week = Scale(found.cars, found.campaigns, 7, found.seed, break_every_min=4, card_every_min=5)
    drives = read_traces(found.traces)
    last, following = (traffic(drives, week, number) for number in (0, 1))
    before = Before.of(last)
    rows = held_against(booked(week, last), before, following)
    print(f"{len(rows)} campaigns, each alone, of {len(following):,} opportunities of a week")
    for name, value in errors(rows).items():
        print(f"{name:<40}{value * 100:>8.1f} %")
    day = replace(week, days=1, campaigns=max(6, found.campaigns // 5))
    demand, moments = booked(day, traffic(drives, day, 0)), traffic(drives, day, 1)
    for probed, probe in itertools.islice(probes(demand), found.probes):
        others = [one for one in probed.campaigns if one is not probe]
        told = forecast_of(probe, before, probed, others)
        with tempfile.TemporaryDirectory() as name, redis_server(Path(name)) as (socket, _):
            served = product.serve(probed, last, moments, day, socket, Path(name))
            outcome, _, _ = uvloop.run(served)
        won, possible = outcome.chosen[probe.line_item.line_item_id], told.total.possible
        off = possible / max(1, won) - 1
        print(f"among {told.competitors} others: possible {possible}, won {won}, {off:+.0%}")


if __name__ == "__main__":
    main()
