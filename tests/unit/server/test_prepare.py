import json
import os
import pty
import subprocess
import sys

from server.progress import FILMS, Progress

TELL = f"""
import sys
from pathlib import Path
from server import logs
from server.prepare import telling
from server.progress import Progress
logs.configure("info")
with telling(Path(sys.argv[1])) as tell:
    tell(Progress())
    for ready in range(3):
        for part in range(20):
            tell(Progress(ready * 400 + part, {FILMS!r}, ready, 2))
"""


def test_without_a_terminal_each_step_is_a_line(tmp_path):
    done = subprocess.run([sys.executable, "-c", TELL, tmp_path], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["percent"] for line in lines] == [0, 0, 40, 80]
    assert lines[2]["what"] == FILMS % {"ready": 1, "all": 2}


def test_at_a_terminal_it_is_a_bar_once_there_is_something_to_make(tmp_path):
    ours, theirs = pty.openpty()
    subprocess.run([sys.executable, "-c", TELL, tmp_path], stderr=theirs, check=True)
    os.close(theirs)
    shown = os.read(ours, 65_536).decode()
    os.close(ours)
    assert "Making the demo" in shown
    assert "80%" in shown
    assert "{" not in shown


def test_the_numbers_of_a_step_without_any():
    assert Progress().step % Progress().numbers == Progress().step
