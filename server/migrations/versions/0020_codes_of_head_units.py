"""By which code a head unit was enrolled, as its digest."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("head_units", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code_sha256", sa.String(length=64), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("head_units", schema=None) as batch_op:
        batch_op.drop_column("code_sha256")
