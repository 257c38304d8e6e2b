"""Whom the next invoices of an advertiser name."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "bill_to",
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["advertiser_id"], ["advertisers.advertiser_id"]),
        sa.PrimaryKeyConstraint("advertiser_id"),
    )


def downgrade() -> None:
    op.drop_table("bill_to")
