"""Cue points."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "asset_cues",
        sa.Column("asset_id", sa.String(length=64), nullable=False),
        sa.Column("frames", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("wanted_id", sa.String(length=64), nullable=False),
        sa.Column("fallback_id", sa.String(length=64), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decided_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("asset_id"),
    )
    with op.batch_alter_table("assets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cut_from", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("cue_frames", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("assets", schema=None) as batch_op:
        batch_op.drop_column("cue_frames")
        batch_op.drop_column("cut_from")

    op.drop_table("asset_cues")
