"""The server room's own tables."""

from sqlalchemy import BigInteger, Column, Index, MetaData, String, Table

metadata = MetaData()

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", String(64), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("display_name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("organisation_id", String(64), nullable=False, default=""),
    Column("password_hash", String(200), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("member", String(20), nullable=False, server_default=""),
    Index("accounts_by_organisation", "organisation_id"),
)
