import json
import subprocess
import sys

SAY = """
import logging, structlog
from server import logs
logs.configure("info")
structlog.get_logger("server.x").info("served", route="/v1/x")
structlog.get_logger("server.x").debug("quiet")
logging.getLogger("players.feed.feed").warning("from the standard library")
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger("server.x").exception("failed")
"""


def test_logs_are_json_where_nobody_watches():
    said = subprocess.run([sys.executable, "-c", SAY], check=True, capture_output=True, text=True).stderr
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["event"] for line in lines] == ["served", "from the standard library", "failed"]
    assert lines[0]["route"] == "/v1/x"
    assert lines[0]["timestamp"].endswith("Z")
    assert lines[1]["logger"] == "players.feed.feed"
    assert "ZeroDivisionError" in lines[2]["exception"]


BESIDE = """
import logging
from server import logs
logs.configure("info", beside=True)
logs.REQUEST_ID.set("r1")
logging.getLogger("players.feed.feed").warning("told")
logs.REQUEST_ID.set("r2")
"""


def test_what_a_thread_writes_is_told_of_its_request_and_whole_at_the_end():
    said = subprocess.run([sys.executable, "-c", BESIDE], check=True, capture_output=True, text=True).stderr
    (line,) = [json.loads(line) for line in said.splitlines()]
    assert (line["event"], line["request_id"]) == ("told", "r1")


AT_A_TERMINAL = """
import sys
sys.stderr.isatty = lambda: True
import structlog
from server import logs
logs.configure("info")

def offer(latitude):
    raise OSError("redis away")

try:
    offer(48.0 + 0.117266)
except OSError:
    structlog.get_logger("server.x").exception("failed")
"""


def test_a_traceback_at_a_terminal_tells_no_values():
    said = subprocess.run(
        [sys.executable, "-c", AT_A_TERMINAL], check=True, capture_output=True, text=True
    ).stderr
    assert "redis away" in said
    assert "in offer" in said
    assert "48.117266" not in said


SWITCH = """
from players.adapters.policy_files import read_policies
from players.feed.record_switch import Cause, RecordSwitch
from players.feed.vehicle_state import UNKNOWN
from server import logs
logs.configure("warning")
RecordSwitch(print, read_policies())("veh_1", UNKNOWN, Cause.SILENCE, 0)
"""


def test_a_switch_of_the_driving_state_is_told_at_any_level():
    said = subprocess.run([sys.executable, "-c", SWITCH], check=True, capture_output=True, text=True)
    (line,) = [json.loads(line) for line in said.stderr.splitlines()]
    assert (line["logger"], line["event"]) == ("players.switches", "driving-state-switched")
    assert (line["switch"]["driving_state"], line["switch"]["rule"]) == ("unknown", "speed-missing")
    assert said.stdout == "speed-missing silence\n"
