"""Several caps, of campaigns and advertisers too."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0035"
down_revision: str | None = "0034"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


TABLES = ("advertisers", "campaigns", "line_items")


def upgrade() -> None:
    """What was booked with one cap keeps it in the columns that it has: ``[]`` says so."""
    for table in TABLES:
        op.add_column(table, sa.Column("caps", sa.Text(), server_default="[]", nullable=False))


def downgrade() -> None:
    # Not by a copy of the table, which others refer to.
    for table in TABLES:
        op.drop_column(table, "caps")
