"""The players room's tables. Credentials and codes are kept as digests, positions not at all."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text, false

metadata = MetaData()

vehicles = Table(
    "vehicles",
    metadata,
    Column("vehicle_id", String(40), primary_key=True),
    Column("label", Text, nullable=False),
    Column("market", String(2), nullable=False),
    Column("language", String(40), nullable=False),
    Column("location_consent", Boolean, nullable=False),
    Column("manual_gearbox", Boolean, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("model", String(60), nullable=False, server_default=""),
    Column("powertrain", String(20), nullable=False, server_default=""),
    Column("state_consent", Boolean, nullable=False, server_default=false()),
)

head_units = Table(
    "head_units",
    metadata,
    Column("head_unit_id", String(40), primary_key=True),
    Column("vehicle_id", String(40), nullable=False),
    Column("role", String(20), nullable=False),
    Column("zone", String(20), nullable=False),
    Column("technique", String(20), nullable=False),
    Column("vss_version", Integer, nullable=False),
    Column("credential_sha256", String(64), nullable=False, unique=True),
    Column("enrolled_ms", BigInteger, nullable=False),
    Column("code_sha256", String(64), nullable=False, server_default=""),
    Column("ads", String(20), nullable=False, server_default="stitched"),
    Column("shielded", Boolean, nullable=False, server_default=false()),
    Column("built_in", Boolean, nullable=False, server_default=false()),
    Index("head_units_vehicle", "vehicle_id"),
)

enrolment_codes = Table(
    "enrolment_codes",
    metadata,
    Column("code_sha256", String(64), primary_key=True),
    Column("vehicle_id", String(40), nullable=False),
    Column("role", String(20), nullable=False),
    Column("zone", String(20), nullable=False),
    Column("technique", String(20), nullable=False),
    Column("vss_version", Integer, nullable=False),
    Column("uses_left", Integer, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("ads", String(20), nullable=False, server_default="stitched"),
    Column("shielded", Boolean, nullable=False, server_default=false()),
    Column("built_in", Boolean, nullable=False, server_default=false()),
)

market_changes = Table(
    "market_changes",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("vehicle_id", String(40), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("before", String(2), nullable=False),
    Column("after", String(2), nullable=False),
    Column("by_whom", String(80), nullable=False),
    Column("settled_ms", BigInteger, nullable=True),
    Index("market_changes_vehicle", "vehicle_id", "number"),
)

switches = Table(
    "switches",
    metadata,
    Column("switch_id", String(40), primary_key=True),
    Column("vehicle_id", String(40), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("session_id", String(40), nullable=False),
    Column("market", String(8), nullable=False),
    Column("policy", String(80), nullable=False),
    Column("cause", String(20), nullable=False),
    Column("driving_state", String(20), nullable=False),
    Column("rule", String(60), nullable=False),
    Column("source", Text, nullable=False),
    Column("grounds", Text, nullable=False),
    Index("switches_at", "at_ms", "switch_id"),
    Index("switches_vehicle", "vehicle_id", "at_ms"),
    Index("switches_rule", "rule", "at_ms"),
)

resume_points = Table(
    "resume_points",
    metadata,
    Column("vehicle_id", String(40), primary_key=True),
    Column("content_id", String(40), primary_key=True),
    Column("played_as", String(64), nullable=False),
    Column("position_ms", BigInteger, nullable=False),
    Column("length_ms", BigInteger, nullable=False),
    Column("finished", Boolean, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index("resume_points_at", "at_ms"),
)
