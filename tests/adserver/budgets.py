"""Budgets on a real Redis, for tests that make one anew for each example."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis

from adserver.adapters.redis_budgets import RedisBudgets
from adserver.booking.campaign import LineItem


@asynccontextmanager
async def opened_budgets(socket: Path, booked: LineItem) -> AsyncIterator[RedisBudgets]:
    """Empty but for ``booked``, whose budget is whole."""
    client = Redis(unix_socket_path=str(socket))
    await client.flushall()
    budgets = RedisBudgets(client)
    assert await budgets.open(booked, spent_micros=0, counted=(), now_ms=0)
    try:
        yield budgets
    finally:
        await client.aclose()
