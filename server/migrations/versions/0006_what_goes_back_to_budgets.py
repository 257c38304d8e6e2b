"""What goes back to budgets."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("fill_events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("released_micros", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("fill_events", schema=None) as batch_op:
        batch_op.drop_column("released_micros")
