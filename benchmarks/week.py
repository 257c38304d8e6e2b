"""A simulated week of cars on recorded traces, served by the product and naively; docs/simulation.md tells.

Run: ``python -m benchmarks.week --traces FOLDER --cars 10000 --campaigns 200 --days 7 --plots docs/images``.
Without a folder of traces (CSV or GPX) some that are made up are driven; without numbers it is a small week.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.money import redis_server
from benchmarks.simulation import naive, product
from benchmarks.simulation.demand import Reach, booked
from benchmarks.simulation.outcome import ENOUGH, Outcome, Week
from benchmarks.simulation.plots import Band, Line, days, draw
from benchmarks.simulation.traffic import Scale, read_traces, traffic


def simulate(scale: Scale, traces: Path | None, *, foreseen: bool = False) -> tuple[Week, list[Outcome]]:
    """Both ways of serving the same week; the product's books are proven in the end.

    Args:
        scale: of everything.
        traces: the folder of those that are driven; None for some that are made up.
        foreseen: the week is the same as the one before.
    """
    drives = read_traces(traces)
    before = traffic(drives, scale, week=0)
    moments = before if foreseen else traffic(drives, scale, week=1)
    demand = booked(scale, before)
    week = Week(scale, demand, Reach(moments, demand.places))
    with tempfile.TemporaryDirectory() as name, redis_server(Path(name)) as (socket, _):
        ours, audit, balances = uvloop.run(product.serve(demand, before, moments, scale, socket, Path(name)))
    assert audit.sound, audit.findings[:3]
    assert all(one.balanced for one in balances.values())
    return week, [ours, naive.serve(demand, moments, scale.seed)]


def tell(week: Week, outcomes: list[Outcome]) -> None:
    """The numbers, side by side."""
    print(f"{'':<56}" + "".join(f"{one.name:>14}" for one in outcomes))
    told = [week.summary(one) for one in outcomes]
    for name in told[0]:
        percent = name.startswith("pacing")
        said = [f"{one[name] * 100:.1f} %" if percent else f"{one[name]:,.0f}" for one in told]
        print(f"{name:<56}" + "".join(f"{one:>14}" for one in said))
    for one in outcomes:
        print(f"{one.name}: {one.decisions:,} decisions in {one.took_s:,.0f} s of our processor")
    ours = outcomes[0]
    delivered = week.delivered(ours)
    print("reasons:", ", ".join(f"{reason} {many:,}" for reason, many in ours.reasons.most_common(12)))
    enough = week.well_supplied(ours)
    met = sum(delivered[item.line_item_id] >= 0.99 * week.demand.goal(item) for item in enough)
    print(f"with a supply of {ENOUGH} times their goal: {len(enough)}; of those {met} had 99 % of it")


def plot(week: Week, outcomes: list[Outcome], folder: Path) -> None:
    """Pace, delivery, caps and revenue."""
    hours, ticks = range(1, week.hours + 1), days(week.hours)
    off = [_mean(np.abs(np.array(list(week.paces(one).values())))) for one in outcomes]
    draw(
        folder / "week-pace.svg", "How far line items are from their plan",
        [Line(one.name, hours, list(y)) for one, y in zip(outcomes, off, strict=True)],
        y_name="mean over line items, as a share of their goals; the plan follows the traffic in reach",
        x_ticks=ticks, percent=True, band=Band(0, 0.05),
    )  # fmt: skip
    goals = {item.line_item_id: week.demand.goal(item) for item in week.demand.items}
    rates = []
    for one in outcomes:
        had = week.delivered(one)
        rates.append(sorted((had[name] / goal for name, goal in goals.items()), reverse=True))
    draw(
        folder / "week-delivery.svg", "What line items got of their goals",
        [Line(one.name, range(len(goals)), y) for one, y in zip(outcomes, rates, strict=True)],
        y_name="each line item, the best served first; what is beyond its budget is shown for nothing",
        x_ticks=_every(20, len(goals)), percent=True,
    )  # fmt: skip
    beyond = [sorted(week.beyond_cap(one).values(), reverse=True) for one in outcomes]
    most = max(2, *(len(one) for one in beyond))
    padded = [one + [0] * (most - len(one)) for one in beyond]
    draw(
        folder / "week-caps.svg", "Shown beyond a frequency cap",
        [Line(one.name, range(most), y) for one, y in zip(outcomes, padded, strict=True)],
        y_name="impressions of each campaign, the worst first", x_ticks=_every(20, most),
    )  # fmt: skip
    draw(
        folder / "week-revenue.svg", "What was earned",
        [Line(one.name, hours, list(week.revenue_by_hour(one))) for one in outcomes],
        y_name="euros that can be billed, from the beginning of the week", x_ticks=ticks,
    )  # fmt: skip


def _mean(rows: np.ndarray) -> np.ndarray:
    """Of each column, over what is judged in it; NaN where nothing is."""
    judged = (~np.isnan(rows)).sum(axis=0)
    return np.where(judged, np.nansum(rows, axis=0) / np.maximum(judged, 1), np.nan)


def _every(step: int, most: int) -> list[tuple[float, str]]:
    return [(n, str(n)) for n in range(0, most, step)]


def main() -> None:
    """As asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--traces", type=Path)
    asked.add_argument("--cars", type=int, default=2_000)
    asked.add_argument("--campaigns", type=int, default=40)
    asked.add_argument("--days", type=int, default=1)
    asked.add_argument("--booked", type=float, default=0.6, help="share of what could be shown")
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--plots", type=Path, help="where to write plots; none without")
    found = asked.parse_args()
    scale = Scale(found.cars, found.campaigns, found.days, found.seed, booked=found.booked)
    began_s = time.perf_counter()
    print("simulating; it takes some minutes", flush=True)
    week, outcomes = simulate(scale, found.traces)
    tell(week, outcomes)
    if found.plots:
        plot(week, outcomes, found.plots)
    print(f"in {time.perf_counter() - began_s:,.0f} s")


if __name__ == "__main__":
    main()
