"""Whom promotions are for, and what is known of vehicles for it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("line_items", schema=None) as batch_op:
        batch_op.add_column(sa.Column("targeting", sa.Text(), server_default="{}", nullable=False))
    with op.batch_alter_table("vehicles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("model", sa.String(length=60), server_default="", nullable=False))
        batch_op.add_column(sa.Column("powertrain", sa.String(length=20), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column("state_consent", sa.Boolean(), server_default=sa.false(), nullable=False)
        )


def downgrade() -> None:
    with op.batch_alter_table("vehicles", schema=None) as batch_op:
        batch_op.drop_column("state_consent")
        batch_op.drop_column("powertrain")
        batch_op.drop_column("model")
    with op.batch_alter_table("line_items", schema=None) as batch_op:
        batch_op.drop_column("targeting")
