async def test_redis(aredis):
    assert await aredis.ping()
