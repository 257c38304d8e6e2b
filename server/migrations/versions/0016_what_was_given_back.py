"""What was given back."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "credits",
        sa.Column("campaign_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("line_item_id", sa.String(length=64), nullable=False),
        sa.Column("advertiser_id", sa.String(length=64), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_micros > 0", name="credits_give_something"),
        sa.PrimaryKeyConstraint("campaign_id", "key"),
    )
    op.create_index("ix_credits_line_item_id", "credits", ["line_item_id"])
    if op.get_bind().dialect.name == "sqlite":
        for word in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER credits_no_{word} BEFORE {word} ON credits "
                "BEGIN SELECT RAISE(ABORT, 'credits is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER credits_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credits "
            "FOR EACH STATEMENT EXECUTE FUNCTION roadcast_append_only()"
        )


def downgrade() -> None:
    op.drop_table("credits")
