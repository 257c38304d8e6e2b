"""The server room's own tables."""

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text

from adserver.adapters.append_only import append_only

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

# Links that were made and not used; of what they hold only a hash is kept.
invitations = Table(
    "invitations",
    metadata,
    Column("invitation_id", String(64), primary_key=True),
    Column("organisation_id", String(64), nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("label", String(60), nullable=False),
    Column("invited_by", String(200), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("secret_sha256", String(64), nullable=False, unique=True),
    Column("inviter_id", String(64), nullable=False, server_default=""),
)

# ``used_day``: days since 1970 of the latest use.
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("token_id", String(64), primary_key=True),
    Column("organisation_id", String(64), nullable=False, index=True),
    Column("name", String(60), nullable=False),
    Column("role", String(20), nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("used_day", Integer, nullable=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
)

organisation_acts = Table(
    "organisation_acts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("organisation_id", String(64), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("actor_name", String(200), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("detail", Text, nullable=False),
    Index("organisation_acts_of", "organisation_id", "number"),
)
append_only(organisation_acts)
