"""How fast a line item is shown: throttled so that it keeps to its plan.

After Agarwal et al., Budget Pacing for Targeted Online Advertisements at LinkedIn (KDD 2014): as much of
the goal is planned by now as has passed of the forecast traffic. Once a minute the part of the chances
that is let through grows by a tenth where no more than that was had; else it shrinks by a tenth. While next
to no traffic comes it does not grow: it would only be too much when traffic comes again.
"""

from adserver.booking.terms import PPM, Pacing

STEP_PERCENT = 10
LEAST_PPM = 100
"""However far ahead, a little is let through, so that it comes back within the hour."""
SLACK = 0.01
"""So much of its goal it may be ahead of its plan: it ends a moment early, and is never short by a grain."""
FRONT = 1.25
"""Front-loaded it has had all when four fifths of the traffic have passed."""
QUIET = 0.2
"""Less than this part of an average minute's traffic is next to none."""


def curve(pacing: Pacing, passed: float) -> float:
    """Which share of the goal is planned when ``passed`` of the traffic has; both in [0, 1]."""
    if pacing is Pacing.FAST:
        return 1.0
    return min(1.0, max(0.0, passed) * (FRONT if pacing is Pacing.FRONT else 1.0))


def step_ppm(pass_ppm: int, done: float, goal: float, aim: float, grain: float, traffic: float = 1.0) -> int:
    """What is let through in the next minute, in millionths.

    Args:
        pass_ppm: in the minute that passed.
        done: what was had, or is about to be.
        goal: how much it is to have.
        aim: which share of that by now.
        grain: what one showing brings towards it: no less than two are ahead.
        traffic: of the minute that passed, in average minutes.
    """
    allowed = goal * aim + max(goal * SLACK, 2 * grain)
    if done > allowed:
        return max(LEAST_PPM, pass_ppm * (100 - STEP_PERCENT) // 100)
    return pass_ppm if traffic < QUIET else min(PPM, pass_ppm * (100 + STEP_PERCENT) // 100)


def first_ppm(wanted: float, expected: float | None) -> int:
    """What is let through at first: half as much again as is wanted of what is expected, if that is known."""
    if expected is None or expected <= 0:
        return PPM
    return min(PPM, max(LEAST_PPM, round(PPM * 1.5 * wanted / expected)))
