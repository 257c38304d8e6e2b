"""Scripts by their digest: their text goes over the wire once, and not with each call."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

SCRIPTS = {path.stem: path.read_text() for path in (Path(__file__).parent / "lua").glob("*.lua")}
_DIGESTS = {
    name: hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() for name, text in SCRIPTS.items()
}


class Call(NamedTuple):
    """One call of a script by its file's name."""

    script: str
    keys: Sequence[str]
    args: Sequence[Any]


async def _teach(redis: Redis) -> None:
    pipe = redis.pipeline(transaction=True)
    for text in SCRIPTS.values():
        pipe.execute_command("SCRIPT LOAD", text)
    await pipe.execute()


async def run(redis: Redis, calls: Sequence[Call]) -> list[Any]:
    """What each call returns, made in their order; one round trip where Redis knows the scripts.

    It has forgotten them after a restart: those calls did nothing, and are made again. It learns all scripts
    at once, so that at first either all of the calls do something or none.

    Raises:
        RedisError: the first that a call raised, once all were made.
    """
    pipe = redis.pipeline(transaction=False)
    for call in calls:
        pipe.evalsha(_DIGESTS[call.script], len(call.keys), *call.keys, *call.args)
    answers = await pipe.execute(raise_on_error=False)
    unknown = [place for place, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if unknown:
        await _teach(redis)
        pipe = redis.pipeline(transaction=False)
        for place in unknown:
            call = calls[place]
            pipe.evalsha(_DIGESTS[call.script], len(call.keys), *call.keys, *call.args)
        for place, answer in zip(unknown, await pipe.execute(raise_on_error=False), strict=True):
            answers[place] = answer
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers
