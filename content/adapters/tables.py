"""The content room's tables. Assets belong to the media room and are named by id only."""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, Integer, MetaData, String, Table, Text

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
)

schedule_versions = Table(
    "schedule_versions",
    metadata,
    Column("channel_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("from_position", BigInteger, nullable=False),
    Column("saved_by", String(40), nullable=False),
    Column("saved_ms", BigInteger, nullable=False),
)

schedule_entries = Table(
    "schedule_entries",
    metadata,
    Column("channel_id", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("asset_id", String(40), nullable=False),
    Column("segments", Integer, nullable=False),
    Column("asset_segments", Integer, nullable=False),
    Column("programme_id", String(40), nullable=False),
    ForeignKeyConstraint(
        ["channel_id", "number"],
        ["schedule_versions.channel_id", "schedule_versions.number"],
        ondelete="CASCADE",
    ),
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
    Index("partner_items_created", "created_ms"),
)
