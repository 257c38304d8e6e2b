"""Corrections of places, and places that are withdrawn."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "places",
        sa.Column(
            "corrections",
            sa.Text(),
            server_default="{}",
            nullable=False,
            comment="JSON: outlives imports",
        ),
    )
    op.add_column(
        "places",
        sa.Column(
            "withdrawn_ms",
            sa.BigInteger(),
            nullable=True,
            comment="since when it is not offered; outlives imports",
        ),
    )


def downgrade() -> None:
    with op.batch_alter_table("places") as places:
        places.drop_column("withdrawn_ms")
        places.drop_column("corrections")
