import os

import pytest
import redis

from kernel.errors import Conflict
from server.engines.borrowed import engines_running
from server.engines.data_folder import SERVICE, claim
from server.settings import Settings


def test_a_command_brings_its_own_engines_or_uses_those_that_run(tmp_path):
    settings = Settings.from_environ({"ROADCAST_DATA_DIR": str(tmp_path / "data")})
    with engines_running(settings) as serving:
        assert not serving
        with redis.Redis.from_url(settings.effective_redis_url) as client:
            assert client.ping()
        with pytest.raises(Conflict, match="data-folder-in-use"), engines_running(settings):
            raise AssertionError("two commands on the engines of one")
    assert not settings.redis_socket.exists()


def test_only_the_service_lends_its_engines(tmp_path):
    settings = Settings.from_environ({"ROADCAST_DATA_DIR": str(tmp_path / "data")})
    lock = claim(settings.data_dir, SERVICE)
    with engines_running(settings) as serving:
        assert serving
    os.close(lock)
