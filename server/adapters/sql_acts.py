"""What was done in organisations, in SQL: only ever added to."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select

from server.adapters.tables import organisation_acts
from server.organisations.organisation import Act, Action, Doer


def write_act(connection: Connection, act: Act) -> None:
    """Keep ``act`` in the transaction that does it."""
    connection.execute(
        insert(organisation_acts).values(
            organisation_id=act.organisation_id,
            at_ms=act.at_ms,
            actor=act.by.account_id,
            actor_name=act.by.name,
            action=act.action.value,
            subject=act.subject,
            detail=msgspec.json.encode(act.detail).decode(),
        )
    )


def read_acts(connection: Connection, organisation_id: str, limit: int) -> list[Act]:
    """The newest first."""
    newest = (
        select(organisation_acts)
        .where(organisation_acts.c.organisation_id == organisation_id)
        .order_by(organisation_acts.c.number.desc())
        .limit(limit)
    )
    return [_act(row) for row in connection.execute(newest)]


def _act(row: Row[Any]) -> Act:
    return Act(
        row.organisation_id,
        row.at_ms,
        Doer(row.actor, row.actor_name),
        Action(row.action),
        row.subject,
        msgspec.json.decode(row.detail, type=dict[str, str]),
    )
