"""Scripts are called by their digest, and once each, also where Redis has forgotten them."""

import pytest
from redis.exceptions import ResponseError

from adserver.adapters.redis_scripts import Call, run


def claim(fill: str, shard: int = 0, price: int = 3) -> Call:
    keys = [f"{{b{shard}}}:{name}" for name in ("budgets", "claims", "due")]
    return Call("reserve", keys, ("li_1", fill, price, 99, 0, ""))


async def open_with(aredis, micros: int) -> None:
    await run(aredis, [Call("open", claim("f").keys, ("li_1", micros, 0, 0, 0, 0, 0, 0))])


@pytest.mark.parametrize("forgotten", [False, True])
async def test_each_call_is_made_once_and_in_its_place(aredis, forgotten):
    await open_with(aredis, 8)
    await run(aredis, [claim("f0")])
    if forgotten:
        await aredis.script_flush()
    assert await run(aredis, [claim("f1"), claim("f0"), claim("f2")]) == [b"new", b"held", b"refused"]
    assert await aredis.hget("{b0}:budgets", "li_1:remaining") == b"2"
    assert await aredis.hget("{b0}:claims", "f0#others") == b"1"


async def test_no_calls_are_no_answers(aredis):
    assert await run(aredis, []) == []


async def test_what_one_call_raises_is_raised_once_all_were_made(aredis):
    await open_with(aredis, 8)
    with pytest.raises(ResponseError, match="number"):
        await run(aredis, [claim("f1", price="much"), claim("f2")])
    assert await aredis.hget("{b0}:budgets", "li_1:reserved") == b"3"
