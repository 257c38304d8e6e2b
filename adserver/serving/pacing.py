"""How fast a line item is shown: throttled so that it keeps to its plan.

As much of the goal is planned by now as has passed of the forecast traffic (Agarwal et al., Budget Pacing
for Targeted Online Advertisements at LinkedIn, KDD 2014). Once a minute it is said which part of the chances
is let through: as many showings as the plan grows by in the next minute, and a part of what is missing, out
of all that the minute is expected to bring. How many that are is learned from what was shown of what was let
through. The paper's own rule needs none of this, a tenth up or a tenth down; a goal of a hundred strays by
ten with it.
"""

from adserver.booking.terms import PPM, Pacing

HORIZON_MIN = 10
"""What is missing is made good within about so long, and what is too much as well."""
LEAD = 0.01
"""So much of its goal it is ahead of its plan: it ends a moment early, and is never short by a grain."""
FRONT = 1.25
"""Front-loaded it has had all when four fifths of the traffic have passed."""
QUIET = 0.2
"""No minute is expected to bring less than this part of an average one: it would be a flood if it does."""
MEMORY = 5
"""So many showings weigh as much as all that was learned before."""


def curve(pacing: Pacing, passed: float) -> float:
    """Which share of the goal is planned when ``passed`` of the traffic has; both in [0, 1]."""
    if pacing is Pacing.FAST:
        return 1.0
    return min(1.0, max(0.0, passed) * (FRONT if pacing is Pacing.FRONT else 1.0))


def wanted(done: float, goal: float, aim: float, aim_next: float) -> float:
    """How many showings the next minute should bring; less than none where it is ahead.

    Args:
        done: what was had, or is about to be, in showings.
        goal: how much it is to have, in showings.
        aim: which share of that by now.
        aim_next: and a minute later.
    """
    allowed = goal * aim + max(goal * LEAD, 1.0)
    return goal * (aim_next - aim) + (allowed - done) / HORIZON_MIN


def pass_ppm(want: float, goal: float, plenty: float, moves: float, minutes: float) -> int:
    """What is let through in the next minute, in millionths.

    Args:
        want: how many showings of it.
        goal: how much it is to have in all, in showings.
        plenty: how many times that could be had, were all let through.
        moves: which share of its traffic passes in the next minute.
        minutes: how long its flight is.
    """
    offered = goal * plenty * max(moves, QUIET / minutes)
    return max(0, round(PPM * min(1.0, want / offered)))


def learned(plenty: float, had: float, let: float) -> float:
    """How many times its goal could be had, after what was shown of what was let through.

    Less than once is as once: all is let through. It is the mean of a gamma distribution whose prior, what
    was known before, weighs as much as a few showings.

    Args:
        plenty: what was known before.
        had: showings.
        let: how many they would have been if the goal could be had once.
    """
    return max(1.0, plenty * (MEMORY + had) / (MEMORY + plenty * let))


def first_plenty(want: float, expected: float | None) -> float:
    """What is known at first: a third of what is expected goes to others, if that is known; else nothing.

    Args:
        want: how many showings an hour its goal asks for.
        expected: opportunities in its reach in an hour.
    """
    return max(1.0, expected / (1.5 * want)) if expected is not None and want > 0 else 1.0
