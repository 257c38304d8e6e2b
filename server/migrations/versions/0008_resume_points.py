"""Resume points, and items made for children."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "resume_points",
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("content_id", sa.String(length=40), nullable=False),
        sa.Column("played_as", sa.String(length=64), nullable=False),
        sa.Column("position_ms", sa.BigInteger(), nullable=False),
        sa.Column("length_ms", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("vehicle_id", "content_id"),
    )
    with op.batch_alter_table("resume_points", schema=None) as batch_op:
        batch_op.create_index("resume_points_at", ["at_ms"], unique=False)

    with op.batch_alter_table("partner_items", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("for_children", sa.Boolean(), server_default=sa.false(), nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("partner_items", schema=None) as batch_op:
        batch_op.drop_column("for_children")

    with op.batch_alter_table("resume_points", schema=None) as batch_op:
        batch_op.drop_index("resume_points_at")

    op.drop_table("resume_points")
