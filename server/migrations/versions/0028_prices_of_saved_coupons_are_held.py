"""When the counters are next to be told of a saved coupon: that its price is held, or it was redeemed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_UNTOLD, _OWED = sa.text("tell_ms > 0"), sa.text("owed_to != ''")
_REDEEMED = "UPDATE saved_coupons SET tell_ms = redeemed_ms WHERE owed_to != '' AND redeemed_ms > 0"
# What was saved before and is paid for once redeemed is held from now on, as far as its budget lasts.
_SAVED = """
UPDATE saved_coupons SET tell_ms = saved_ms WHERE owed_to != '' AND redeemed_ms = 0 AND coupon_id IN (
  SELECT coupons.coupon_id FROM coupons JOIN line_items ON line_items.line_item_id = coupons.line_item_id
  WHERE line_items.action = 'redemption' AND line_items.cpa_micros > 0)
"""


def upgrade() -> None:
    with op.batch_alter_table("saved_coupons", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tell_ms", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.drop_index("saved_coupons_untold", sqlite_where=_OWED, postgresql_where=_OWED)
        batch_op.create_index(
            "saved_coupons_untold", ["tell_ms"], unique=False, sqlite_where=_UNTOLD, postgresql_where=_UNTOLD
        )
    op.execute(_REDEEMED)
    op.execute(_SAVED)


def downgrade() -> None:
    with op.batch_alter_table("saved_coupons", schema=None) as batch_op:
        batch_op.drop_index("saved_coupons_untold", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD)
        batch_op.drop_column("tell_ms")
        batch_op.create_index(
            "saved_coupons_untold", ["redeemed_ms"], unique=False, sqlite_where=_OWED, postgresql_where=_OWED
        )
