"""What every market permits, as a page: the matrix of market, zone and driving state, from the policies."""

from collections.abc import Iterable, Iterator

from players.feed.driving_state import DrivingState
from players.feed.evidence import Condition
from players.feed.head_unit import Zone
from players.feed.market_policy import MarketPolicy, Policies, Show

ABOUT = """# Market policies

Which screens may show what, in which market: generated from `players/feed/policies/*.toml` by `python -m
server.market_policies`, and walked cell by cell by `tests/cases/test_market_policies.py`. A policy is data
and says what Roadcast does, with the source that it follows; it is no legal advice.

A vehicle is governed by its market's file, or by the file that names the market as a member; without either
by `strict`. When its market changes, the old and the new govern together until the vehicle is proven to be
parked: a change only loosens then. Every market that governs must permit. Sound is always permitted.
A vehicle of which nothing has been heard for an hour is shown nothing, neither a picture nor a card, on any
screen and in any market: its market is looked up with its first report.

- **yes**, **never**, or the conditions that must all hold. What is not known, or is stale, does not hold.
- *shielded*: whoever drives cannot see the screen, directly or by reflection; *built in*: it is the
  vehicle's own. Both are declared with the enrolment code (`roadcast issue-code --shielded --built-in`).
- *seat occupied*: `Cabin.Seat.Row1.PassengerSide.OccupancyStatus`, where `Cabin.DriverPosition` is known.
- *engine off*: `LowVoltageSystemState` is `LOCK`, `OFF` or `ACC`; with start-stop it is none of them.
- *automated*: `ADAS.ActiveAutonomyLevel` is `SAE_3` or above, not disengaging, and the speed fresh (3 s).
- *charging*: `IsCharging`; a file may ask for it, but never for it alone where the vehicle is not parked.

## A file of your own

`ROADCAST_POLICIES_DIR` names a folder whose files replace those that come with Roadcast, or add to them:
`CH.toml` for Switzerland, say. A file governs the country that it is named after and its `members`, by
their two letters (ISO 3166-1, so `GB` and not `UK`); one that governs none is refused. All are checked at
the start, and the first fault is told with its file and key. A file has `name`, `source`, `certainty`
(`binding`, `voluntary` or `uncertain`), and may have `notes` and `members`; for each zone a table `video`
and a table `cards`, with a list of conditions (`shielded`, `built-in`, `passenger-seat-occupied`,
`engine-off`, `charging`, `automated-driving`; an empty one for none) for each driving state in which it may
be shown: `parked`, `idling`, `moving`, `transported`, `unknown`. What is missing is never shown. A state
must ask for all that one nearer to parked asks for. What the driver's screen may show beyond `strict` needs
its reason, `driver.video` or `driver.cards` under `[beyond-strict]`. A passenger's
screen that is not `shielded` is seen by whoever drives: where a cell does not ask for that, it may show no
more than the driver's does in the same file. Nor may a rear screen, but for a reason: `rear.video` or
`rear.cards` under `[beyond-strict]`.

`calls` lists the driving states in which whoever drives may begin a call that a card offers; without it,
`parked` alone, as in every file that comes with Roadcast. It must name what is nearer to parked than what it
names; beyond `strict` it needs its reason, `calls` under `[beyond-strict]`. What else can be done with a card
(to be led to its place, to keep its coupon) can be done wherever the card may stand.

`[glances]` says how many cards whoever drives may be shown while the vehicle is not known to be parked:
`hour` in any hour, and `drive` in a drive, on all screens that they may see together, whoever's the cards
are. A file without it has that of `strict`: 12 and 30 as it comes (no law names a number; a card is one
glance, and guidelines count the seconds of them). Of several markets that govern the fewest hold. More than
`strict` lets be needs its reason, `glances` under `[beyond-strict]`; without `[glances]` in `strict` there is
no limit. A card that is not shown for it is refused as `glance-budget`.
"""

WORDS = {
    Condition.SHIELDED: "shielded",
    Condition.BUILT_IN: "built in",
    Condition.SEAT_OCCUPIED: "seat occupied",
    Condition.ENGINE_OFF: "engine off",
    Condition.CHARGING: "charging",
    Condition.AUTOMATED: "automated",
}


def page(policies: Policies) -> str:
    """``docs/market-policies.md``."""
    ordered = sorted(policies.all(), key=lambda policy: (policy is policies.strict, policy.code))
    return "\n".join([ABOUT, *(line for policy in ordered for line in _section(policy))])


def _section(policy: MarketPolicy) -> Iterator[str]:
    file = policy.file
    yield f"## {policy.code}: {file.name}\n"
    yield f"{file.source} ({file.certainty}).\n"
    yield file.notes.strip() + "\n"
    for table, reason in sorted(file.beyond_strict.items()):
        measure = "`strict`" if table.startswith(Zone.DRIVER) else "the driver's screen"
        yield f"Beyond {measure}, `{table}`: {reason}\n"
    if file.members:
        yield f"Members: {', '.join(file.members)}.\n"
    yield "| screen | shown | " + " | ".join(DrivingState) + " |"
    yield "|---" * (2 + len(DrivingState)) + "|"
    for zone in Zone:
        for show in Show:
            rows = file.rows(zone, show)
            cells = (_cell(rows[state]) if state in rows else "never" for state in DrivingState)
            yield f"| {zone} | {show} | " + " | ".join(cells) + " |"
    yield ""


def _cell(conditions: Iterable[Condition]) -> str:
    return ", ".join(WORDS[one] for one in Condition if one in set(conditions)) or "yes"
