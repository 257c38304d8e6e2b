"""What switched and why."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "switches",
        sa.Column("switch_id", sa.String(length=40), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("session_id", sa.String(length=40), nullable=False),
        sa.Column("market", sa.String(length=8), nullable=False),
        sa.Column("policy", sa.String(length=80), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("driving_state", sa.String(length=20), nullable=False),
        sa.Column("rule", sa.String(length=60), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("switch_id"),
    )
    with op.batch_alter_table("switches", schema=None) as batch_op:
        batch_op.create_index("switches_at", ["at_ms", "switch_id"], unique=False)
        batch_op.create_index("switches_rule", ["rule", "at_ms"], unique=False)
        batch_op.create_index("switches_vehicle", ["vehicle_id", "at_ms"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("switches", schema=None) as batch_op:
        batch_op.drop_index("switches_vehicle")
        batch_op.drop_index("switches_rule")
        batch_op.drop_index("switches_at")

    op.drop_table("switches")
