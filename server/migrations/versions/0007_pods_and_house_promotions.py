"""Pods and house promotions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("advertisers", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("category", sa.String(length=32), server_default="other", nullable=False)
        )
        batch_op.add_column(sa.Column("house", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("line_items", schema=None) as batch_op:
        batch_op.add_column(sa.Column("exclusions", sa.Text(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("markets", sa.Text(), server_default="[]", nullable=False))

    for table in ("head_units", "enrolment_codes"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(
                sa.Column("ads", sa.String(length=20), server_default="stitched", nullable=False)
            )


def downgrade() -> None:
    for table in ("enrolment_codes", "head_units"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("ads")

    with op.batch_alter_table("line_items", schema=None) as batch_op:
        batch_op.drop_column("markets")
        batch_op.drop_column("exclusions")

    with op.batch_alter_table("advertisers", schema=None) as batch_op:
        batch_op.drop_column("house")
        batch_op.drop_column("category")
