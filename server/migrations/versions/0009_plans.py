"""Plans: a schedule is more than a loop, and a version is kept as what it changed."""

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# What a plan without blocks says; names and values as the code of this version reads them.
OUTLINE = {"timezone": "Europe/Paris", "fill": {}, "breaks": {}, "territories": []}


def upgrade() -> None:
    op.create_table(
        "schedule_parts",
        sa.Column("channel_id", sa.String(length=40), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "part", "number"),
    )
    with op.batch_alter_table("schedule_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("resumption", sa.Text(), server_default="", nullable=False))
    _carry_over(op.get_bind())
    with op.batch_alter_table("schedule_versions", schema=None) as batch_op:
        batch_op.drop_column("first")
    op.drop_table("schedule_entries")


def downgrade() -> None:
    """Back to loops: schedules that were made of days lose them, and start from their loop's beginning."""
    with op.batch_alter_table("schedule_versions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("first", sa.Integer(), server_default="0", nullable=False))
        batch_op.drop_column("resumption")
    op.create_table(
        "schedule_entries",
        sa.Column("channel_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("asset_id", sa.String(length=40), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("asset_segments", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id", "number"],
            ["schedule_versions.channel_id", "schedule_versions.number"],
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("channel_id", "number", "ordinal"),
    )
    op.drop_table("schedule_parts")


def _carry_over(bind: sa.Connection) -> None:
    """Each version's loop becomes a plan; what it was placed with, its facts."""
    versions = sa.text("SELECT channel_id, number, from_position, first FROM schedule_versions")
    for channel_id, number, begin, first in bind.execute(versions).all():
        entries = sa.text(
            "SELECT e.kind, e.asset_id, e.segments, e.programme_id, p.title FROM schedule_entries e "
            "LEFT JOIN programmes p ON p.programme_id = e.programme_id "
            "WHERE e.channel_id = :channel AND e.number = :number ORDER BY e.ordinal"
        )
        rows = bind.execute(entries, {"channel": channel_id, "number": number}).all()
        loop: list[dict[str, Any]] = []
        parts: dict[str, dict[str, Any]] = {}
        for kind, asset_id, segments, programme_id, title in rows:
            if kind == "break":
                loop.append({"kind": "break", "segments": segments})
                continue
            loop.append({"kind": "programme", "programme_id": programme_id})
            facts = {"asset_id": asset_id, "segments": segments, "title": title or ""}
            parts[f"fact:{programme_id}"] = facts
        parts["outline"] = {**OUTLINE, "loop": loop}
        resumption = {"at": begin, "origin": ["loop", -1, -1], "loop_index": first}
        bind.execute(
            sa.text("UPDATE schedule_versions SET resumption = :r WHERE channel_id = :c AND number = :n"),
            {"r": json.dumps(resumption), "c": channel_id, "n": number},
        )
        for part, body in parts.items():
            bind.execute(
                sa.text("INSERT INTO schedule_parts VALUES (:c, :p, :n, :b)"),
                {"c": channel_id, "p": part, "n": number, "b": json.dumps(body, ensure_ascii=False)},
            )
