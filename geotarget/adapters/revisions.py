"""The number of times that what a topic covers has changed."""

from sqlalchemy import Connection, insert, select, update

from geotarget.adapters.tables import revisions as table


def raise_number(connection: Connection, topic: str) -> None:
    """To be called in the transaction that changes something."""
    raised = update(table).where(table.c.topic == topic).values(number=table.c.number + 1)
    if connection.execute(raised).rowcount == 0:
        connection.execute(insert(table).values(topic=topic, number=1))


def number(connection: Connection, topic: str) -> int:
    """0 before the first change."""
    found = connection.execute(select(table.c.number).where(table.c.topic == topic)).scalar()
    return int(found or 0)
