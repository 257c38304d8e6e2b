"""Markets of vehicles: what is declared of a screen, and changes of market."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "market_changes",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("vehicle_id", sa.String(length=40), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.String(length=2), nullable=False),
        sa.Column("after", sa.String(length=2), nullable=False),
        sa.Column("by_whom", sa.String(length=80), nullable=False),
        sa.Column("settled_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    with op.batch_alter_table("market_changes", schema=None) as batch_op:
        batch_op.create_index("market_changes_vehicle", ["vehicle_id", "number"], unique=False)

    with op.batch_alter_table("enrolment_codes", schema=None) as batch_op:
        batch_op.add_column(sa.Column("shielded", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("built_in", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("head_units", schema=None) as batch_op:
        batch_op.add_column(sa.Column("shielded", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("built_in", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("head_units", schema=None) as batch_op:
        batch_op.drop_column("built_in")
        batch_op.drop_column("shielded")

    with op.batch_alter_table("enrolment_codes", schema=None) as batch_op:
        batch_op.drop_column("built_in")
        batch_op.drop_column("shielded")

    with op.batch_alter_table("market_changes", schema=None) as batch_op:
        batch_op.drop_index("market_changes_vehicle")

    op.drop_table("market_changes")
