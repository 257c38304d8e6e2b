"""Areas, campaigns that point at them, and how often places and areas have changed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "areas",
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False, comment="JSON, as geotarget.area declares it"),
        sa.Column("search_text", sa.Text(), nullable=False, comment="the name, folded"),
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False, comment="of name and shape"),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("area_id"),
    )
    with op.batch_alter_table("areas", schema=None) as batch_op:
        batch_op.create_index("areas_by_name", ["search_text"], unique=False)
        batch_op.create_index("areas_by_source", ["source", "external_id"], unique=True)

    op.create_table(
        "geo_revisions",
        sa.Column("topic", sa.String(length=16), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic"),
    )
    with op.batch_alter_table("line_items", schema=None) as batch_op:
        batch_op.add_column(sa.Column("area_ids", sa.Text(), server_default="[]", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("line_items", schema=None) as batch_op:
        batch_op.drop_column("area_ids")

    op.drop_table("geo_revisions")
    with op.batch_alter_table("areas", schema=None) as batch_op:
        batch_op.drop_index("areas_by_source")
        batch_op.drop_index("areas_by_name")

    op.drop_table("areas")
