"""Creatives that are somebody else's tags, whom to tell of their events, and the calls to be made."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "creative_trackers",
        sa.Column("creative_id", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", sa.String(length=64), nullable=False),
        sa.Column("trackers", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("creative_id"),
    )
    with op.batch_alter_table("creative_trackers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_creative_trackers_campaign_id"), ["campaign_id"], unique=False)

    op.create_table(
        "tracker_calls",
        sa.Column("fill_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("fill_id", "kind", "number"),
    )
    with op.batch_alter_table("tracker_calls", schema=None) as batch_op:
        batch_op.create_index("tracker_calls_by_state", ["state", "at_ms"], unique=False)

    with op.batch_alter_table("creatives", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tag_url", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("creatives", schema=None) as batch_op:
        batch_op.drop_column("tag_url")

    op.drop_table("tracker_calls")
    op.drop_table("creative_trackers")
