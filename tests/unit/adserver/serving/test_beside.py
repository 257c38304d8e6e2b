"""What is written beside the requests goes on, though a writing fails."""

import asyncio
import logging

import pytest

from adserver.serving import beside


async def test_a_writing_that_fails_is_told_and_the_next_goes_on(monkeypatch, caplog):
    monkeypatch.setattr(beside, "EVERY_S", 0)
    more, tries = asyncio.Event(), 0

    async def flush() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise OSError
        raise asyncio.CancelledError

    more.set()
    with pytest.raises(asyncio.CancelledError):
        await beside.write_for_ever(more, flush, logging.getLogger("test"), "not written")
    assert tries == 2
    assert caplog.messages == ["not written"]
