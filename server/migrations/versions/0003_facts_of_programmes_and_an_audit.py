"""Facts of programmes and an audit."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "content_audit",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    with op.batch_alter_table("content_audit", schema=None) as batch_op:
        batch_op.create_index("content_audit_subject", ["subject", "number"], unique=False)

    with op.batch_alter_table("partner_items", schema=None) as batch_op:
        batch_op.add_column(sa.Column("withdrawn_ms", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("programmes", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("kind", sa.String(length=20), server_default="programme", nullable=False)
        )
        batch_op.add_column(sa.Column("advisory", sa.String(length=4), server_default="all", nullable=False))
        batch_op.add_column(
            sa.Column("for_children", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("series_title", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("season", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("episode", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("year", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("credits", sa.Text(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("rights_from_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("rights_until_ms", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("territories", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("catch_up_days", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("withdrawn_ms", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("schedule_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("first", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("schedule_versions", schema=None) as batch_op:
        batch_op.drop_column("first")

    with op.batch_alter_table("programmes", schema=None) as batch_op:
        batch_op.drop_column("withdrawn_ms")
        batch_op.drop_column("catch_up_days")
        batch_op.drop_column("territories")
        batch_op.drop_column("rights_until_ms")
        batch_op.drop_column("rights_from_ms")
        batch_op.drop_column("credits")
        batch_op.drop_column("year")
        batch_op.drop_column("episode")
        batch_op.drop_column("season")
        batch_op.drop_column("series_title")
        batch_op.drop_column("for_children")
        batch_op.drop_column("advisory")
        batch_op.drop_column("kind")

    with op.batch_alter_table("partner_items", schema=None) as batch_op:
        batch_op.drop_column("withdrawn_ms")

    with op.batch_alter_table("content_audit", schema=None) as batch_op:
        batch_op.drop_index("content_audit_subject")

    op.drop_table("content_audit")
