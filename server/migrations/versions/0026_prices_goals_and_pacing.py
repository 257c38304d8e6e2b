"""What a line item pays for, what it is to reach and how fast, and what it has had so far."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NUMBERS = ("impressions", "cards", "completes", "taps", "redemptions")
# Whoever was booked before pays for impressions, spends its budget, and is spread evenly.
_TERMS = (
    ("cpv_micros", sa.BigInteger(), "0"),
    ("cpa_micros", sa.BigInteger(), "0"),
    ("action", sa.String(length=16), "tap"),
    ("goal_unit", sa.String(length=16), "spend"),
    ("goal_amount", sa.BigInteger(), "0"),
    ("pacing", sa.String(length=16), "even"),
)
_COUNTED = """
INSERT INTO line_item_totals (line_item_id, spent_micros, impressions, cards, completes, taps, redemptions)
SELECT line_item_id, 0,
  SUM(CASE WHEN kind = 'impression' THEN 1 ELSE 0 END), SUM(CASE WHEN kind = 'card-shown' THEN 1 ELSE 0 END),
  SUM(CASE WHEN kind = 'complete' THEN 1 ELSE 0 END), SUM(CASE WHEN kind = 'tap' THEN 1 ELSE 0 END), 0
FROM fill_events WHERE kind IN ('impression', 'card-shown', 'complete', 'tap') GROUP BY line_item_id
ON CONFLICT (line_item_id) DO UPDATE SET impressions = excluded.impressions, cards = excluded.cards,
  completes = excluded.completes, taps = excluded.taps
"""


def upgrade() -> None:
    with op.batch_alter_table("line_items", schema=None) as batch_op:
        for name, kind, default in _TERMS:
            batch_op.add_column(sa.Column(name, kind, server_default=default, nullable=False))
    with op.batch_alter_table("line_item_totals", schema=None) as batch_op:
        for name in _NUMBERS:
            batch_op.add_column(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.execute(_COUNTED)


def downgrade() -> None:
    with op.batch_alter_table("line_item_totals", schema=None) as batch_op:
        for name in reversed(_NUMBERS):
            batch_op.drop_column(name)
    with op.batch_alter_table("line_items", schema=None) as batch_op:
        for name, _, _ in reversed(_TERMS):
            batch_op.drop_column(name)
