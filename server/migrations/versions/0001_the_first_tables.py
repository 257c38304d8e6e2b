"""The first tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("organisation_id", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "assets",
        sa.Column("asset_id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("source_key", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("progress_permille", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=True),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("asset_id"),
    )
    with op.batch_alter_table("assets", schema=None) as batch_op:
        batch_op.create_index("assets_by_state", ["state", "created_ms"], unique=False)

    op.create_table(
        "uploads",
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("upload_id"),
    )
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_uploads_expires_ms"), ["expires_ms"], unique=False)
        batch_op.create_index(batch_op.f("ix_uploads_owner"), ["owner"], unique=False)

    op.create_table(
        "channels",
        sa.Column("channel_id", sa.String(length=40), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("schedule_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id"),
        sa.UniqueConstraint("slug"),
    )
    op.create_table(
        "partner_items",
        sa.Column("item_id", sa.String(length=40), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("asset_id", sa.String(length=40), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("item_id"),
    )
    with op.batch_alter_table("partner_items", schema=None) as batch_op:
        batch_op.create_index("partner_items_created", ["created_ms"], unique=False)

    op.create_table(
        "programmes",
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.Column("asset_id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("synopsis", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("schedule_on", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("programme_id"),
    )
    with op.batch_alter_table("programmes", schema=None) as batch_op:
        batch_op.create_index("programmes_created", ["created_ms"], unique=False)
        batch_op.create_index("programmes_waiting", ["schedule_on"], unique=False)

    op.create_table(
        "schedule_versions",
        sa.Column("channel_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("from_position", sa.BigInteger(), nullable=False),
        sa.Column("saved_by", sa.String(length=40), nullable=False),
        sa.Column("saved_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "number"),
    )
    op.create_table(
        "schedule_entries",
        sa.Column("channel_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("asset_id", sa.String(length=40), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("asset_segments", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id", "number"],
            ["schedule_versions.channel_id", "schedule_versions.number"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("channel_id", "number", "ordinal"),
    )
    op.create_table(
        "places",
        sa.Column("place_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("brand", sa.String(length=200), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False, comment="JSON object of texts"),
        sa.Column("search_text", sa.Text(), nullable=False, comment="name, brand and city, folded"),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False, comment="of all that an import gives"),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("place_id"),
    )
    with op.batch_alter_table("places", schema=None) as batch_op:
        batch_op.create_index("places_by_category", ["category", "search_text"], unique=False)
        batch_op.create_index("places_by_source", ["source", "external_id"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table("places", schema=None) as batch_op:
        batch_op.drop_index("places_by_source")
        batch_op.drop_index("places_by_category")

    op.drop_table("places")
    op.drop_table("schedule_entries")
    op.drop_table("schedule_versions")
    with op.batch_alter_table("programmes", schema=None) as batch_op:
        batch_op.drop_index("programmes_waiting")
        batch_op.drop_index("programmes_created")

    op.drop_table("programmes")
    with op.batch_alter_table("partner_items", schema=None) as batch_op:
        batch_op.drop_index("partner_items_created")

    op.drop_table("partner_items")
    op.drop_table("channels")
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_uploads_owner"))
        batch_op.drop_index(batch_op.f("ix_uploads_expires_ms"))

    op.drop_table("uploads")
    with op.batch_alter_table("assets", schema=None) as batch_op:
        batch_op.drop_index("assets_by_state")

    op.drop_table("assets")
    op.drop_table("accounts")
