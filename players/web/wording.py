"""What the operators' pages say of coded rules, states and causes; the catalog has the French."""

STATES = {
    "parked": "Parked",
    "idling": "Standing, not parked",
    "moving": "Moving",
    "transported": "Transported",
    "unknown": "Unknown",
}

CAUSES = {
    "report": "A report of the car",
    "silence": "Silence of the car",
    "market": "A change of market",
}

RULES = {
    "is-moving": "The car says that it moves.",
    "speed-above-walking-start": "Its speed is above 1 km/h.",
    "odometer-rising": "Its odometer has risen.",
    "autonomy-disengaging": "Automated driving is about to end.",
    "contradicted": "An untimely sample objects to its being parked.",
    "speed-missing": "No speed was ever told.",
    "speed-stale": "The speed is too old, or is not known.",
    "speed-negative": "The speed is below zero.",
    "heartbeat-stale": "A signal was not repeated in time.",
    "gear-and-brake-missing": "Neither gear nor parking brake was ever told.",
    "park-lock-open": "It is in Park, and its park lock is open.",
    "position-moving": "Its wheels stand, and its position moves.",
    "gear-in-park": "The gear is in Park.",
    "brake-engaged-at-standstill": "The parking brake holds it at a standstill.",
    "standing-not-parked": "It stands, and is not secured.",
    "creeping": "It moves at walking pace.",
    "agreeing-for-less-than-three-seconds": "All says parked, for less than three seconds.",
}
"""By row of :data:`players.feed.driving_state.TABLE`, and what stands before parked."""

CONDITIONS = {
    "shielded": "screen shielded",
    "built-in": "screen built in",
    "passenger-seat-occupied": "passenger’s seat occupied",
    "engine-off": "engine off",
    "charging": "charging",
    "automated-driving": "automated driving",
}

FACTS = {
    "zero": "zero",
    "up-to-1-km/h": "up to 1 km/h",
    "above-1-km/h": "above 1 km/h",
    "negative": "below zero",
    "unknown": "not known",
    "told": "told",
    "true": "yes",
    "false": "no",
    "park": "gear P",
    "drive": "gear D",
    "neutral": "gear N",
    "reverse": "reverse gear",
    "forward": "a forward gear",
}
"""What is kept of a signal; words of the vocabulary itself stand as they are."""
