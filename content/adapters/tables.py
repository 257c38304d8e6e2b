"""The content room's tables. Assets belong to the media room and are named by id only."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
)

metadata = MetaData()

programmes = Table(
    "programmes",
    metadata,
    Column("programme_id", String(40), primary_key=True),
    Column("asset_id", String(40), nullable=False),
    Column("title", Text, nullable=False),
    Column("synopsis", Text, nullable=False),
    Column("category", String(20), nullable=False),
    Column("language", String(40), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("schedule_on", String(40), nullable=False),
    Column("kind", String(20), nullable=False, server_default="programme"),
    Column("advisory", String(4), nullable=False, server_default="all"),
    Column("for_children", Boolean, nullable=False, server_default=false()),
    Column("series_title", Text, nullable=False, server_default=""),
    Column("season", Integer),
    Column("episode", Integer),
    Column("year", Integer),
    Column("credits", Text, nullable=False, server_default="[]"),
    Column("rights_from_ms", BigInteger),
    Column("rights_until_ms", BigInteger),
    Column("territories", Text, nullable=False, server_default=""),
    Column("catch_up_days", Integer, nullable=False, server_default="0"),
    Column("withdrawn_ms", BigInteger),
    Index("programmes_created", "created_ms"),
    Index("programmes_waiting", "schedule_on"),
)

channels = Table(
    "channels",
    metadata,
    Column("channel_id", String(40), primary_key=True),
    Column("slug", String(40), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("schedule_version", Integer, nullable=False),
    Column("logo", String(40), nullable=False, server_default=""),
    Column("offer", String(20), nullable=False, server_default="once-filled"),
)

schedule_versions = Table(
    "schedule_versions",
    metadata,
    Column("channel_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("from_position", BigInteger, nullable=False),
    Column("saved_by", String(40), nullable=False),
    Column("saved_ms", BigInteger, nullable=False),
    Column("resumption", Text, nullable=False, server_default=""),
)

# A version is what it has changed: of each part the row with the greatest number not above the version's
# counts. Parts are ``outline``, ``mon`` to ``sun``, dates, and ``fact:`` with a programme's id; an empty body
# ends one.
schedule_parts = Table(
    "schedule_parts",
    metadata,
    Column("channel_id", String(40), primary_key=True),
    Column("part", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
)

partner_items = Table(
    "partner_items",
    metadata,
    Column("item_id", String(40), primary_key=True),
    Column("partner", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("asset_id", String(40), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("for_children", Boolean, nullable=False, server_default=false()),
    Column("withdrawn_ms", BigInteger),
    Index("partner_items_created", "created_ms"),
)

content_audit = Table(
    "content_audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("actor", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("detail", Text, nullable=False),
    Index("content_audit_subject", "subject", "number"),
)
