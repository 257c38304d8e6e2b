import asyncio

from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette

from server import health


async def test_engines_are_asked_one_by_one(monkeypatch):
    monkeypatch.setattr(health, "TIMEOUT_S", 0.05)

    async def fine():
        return None

    async def broken():
        raise ConnectionError("secret address")

    async def hangs():
        await asyncio.Event().wait()

    checks = {"records": fine, "redis": broken, "objects": hangs}
    app = Starlette(routes=health.routes(checks))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["engines"] == {"records": "ok", "redis": "no answer", "objects": "no answer"}
        checks.update(redis=fine, objects=fine)
        assert (await client.get("/readyz")).status_code == 200
