import os
import stat
import subprocess
import sys

import pytest

from kernel.errors import Conflict
from server.engines import data_folder
from server.engines.data_folder import claim

HOLD = "import sys; from pathlib import Path; from server.engines.data_folder import claim; " + (
    "claim(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
)


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "data")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def test_a_second_instance_is_refused_by_name(holder, tmp_path):
    with pytest.raises(Conflict) as caught:
        claim(tmp_path / "data")
    assert caught.value.code == "data-folder-in-use"
    assert str(holder.pid) in caught.value.detail


def test_the_next_one_may_start_after_kill_9(holder, tmp_path):
    holder.kill()
    holder.wait()
    os.close(claim(tmp_path / "data"))


def test_what_a_killed_parent_left_is_waited_for_and_then_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(data_folder, "_LEFTOVERS_S", 0.3)
    descriptor = claim(tmp_path)
    leftover = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=[descriptor])
    (tmp_path / "roadcast.lock").write_text("4194305\n")  # beyond the largest process id
    os.close(descriptor)
    with pytest.raises(Conflict):
        claim(tmp_path)
    leftover.communicate()
    os.close(claim(tmp_path))


def test_the_folder_is_its_owners_alone(tmp_path):
    os.close(claim(tmp_path / "data"))
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
