import redis

from server.engines.borrowed import engines_running
from server.settings import Settings


def test_a_command_brings_its_own_engines_or_uses_those_that_run(tmp_path):
    settings = Settings.from_environ({"ROADCAST_DATA_DIR": str(tmp_path / "data")})
    with engines_running(settings) as serving:
        assert not serving
        with redis.Redis.from_url(settings.effective_redis_url) as client:
            assert client.ping()
        with engines_running(settings) as serving_too:
            assert serving_too
    assert not settings.redis_socket.exists()
