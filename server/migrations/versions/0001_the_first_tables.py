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

    op.create_table(
        "advertisers",
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("advertiser_id"),
    )
    op.create_table(
        "fill_events",
        sa.Column("fill_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("line_item_id", sa.String(length=64), nullable=False),
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.Column("creative_id", sa.String(length=64), nullable=False),
        sa.Column("place_id", sa.String(length=64), nullable=False),
        sa.Column("cell", sa.String(length=32), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("billed_micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.PrimaryKeyConstraint("fill_id", "kind"),
    )
    with op.batch_alter_table("fill_events", schema=None) as batch_op:
        batch_op.create_index("fill_events_by_line_item", ["line_item_id", "at_ms"], unique=False)
        batch_op.create_index("fill_events_by_time", ["at_ms"], unique=False)

    op.create_table(
        "line_item_totals",
        sa.Column("line_item_id", sa.String(length=64), nullable=False),
        sa.Column("spent_micros", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("line_item_id"),
    )
    op.create_table(
        "ledger_entries",
        sa.Column(
            "entry_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=96), nullable=False),
        sa.Column("line_item_id", sa.String(length=64), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id"),
        sa.UniqueConstraint("event_id", "account"),
    )
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.create_index("ledger_entries_by_line_item", ["line_item_id", "account"], unique=False)

    op.create_table(
        "campaigns",
        sa.Column("campaign_id", sa.String(length=64), nullable=False),
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["advertiser_id"],
            ["advertisers.advertiser_id"],
        ),
        sa.PrimaryKeyConstraint("campaign_id"),
    )
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.create_index("campaigns_by_advertiser", ["advertiser_id", "created_ms"], unique=False)

    op.create_table(
        "line_items",
        sa.Column("line_item_id", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", sa.String(length=64), nullable=False),
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("starts_ms", sa.BigInteger(), nullable=False),
        sa.Column("ends_ms", sa.BigInteger(), nullable=False),
        sa.Column("budget_micros", sa.BigInteger(), nullable=False),
        sa.Column("cpm_micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("radius_m", sa.Integer(), nullable=False),
        sa.Column("place_ids", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("priority", sa.String(length=16), nullable=False),
        sa.Column("cap_count", sa.Integer(), nullable=False),
        sa.Column("cap_window_s", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.campaign_id"],
        ),
        sa.PrimaryKeyConstraint("line_item_id"),
        sa.UniqueConstraint("campaign_id"),
    )
    with op.batch_alter_table("line_items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_line_items_ends_ms"), ["ends_ms"], unique=False)

    op.create_table(
        "creatives",
        sa.Column("creative_id", sa.String(length=64), nullable=False),
        sa.Column("line_item_id", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", sa.String(length=64), nullable=False),
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("formats", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("headline", sa.String(length=200), nullable=False),
        sa.Column("body", sa.String(length=400), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("asset_id", sa.String(length=64), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.campaign_id"],
        ),
        sa.ForeignKeyConstraint(
            ["line_item_id"],
            ["line_items.line_item_id"],
        ),
        sa.PrimaryKeyConstraint("creative_id"),
    )
    with op.batch_alter_table("creatives", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_creatives_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_creatives_state"), ["state"], unique=False)

    op.create_table(
        "enrolment_codes",
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("zone", sa.String(length=20), nullable=False),
        sa.Column("technique", sa.String(length=20), nullable=False),
        sa.Column("vss_version", sa.Integer(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code_sha256"),
    )
    op.create_table(
        "head_units",
        sa.Column("head_unit_id", sa.String(length=40), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("zone", sa.String(length=20), nullable=False),
        sa.Column("technique", sa.String(length=20), nullable=False),
        sa.Column("vss_version", sa.Integer(), nullable=False),
        sa.Column("credential_sha256", sa.String(length=64), nullable=False),
        sa.Column("enrolled_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("head_unit_id"),
        sa.UniqueConstraint("credential_sha256"),
    )
    with op.batch_alter_table("head_units", schema=None) as batch_op:
        batch_op.create_index("head_units_vehicle", ["vehicle_id"], unique=False)

    op.create_table(
        "vehicles",
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("market", sa.String(length=2), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("location_consent", sa.Boolean(), nullable=False),
        sa.Column("manual_gearbox", sa.Boolean(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("vehicle_id"),
    )


def downgrade() -> None:
    op.drop_table("vehicles")
    with op.batch_alter_table("head_units", schema=None) as batch_op:
        batch_op.drop_index("head_units_vehicle")

    op.drop_table("head_units")
    op.drop_table("enrolment_codes")
    with op.batch_alter_table("creatives", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_creatives_state"))
        batch_op.drop_index(batch_op.f("ix_creatives_campaign_id"))

    op.drop_table("creatives")
    with op.batch_alter_table("line_items", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_line_items_ends_ms"))

    op.drop_table("line_items")
    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.drop_index("campaigns_by_advertiser")

    op.drop_table("campaigns")
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.drop_index("ledger_entries_by_line_item")

    op.drop_table("ledger_entries")
    op.drop_table("line_item_totals")
    with op.batch_alter_table("fill_events", schema=None) as batch_op:
        batch_op.drop_index("fill_events_by_time")
        batch_op.drop_index("fill_events_by_line_item")

    op.drop_table("fill_events")
    op.drop_table("advertisers")
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
