"""The process that holds the broker: it hears, and ends when it is told to."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kernel.errors import Invalid
from server import mqtt_worker
from server.settings import Settings
from tests.engines import free_port, mosquitto, networked_redis

ROOT = Path(__file__).parents[3]


def test_it_connects_and_ends_when_told(tmp_path):
    (tmp_path / "redis").mkdir()
    with networked_redis(tmp_path / "redis", "secret") as redis, mosquitto(tmp_path, free_port()) as port:
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ROADCAST_")},
            "ROADCAST_DATA_DIR": str(tmp_path / "data"),
            "ROADCAST_REDIS_URL": redis,
            "ROADCAST_MQTT_URL": f"mqtt://127.0.0.1:{port}",
        }
        log = tmp_path / "log"
        with log.open("w") as told:
            process = subprocess.Popen(
                [sys.executable, "-m", "server.mqtt_worker"], env=environ, cwd=ROOT, stdout=told, stderr=told
            )
        try:
            deadline = time.monotonic() + 60
            while "is connected" not in log.read_text():
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0, log.read_text()
        finally:
            process.kill()
            process.wait()


async def test_without_a_broker_it_says_so(tmp_path):
    settings = Settings.from_environ({"ROADCAST_DATA_DIR": str(tmp_path)})
    with pytest.raises(Invalid, match="mqtt-not-set"):
        await mqtt_worker.work(settings)
