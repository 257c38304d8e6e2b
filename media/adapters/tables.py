"""Tables of the media room."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

assets = Table(
    "assets",
    metadata,
    Column("asset_id", String(64), primary_key=True),
    Column("owner", String(64), nullable=False),
    Column("filename", String(200), nullable=False),
    Column("source_key", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("progress_permille", Integer, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("manifest", Text),
    Column("created_ms", BigInteger, nullable=False),
    Column("cut_from", String(64), nullable=False, server_default=""),
    Column("cue_frames", Text, nullable=False, server_default=""),
    Column("spare_ms", BigInteger),
    Index("assets_by_state", "state", "created_ms"),
    Index("assets_by_original", "cut_from"),
)

asset_cues = Table(
    "asset_cues",
    metadata,
    Column("asset_id", String(64), primary_key=True),
    Column("frames", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("wanted_id", String(64), nullable=False),
    Column("fallback_id", String(64), nullable=False),
    Column("decided_by", String(64), nullable=False),
    Column("decided_ms", BigInteger, nullable=False),
)

cue_rejections = Table(
    "cue_rejections",
    metadata,
    Column("asset_id", String(64), primary_key=True),
    Column("frame", Integer, primary_key=True, autoincrement=False),
    Column("rejected_by", String(64), nullable=False),
    Column("rejected_ms", BigInteger, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("upload_id", String(64), primary_key=True),
    Column("owner", String(64), nullable=False, index=True),
    Column("length", BigInteger, nullable=False),
    Column("filename", String(200), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False, index=True),
)
