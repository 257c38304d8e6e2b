import signal
import subprocess
import sys

from server.engines.children import spawn, stop

PARENT = """
import signal, sys
from server.engines.children import spawn
child = spawn(["sleep", "60"], death_signal=signal.SIGKILL)
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_a_child_does_not_outlive_a_killed_parent():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    # The pipe's other end is also the child's standard output: it closes when both have ended.
    parent.stdout.readline()
    parent.kill()
    assert parent.stdout.read() == b""
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()


def test_one_that_does_not_listen_is_ended_all_the_same(tmp_path):
    deafened = tmp_path / "deafened"
    script = f"trap '' TERM; touch {deafened}; while :; do sleep 1; done"
    deaf = spawn(["sh", "-c", script], death_signal=signal.SIGKILL)
    while not deafened.exists():
        assert deaf.poll() is None
    stop(deaf, 0.2)
    assert deaf.returncode == -signal.SIGKILL


def test_a_child_hears_signals_that_its_parent_blocks():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        child = spawn(["sleep", "60"], death_signal=signal.SIGKILL)
        stop(child, 5)
        assert child.returncode == -signal.SIGTERM
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
