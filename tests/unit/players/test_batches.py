"""One command for many callers: how much it carries, and how often it is sent."""

import asyncio

from players.adapters.batches import Batches


class Noted:
    """Answers with what was asked, and notes each command and when it began."""

    def __init__(self) -> None:
        self.commands: list[list[int]] = []
        self.began_s: list[float] = []

    async def __call__(self, asked):
        self.commands.append(list(asked))
        self.began_s.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0)
        return asked


async def test_a_command_carries_no_more_than_its_limit_in_the_order_of_asking():
    noted = Noted()
    ask = Batches(noted, 3)
    assert await asyncio.gather(*(ask(n) for n in range(8))) == list(range(8))
    assert noted.commands == [[0, 1, 2], [3, 4, 5], [6, 7]]


async def test_commands_are_spaced_and_none_is_thought_late_meanwhile():
    noted = Noted()
    ask = Batches(noted, 100, 0.1)
    first = [ask(0), ask(1)]
    await asyncio.gather(*first)
    later = []
    for n in range(2, 5):
        later.append(ask(n))
        await asyncio.sleep(0.02)
    assert await asyncio.gather(*later) == [2, 3, 4]
    assert noted.commands == [[0, 1], [2, 3, 4]]
    assert noted.began_s[1] - noted.began_s[0] >= 0.099


async def test_who_waits_behind_a_command_that_hangs_needs_nobody_else_to_come_by():
    hung = asyncio.Event()

    async def answer(asked):
        if 0 in asked:
            await hung.wait()
        return asked

    ask = Batches(answer, 100)
    first = ask(0)
    await asyncio.sleep(0.01)
    assert await asyncio.wait_for(ask(1), 1) == 1
    await asyncio.sleep(0.01)
    assert await asyncio.wait_for(ask(2), 1) == 2
    hung.set()
    assert await first == 0


async def test_what_one_fails_with_is_no_others():
    async def answer(asked):
        return [ValueError("odd") if one % 2 else one for one in asked]

    ask = Batches(answer, 100)
    found = await asyncio.gather(*(ask(n) for n in range(4)), return_exceptions=True)
    assert [str(one) for one in found] == ["0", "odd", "2", "odd"]


async def test_an_answer_too_few_reaches_everybody():
    async def answer(asked):
        return asked[1:]

    ask = Batches(answer, 100)
    found = await asyncio.wait_for(asyncio.gather(ask(1), ask(2), return_exceptions=True), 1)
    assert [type(one) for one in found] == [ValueError, ValueError]
