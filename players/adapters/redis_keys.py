"""The room's Redis keys. All of a vehicle lie in one slot, so that one pipeline reads them."""


def state(vehicle_id: str) -> str:
    """The vehicle's newest state."""
    return f"{{veh:{vehicle_id}}}:state"


def facts(vehicle_id: str) -> str:
    """What the vehicle uploaded after gaps."""
    return f"{{veh:{vehicle_id}}}:facts"


def switch(vehicle_id: str, mark: str) -> str:
    """A switch by silence that has been recorded."""
    return f"{{veh:{vehicle_id}}}:switch:{mark}"


def session(vehicle_id: str, session_id: str) -> str:
    """What the session keeps; the keys below hang on it."""
    return f"{{veh:{vehicle_id}}}:s:{session_id}"


def plan(vehicle_id: str, session_id: str, break_id: str) -> str:
    """What the session sees in one break."""
    return plan_of(session(vehicle_id, session_id), break_id)


def plan_of(session_key: str, break_id: str) -> str:
    """The same, of the session with this key."""
    return f"{session_key}:plan:{break_id}"


def plan_order(vehicle_id: str, session_id: str) -> str:
    """List of the ids of the session's latest planned breaks, oldest first."""
    return f"{session(vehicle_id, session_id)}:order"


def play(vehicle_id: str, session_id: str, source_id: str) -> str:
    """Hash of the session's latest play of something on demand: ``n``, ``play``, and ``over`` once it is.

    Of one that grows also ``listed``, in segments, and ``ended`` once its list is.
    """
    return f"{session(vehicle_id, session_id)}:play:{source_id}"


def preroll(vehicle_id: str, head_unit_id: str) -> str:
    """The play that bore the screen's latest ads before it."""
    return f"{{veh:{vehicle_id}}}:preroll:{head_unit_id}"


def resume_rate(vehicle_id: str, session_id: str) -> str:
    """How often the session has told lately where it is."""
    return f"{session(vehicle_id, session_id)}:resume-rate"


def card(vehicle_id: str, session_id: str) -> str:
    """The card that was chosen last."""
    return f"{session(vehicle_id, session_id)}:card"


def card_claim(vehicle_id: str, session_id: str) -> str:
    """Held by whoever is to choose a card."""
    return f"{session(vehicle_id, session_id)}:card-claim"


def private(vehicle_id: str) -> str:
    """When the owner took back the consent to know where the vehicle is: each time, oldest first."""
    return f"{{veh:{vehicle_id}}}:private"


def revoked(vehicle_id: str) -> str:
    """Which head units were revoked while sessions of theirs may be open, and when."""
    return f"{{veh:{vehicle_id}}}:revoked"


def channel(vehicle_id: str) -> str:
    """The pub/sub channel of a vehicle's notices."""
    return f"veh:{vehicle_id}"


POSITIONS = "positions"
"""The pub/sub channel of positions, which are kept nowhere."""

MQTT_FEEDS = "mqtt:feeds"
"""Sorted set of the topics of head units that asked for an MQTT address, by when they did."""

MQTT_OWNER = "mqtt:owner"
"""The process that holds the broker."""
