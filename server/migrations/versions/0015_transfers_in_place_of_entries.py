"""Transfers in place of entries, orders in the ledger, and tables that nobody can change."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KEPT = ("fill_events", "ledger_transfers")


def upgrade() -> None:
    op.create_table(
        "ledger_transfers",
        sa.Column(
            "transfer_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("event_id", sa.String(length=80), nullable=False),
        sa.Column("debit", sa.String(length=96), nullable=False),
        sa.Column("credit", sa.String(length=96), nullable=False),
        sa.Column("line_item_id", sa.String(length=64), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_micros > 0", name="ledger_transfers_move_something"),
        sa.CheckConstraint("debit <> credit", name="ledger_transfers_have_two_sides"),
        sa.PrimaryKeyConstraint("transfer_id"),
        sa.UniqueConstraint("event_id", "credit"),
    )
    op.execute(
        "INSERT INTO ledger_transfers "
        "(event_id, debit, credit, line_item_id, amount_micros, currency, at_ms) "
        "SELECT d.event_id, d.account, c.account, d.line_item_id, d.amount_micros, d.currency, d.at_ms "
        "FROM ledger_entries d JOIN ledger_entries c ON c.event_id = d.event_id AND c.amount_micros < 0 "
        "WHERE d.amount_micros > 0 ORDER BY d.entry_id"
    )
    _check()
    op.execute(
        "INSERT INTO ledger_transfers "
        "(event_id, debit, credit, line_item_id, amount_micros, currency, at_ms) "
        "SELECT 'order:' || i.line_item_id || ':' || c.revision, 'committed:' || i.advertiser_id, "
        "'budget:' || i.line_item_id, i.line_item_id, i.budget_micros, i.currency, c.created_ms "
        "FROM line_items i JOIN campaigns c ON c.campaign_id = i.campaign_id "
        "WHERE i.budget_micros > 0 ORDER BY c.created_ms, c.campaign_id"
    )
    for side in ("debit", "credit"):
        op.create_index(f"ledger_transfers_by_{side}", "ledger_transfers", [side, "at_ms"])
    op.drop_table("ledger_entries")
    _guard()


def _check() -> None:
    """Refuse to go on where anything of the entries is not in the transfers."""
    connection = op.get_bind()
    before = sa.text(
        "SELECT count(*), coalesce(sum(amount_micros), 0) FROM ledger_entries WHERE amount_micros > 0"
    )
    after = sa.text("SELECT count(*), coalesce(sum(amount_micros), 0) FROM ledger_transfers")
    entries = sa.text("SELECT count(*) FROM ledger_entries")
    kept, sides = tuple(connection.execute(after).one()), connection.execute(entries).scalar_one()
    if tuple(connection.execute(before).one()) != kept or sides != 2 * kept[0]:
        raise RuntimeError("the ledger has postings of other than two sides; nothing was changed")


def _guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in KEPT:
            for word in ("update", "delete"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{word} BEFORE {word} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION roadcast_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION roadcast_append_only()"
        )


def downgrade() -> None:
    """Back to entries: what was ordered is in the records of campaigns alone, as before."""
    if op.get_bind().dialect.name == "sqlite":
        for word in ("update", "delete"):
            op.execute(f"DROP TRIGGER fill_events_no_{word}")
    else:
        op.execute("DROP TRIGGER fill_events_append_only ON fill_events")
    op.create_table(
        "ledger_entries",
        sa.Column(
            "entry_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=96), nullable=False),
        sa.Column("line_item_id", sa.String(length=64), nullable=False),
        sa.Column("amount_micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id"),
        sa.UniqueConstraint("event_id", "account"),
    )
    op.create_index("ledger_entries_by_line_item", "ledger_entries", ["line_item_id", "account"])
    op.execute(
        "INSERT INTO ledger_entries (event_id, account, line_item_id, amount_micros, currency, at_ms) "
        "SELECT event_id, debit, line_item_id, amount_micros, currency, at_ms "
        "FROM ledger_transfers WHERE credit = 'revenue:delivered' ORDER BY transfer_id"
    )
    op.execute(
        "INSERT INTO ledger_entries (event_id, account, line_item_id, amount_micros, currency, at_ms) "
        "SELECT event_id, credit, line_item_id, -amount_micros, currency, at_ms "
        "FROM ledger_transfers WHERE credit = 'revenue:delivered' ORDER BY transfer_id"
    )
    op.drop_table("ledger_transfers")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION roadcast_append_only()")
