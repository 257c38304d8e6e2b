"""When somebody else's tag is asked again."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0036"
down_revision: str | None = "0035"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("creatives", sa.Column("tag_try_ms", sa.BigInteger(), server_default="0", nullable=False))


def downgrade() -> None:
    # Not by a copy of the table, which others refer to.
    op.drop_column("creatives", "tag_try_ms")
